import { expect, it } from 'vitest';
import { lastGoodSessions } from '../src/server/last-good-sessions.ts';

const SESSION = {
  user: { id: 'u', email: 'op@example.com', name: 'Op', role: 'admin' },
  session: { id: 's' },
};
const found = () => Promise.resolve(SESSION);
const away = () => Promise.reject(new Error('Postgres is away'));

it('who was seen is believed while Postgres is away, and nobody else', async () => {
  const sessions = lastGoodSessions();
  await sessions.through('cookie', found);
  expect(await sessions.through('cookie', away)).toBe(SESSION);
  await expect(sessions.through('another', away)).rejects.toThrow('away');
  expect(await sessions.through(undefined, found)).toBeNull();
});

it('after a sign-out no cookie of that session opens anything, however it is written', async () => {
  const sessions = lastGoodSessions();
  for (const cookie of ['token.signature', 'token%2Esignature']) await sessions.through(cookie, found);
  sessions.forget('s');
  for (const cookie of ['token.signature', 'token%2Esignature']) {
    await expect(sessions.through(cookie, away)).rejects.toThrow('away');
  }
});

it('a session that Postgres no longer knows is not believed afterwards', async () => {
  const sessions = lastGoodSessions();
  await sessions.through('cookie', found);
  expect(await sessions.through('cookie', () => Promise.resolve(null))).toBeNull();
  await expect(sessions.through('cookie', away)).rejects.toThrow('away');
});
