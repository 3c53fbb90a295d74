import { addressOf, server } from '#server.ts';
import { answering } from '#server/answering.ts';

const handle = answering((request: Request) =>
  server().api.handleTrpc(request, { address: addressOf(request.headers) }),
);

export { handle as GET, handle as POST };
