import { problemResponse, toProblem } from '@spillway/api';
import { server } from '#server.ts';

/**
 * A route's handler that always answers. Next would answer what it throws with an empty 500, and print it past the log with
 * its stack: here it is logged, and the sender gets a problem that tells nothing of it.
 */
export function answering<Args extends readonly unknown[]>(
  handle: (...args: Args) => Response | Promise<Response>,
): (...args: Args) => Promise<Response> {
  return async (...args) => {
    try {
      return await handle(...args);
    } catch (error) {
      return problemResponse(failed(error));
    }
  };
}

/** What a failure that no handler expected is to the sender. Logged, unless it is a store's that the queue reports already. */
export function failed(error: unknown) {
  const problem = toProblem(error);
  if (problem.code === 'internal')
    server().log.error({ err: error }, 'A request failed in a way that no one planned for.');
  return problem;
}
