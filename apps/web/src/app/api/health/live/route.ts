import { server } from '#server.ts';

// Asked of the running process, never answered from a build.
export const dynamic = 'force-dynamic';

export const GET = () => server().api.handleLive();
