import { server } from '#server.ts';
import { answering } from '#server/answering.ts';

const handle = answering(async (request: Request, { params }: RouteContext<'/api/submissions/[id]'>) =>
  server().api.handleStatus(request, (await params).id),
);

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
