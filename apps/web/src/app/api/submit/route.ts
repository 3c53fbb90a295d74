import { addressOf, server } from '#server.ts';

// Every method: the API itself says 405, with the methods it allows.
const handle = (request: Request) =>
  server().api.handleSubmit(request, { address: addressOf(request.headers) });

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
