import { addressOf, server } from '#server.ts';

const handle = (request: Request) =>
  server().api.handleTrpc(request, { address: addressOf(request.headers) });

export { handle as GET, handle as POST };
