import { randomUUID } from 'node:crypto';
import { session as sessions } from '@spillway/db';
import { waitFor } from '@spillway/devstack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardedStream } from '../src/live/guarded-stream.ts';
import { ApiError, toProblem } from '../src/index.ts';
import type { AdminLive, Procedures, RememberedSession, Role, Session } from '../src/index.ts';
import { serve } from './server.ts';
import { someone, startWorld } from './world.ts';
import type { House, World } from './world.ts';

let world: World;
let house: House;
beforeAll(async () => {
  world = await startWorld();
  house = await world.start();
});
afterAll(() => world.stop());

const HOUR_MS = 60 * 60 * 1000;

/** A user with a session of its own, as the sign-in would have made it. */
async function signedIn(role: Role): Promise<{ readonly id: string; readonly admin: Procedures['admin'] }> {
  const email = `${randomUUID()}@example.org`;
  const boss = house.api.callAs(someone('admin')).admin;
  const { id } = await boss.users.create({ email, name: role, role, password: 'a-Rather-long-passphrase-7' });
  const sessionId = randomUUID();
  const expiresAt = new Date(Date.now() + HOUR_MS);
  await house.db.insert(sessions).values({ id: sessionId, token: randomUUID(), userId: id, expiresAt });
  const session: Session = { sessionId, user: { id, email, name: role, role } };
  return { id, admin: house.api.callAs(session).admin };
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'ok',
    (error: unknown) => toProblem(error).code,
  );
}

describe('changes of users', () => {
  const changes = {
    'demote each other': (by: Procedures['admin'], id: string) => by.users.setRole({ id, role: 'viewer' }),
    'disable each other': (by: Procedures['admin'], id: string) => by.users.disable({ id }),
    'remove each other': (by: Procedures['admin'], id: string) => by.users.remove({ id }),
  };

  it.each(Object.entries(changes))('two admins who %s at once: one of them remains', async (_, change) => {
    for (let round = 0; round < 5; round += 1) {
      const [one, two] = [await signedIn('admin'), await signedIn('admin')];
      const codes = await Promise.all([codeOf(change(one.admin, two.id)), codeOf(change(two.admin, one.id))]);
      expect(codes).toContain('ok');
      expect(codes.filter((code) => code === 'unauthorized' || code === 'forbidden')).toHaveLength(1);
    }
  });

  it('by an admin who is removed while the change waits are refused', async () => {
    const [one, two] = [await signedIn('admin'), await signedIn('admin')];
    const codes = await Promise.all([
      codeOf(one.admin.users.remove({ id: two.id })),
      ...Array.from({ length: 5 }, (_, n) =>
        codeOf(
          two.admin.users.create({
            email: `late-${n}-${two.id}@example.org`,
            name: 'Late',
            role: 'admin',
            password: 'a-Rather-long-passphrase-7',
          }),
        ),
      ),
    ]);
    expect(codes[0]).toBe('ok');
    // Those whose turn came before the removal are that admin's own; after it, there are no more.
    expect(await codeOf(two.admin.users.list())).toBe('ok');
    expect(await codeOf(two.admin.users.setRole({ id: one.id, role: 'viewer' }))).toBe('unauthorized');
  });

  it('always leave an admin, also changes by a program', async () => {
    const other = await world.start();
    const program = other.api.callAs(someone('admin')).admin;
    const admins = (await program.users.list()).filter(({ role, disabled }) => role === 'admin' && !disabled);
    const codes: string[] = [];
    for (const { id } of admins) codes.push(await codeOf(program.users.setRole({ id, role: 'viewer' })));
    expect(codes.slice(0, -1).every((code) => code === 'ok')).toBe(true);
    expect(codes.at(-1)).toBe('forbidden');
  });

  it('are recorded in the same transaction, or not made at all', async () => {
    const { admin } = house.api.callAs(someone('admin'));
    const { id } = await signedIn('viewer');
    await house.db.execute('ALTER TABLE audit_log RENAME TO audit_log_away');
    try {
      expect(await codeOf(admin.users.setRole({ id, role: 'operator' }))).toBe('internal');
    } finally {
      await house.db.execute('ALTER TABLE audit_log_away RENAME TO audit_log');
    }
    expect((await admin.users.list()).find((user) => user.id === id)?.role).toBe('viewer');
  });
});

describe('a listener', () => {
  it('that loses the right to listen gets no later event', async () => {
    let session: Session | null = someone('viewer');
    const watched = await world.start({ getSession: async () => session });
    const served = await serve(watched.api);
    const shown: AdminLive[] = [];
    const ended = Promise.withResolvers<string | undefined>();
    served
      .client()
      .admin.watch.subscribe(
        {},
        { onData: (live) => shown.push(live), onError: (error) => ended.resolve(error.data?.problem.code) },
      );
    await waitFor(() => shown.length > 0);
    session = null;
    const before = shown.length;
    await watched.queue.enqueue({ form: 'inbox', data: {} });
    expect(await ended.promise).toBe('unauthorized');
    expect(shown).toHaveLength(before);
    await served.close();
  });

  it('that searches in payloads gets nothing more once the session is only remembered', async () => {
    let session: Session | RememberedSession = someone('viewer');
    const watched = await world.start({ getSession: async () => session });
    const served = await serve(watched.api);
    const shown: AdminLive[] = [];
    const interrupted = Promise.withResolvers<string | undefined>();
    const subscription = served.client().admin.watch.subscribe(
      { list: { list: 'redis', filter: { search: 'ada' } } },
      {
        onData: (live) => shown.push(live),
        // The client connects again by itself, and is refused again.
        onConnectionStateChange: ({ error }) => error && interrupted.resolve(error.data?.problem.code),
      },
    );
    await waitFor(() => shown.length > 0);
    session = { isRemembered: true, user: someone('viewer').user };
    const before = shown.length;
    await watched.queue.enqueue({ form: 'inbox', data: { name: 'Ada' } });
    expect(await interrupted.promise).toBe('store-unavailable');
    expect(shown).toHaveLength(before);
    subscription.unsubscribe();
    await served.close();
  });

  it('is checked again while nothing happens, and the source ends with it', async () => {
    const source = Promise.withResolvers<never>();
    let allowed = 2;
    let ended = 0;
    const stream = guardedStream(never(source.promise), {
      check: async () => {
        if ((allowed -= 1) < 0) throw new ApiError('forbidden', 'No longer.');
      },
      end: () => {
        ended += 1;
        source.reject(new Error('ended'));
      },
      everyMs: 1,
    });
    await expect(stream.next()).rejects.toThrow('No longer.');
    expect(ended).toBe(1);
  });
});

async function* never(promise: Promise<never>): AsyncGenerator<never> {
  yield await promise;
}
