import { server } from '#server.ts';
import { answering } from '#server/answering.ts';

const handle = answering((request: Request) => server().api.handleExport(request));

export { handle as GET };
