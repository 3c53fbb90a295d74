import { server } from '#server.ts';

const handle = (request: Request) => server().api.handleExport(request);

export { handle as GET };
