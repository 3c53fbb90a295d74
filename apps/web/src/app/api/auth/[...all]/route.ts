import { server } from '#server.ts';

const handle = (request: Request) => server().auth.handler(request);

export { handle as GET, handle as POST };
