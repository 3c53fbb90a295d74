import { server } from '#server.ts';
import { answering } from '#server/answering.ts';

export const dynamic = 'force-dynamic';

export const GET = answering(() => server().api.handleHealthStatus());
