import { randomUUID } from 'node:crypto';
import { insertUser, readPasswordHash } from '@spillway/db';
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPasswordFault, toProblem } from '../src/index.ts';
import type { Problem, Procedures, Session } from '../src/index.ts';
import { OPERATOR, post, startWorld } from './world.ts';
import type { House, World } from './world.ts';

const CURRENT = 'a mild spring evening';
const NEXT = 'seven loud brass kettles';
const WEAK = [
  'aaaaaaaaaaaa',
  ' '.repeat(12),
  'passwordpassword',
  'P@ssw0rd1234',
  'qwertyuiop12',
  '123456789012',
  'spillwayspillway',
  'ada@example.org',
];

let world: World;
let house: House;

beforeAll(async () => {
  world = await startWorld();
  house = await world.start();
});

afterAll(() => world.stop());

async function plantUser(): Promise<Session> {
  const email = `ada-${randomUUID()}@example.org`;
  const id = await insertUser(house.db, {
    email,
    name: 'Ada',
    role: 'admin',
    passwordHash: await hashPassword(CURRENT),
  });
  return { user: { id: id ?? expect.fail(), email, name: 'Ada', role: 'admin' } };
}

async function isPasswordOf(id: string, password: string): Promise<boolean> {
  return verifyPassword({ hash: (await readPasswordHash(house.db, id)) ?? '', password });
}

const refusal = (work: Promise<unknown>) => work.then(() => undefined, toProblem);

describe('a new password', () => {
  it('is rated one at a time, and other work runs after each, however many arrive at once', async () => {
    await findPasswordFault(NEXT, []);
    const calls = 20;
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 1);
    await Promise.all(Array.from({ length: calls }, () => findPasswordFault('0!@113@'.repeat(3), [])));
    clearInterval(counting);
    expect(turns).toBeGreaterThanOrEqual(calls / 2);
  });

  it.each(WEAK)('%j is refused at every entry, with what to do instead', async (password) => {
    const { user } = await plantUser();
    const ada = house.api.callAs({ user: { ...user, email: 'ada@example.org' } }).admin;
    const entries: [field: string, call: Promise<unknown>][] = [
      ['next', ada.changePassword({ current: CURRENT, next: password })],
      [
        'password',
        house.api
          .callAs(OPERATOR)
          .admin.users.create({ email: 'ada@example.org', name: 'Ada', role: 'viewer', password }),
      ],
    ];
    if (!password.startsWith('ada'))
      entries.push([
        'password',
        house.api.callAs(OPERATOR).admin.users.setPassword({ id: user.id, password }),
      ]);
    for (const [field, call] of entries) {
      const problem = await refusal(call);
      expect(problem).toMatchObject({ code: 'invalid', errors: [{ field }] });
      expect(problem?.detail).toMatch(/unrelated words/);
    }
    expect(await isPasswordOf(user.id, CURRENT)).toBe(true);
  });

  it.each([NEXT, 'kX8vQz2mLp9w', 'correct horse battery staple'])('%j is accepted', async (password) => {
    expect(await findPasswordFault(password, [])).toBeUndefined();
  });

  it.each([
    '@4$5'.repeat(32),
    'l1!|'.repeat(32),
    '1'.repeat(64) + '2'.repeat(64),
    '4@8({[<369&#!1/|0$5+7%2'.repeat(5),
  ])('of the worst spelling (%#) is rated about as fast as any other', async (password) => {
    await findPasswordFault(password, []);
    const before = process.cpuUsage();
    await findPasswordFault(password, []);
    // Whole, each of these takes seconds.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(500);
  });
});

describe('one’s own password', () => {
  it('is changed only with the current one, also by an admin', async () => {
    const me = await plantUser();
    const { admin } = house.api.callAs(me);
    expect(await refusal(admin.users.setPassword({ id: me.user.id, password: NEXT }))).toMatchObject({
      code: 'forbidden',
      detail: expect.stringContaining('Account'),
    });
    expect(await isPasswordOf(me.user.id, CURRENT)).toBe(true);
    await admin.changePassword({ current: CURRENT, next: NEXT });
    expect(await isPasswordOf(me.user.id, NEXT)).toBe(true);
  });

  it('can be tried five times in a quarter of an hour, over all processes, counted for each user', async () => {
    const shared = { redis: world.redis.url };
    const houses = [await world.start(shared), await world.start(shared)];
    const me = await plantUser();
    const tries: Procedures['admin'][] = Array.from(
      { length: 6 },
      (_, n) => (houses[n % 2] ?? house).api.callAs(me).admin,
    );
    const problems: (Problem | undefined)[] = [];
    for (const admin of tries)
      problems.push(await refusal(admin.changePassword({ current: 'a wrong guess', next: NEXT })));
    expect(problems.map((problem) => problem?.code)).toEqual([
      ...Array<string>(5).fill('invalid'),
      'rate-limited',
    ]);
    expect(problems.at(-1)?.retryAfterSeconds).toBeGreaterThan(14 * 60);
    // The right one neither, until then.
    expect(
      await refusal(tries[1]?.changePassword({ current: CURRENT, next: NEXT }) ?? expect.fail()),
    ).toMatchObject({
      code: 'rate-limited',
    });
    expect(await isPasswordOf(me.user.id, CURRENT)).toBe(true);
    const other = await plantUser();
    await house.api.callAs(other).admin.changePassword({ current: CURRENT, next: NEXT });
  });

  it('says to a browser when to come back', async () => {
    const call = () =>
      house.api.handleTrpc(
        post(
          '/api/trpc/admin.changePassword',
          { current: 'a wrong guess', next: NEXT },
          { cookie: 'role=viewer' },
        ),
        { address: undefined },
      );
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let n = 0; n < 6; n += 1) statuses.push((last = await call()).status);
    expect(statuses.at(-1)).toBe(429);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(14 * 60);
  });
});
