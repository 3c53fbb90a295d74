import { randomBytes } from 'node:crypto';
import { createApi } from '@spillway/api';
import type { Api, Role } from '@spillway/api';
import { createDb, insertUser, listUsers, migrate } from '@spillway/db';
import type { Db } from '@spillway/db';
import { startPostgres, startProxy } from '@spillway/devstack';
import type { FaultProxy, PostgresServer } from '@spillway/devstack';
import { createLog } from '@spillway/observe';
import { createQueue } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { hashPassword } from 'better-auth/crypto';
import { createAuth } from '../../src/server/auth.ts';
import type { Auth } from '../../src/server/auth.ts';

const ORIGIN = 'http://spillway.test';
const PASSWORD = randomBytes(18).toString('base64url');

/** The sign-in and the API as a web process wires them, over a real Postgres behind a network that can fail. */
export interface Site {
  readonly postgres: PostgresServer;
  readonly network: FaultProxy;
  readonly db: Db;
  readonly auth: Auth;
  readonly queue: Queue;
  readonly api: Api;
  signIn(email: string, role: Role): Promise<Headers>;
  /** The session's cookie, of a user that there is. `undefined`: the sign-in was refused. */
  signInWith(email: string, password: string): Promise<Headers | undefined>;
  /** The answer to a call: `ok`, the code of the problem, or `uncheckable` where the session could not be confirmed. */
  call(procedure: string, headers: Headers, input?: unknown): Promise<string>;
  /** Calls, and throws unless it is answered. */
  must(procedure: string, headers: Headers, input?: unknown): Promise<void>;
  idOf(email: string): Promise<string>;
  close(): Promise<void>;
}

interface SiteOptions {
  /** What counts as Postgres being down. Default: what the queue says. */
  readonly isPostgresDown?: () => boolean;
}

export async function startSite({ isPostgresDown }: SiteOptions = {}): Promise<Site> {
  const postgres = await startPostgres();
  const network = await startProxy({ port: Number(new URL(postgres.url).port) });
  const url = network.url(postgres.url);
  const shutdown = new AbortController();
  const queue = createQueue({ postgres: url, name: 'site' });
  const db = createDb(url);
  await queue.migrate();
  await migrate(db.$client);
  const auth = createAuth({
    db,
    secret: 'a secret for the tests of permissions',
    baseUrl: undefined,
    log: createLog({ service: 'web', level: 'silent' }),
    sso: undefined,
    isPostgresDown: isPostgresDown ?? (() => queue.health().postgres.state === 'down'),
  });
  const api = createApi({
    queue,
    db,
    secret: 'a secret for the tests of permissions',
    rateLimit: 'off',
    shutdown: shutdown.signal,
    getSession: auth.sessionOf,
    usersChanged: auth.usersChanged,
    actOnStore: async () => {},
  });
  /** `query`, `mutation` or `subscription`. tRPC keeps all procedures in one map, by their full names. */
  const typeOf = (procedure: string): unknown =>
    Reflect.get(Reflect.get(api.router._def.procedures, procedure), '_def').type;

  async function request(procedure: string, headers: Headers, input: unknown): Promise<Request> {
    const isMutation = typeOf(procedure) === 'mutation';
    const text = JSON.stringify(input);
    const query = isMutation || text === undefined ? '' : `?input=${encodeURIComponent(text)}`;
    const all = new Headers(headers);
    all.set('content-type', 'application/json');
    return new Request(`${ORIGIN}/api/trpc/${procedure}${query}`, {
      method: isMutation ? 'POST' : 'GET',
      headers: all,
      ...(isMutation && { body: text ?? '{}' }),
    });
  }

  async function call(procedure: string, headers: Headers, input?: unknown): Promise<string> {
    const response = await api.handleTrpc(await request(procedure, headers, input), { address: undefined });
    const text = await response.text();
    if (text.includes('The sign-in cannot be checked')) return 'uncheckable';
    return /"problem":\{[^}]*"code":"([a-z-]+)"/.exec(text)?.[1] ?? (response.ok ? 'ok' : text);
  }

  let senders = 0;
  async function signInWith(email: string, password: string): Promise<Headers | undefined> {
    const response = await auth.handler(
      new Request(`${ORIGIN}/api/auth/sign-in/email`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          // Sign-ins are counted by address.
          'x-forwarded-for': `10.0.${Math.floor((senders += 1) / 250)}.${senders % 250}`,
          origin: ORIGIN,
        },
        body: JSON.stringify({ email, password }),
      }),
    );
    if (!response.ok) return undefined;
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    return new Headers({ cookie: cookies.join('; ') });
  }

  return {
    postgres,
    network,
    db,
    auth,
    queue,
    api,
    async signIn(email, role) {
      await insertUser(db, { email, name: email, role, passwordHash: await hashPassword(PASSWORD) });
      const headers = await signInWith(email, PASSWORD);
      if (!headers) throw new Error(`${email} could not sign in.`);
      return headers;
    },
    signInWith,
    call,
    async must(procedure, headers, input) {
      const answer = await call(procedure, headers, input);
      if (answer !== 'ok') throw new Error(`${procedure} was answered with ${answer}.`);
    },
    async idOf(email) {
      const user = (await listUsers(db)).find((one) => one.email === email);
      if (!user) throw new Error(`There is no user ${email}.`);
      return user.id;
    },
    async close() {
      shutdown.abort();
      auth.close();
      await api.close();
      await queue.close();
      await db.$client.end();
      await network.close();
      await postgres.stop();
    },
  };
}
