import { server } from '#server.ts';

const handle = async (request: Request, { params }: RouteContext<'/api/submissions/[id]'>) =>
  server().api.handleStatus(request, (await params).id);

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
