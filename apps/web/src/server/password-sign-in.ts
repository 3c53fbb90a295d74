import { deleteSession, readPasswordHashByEmail } from '@spillway/db';
import type { Db } from '@spillway/db';
import { z } from 'zod';

const asked = z.object({ email: z.string() });
const signedIn = z.object({ token: z.string(), user: z.object({ email: z.string() }) });

/**
 * Answers a sign-in by password, and throws if the password changed meanwhile. A change ends the user's sessions. The library checks
 * a password for a tenth of a second before it writes the session: one with the old password would outlive the change.
 */
export async function signInByPassword(
  db: Db,
  request: Request,
  answer: (request: Request) => Promise<Response>,
): Promise<Response> {
  const { data: wanted } = asked.safeParse(await readJson(request.clone()));
  const before = wanted && (await readPasswordHashByEmail(db, wanted.email, { waits: false }));
  const response = await answer(request);
  if (!response.ok) return response;
  const { token, user } = signedIn.parse(await response.clone().json());
  // A change that is under way may have ended the sessions already, before this one was among them.
  const after = await readPasswordHashByEmail(db, user.email, { waits: true });
  if (before !== undefined && before === after) return response;
  await deleteSession(db, token);
  throw new Error('The password was changed during the sign-in.');
}

async function readJson(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    return undefined;
  }
}
