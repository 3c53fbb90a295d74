import { server } from '#server.ts';

export const dynamic = 'force-dynamic';

export const GET = () => server().api.handleHealthStatus();
