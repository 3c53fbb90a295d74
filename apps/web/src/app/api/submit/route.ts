import { addressOf, server } from '#server.ts';
import { answering } from '#server/answering.ts';

// Every method: the API itself says 405, with the methods it allows.
const handle = answering((request: Request) =>
  server().api.handleSubmit(request, { address: addressOf(request.headers) }),
);

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
