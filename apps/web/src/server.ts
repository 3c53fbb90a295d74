import { createApi } from '@spillway/api';
import { createDb } from '@spillway/db';
import { createLog, queueLogger } from '@spillway/observe';
import { createQueue } from '@spillway/queue';
import { env } from './env.ts';
import { actOnDevstack } from './server/devstack.ts';
import { createAuth } from './server/auth.ts';
import { createNativePost } from './server/native-post.ts';
import { ssoOf } from './server/sso.ts';

/** Percent-encoding makes three bytes of one, and text in other scripts is all encoded. */
const ENCODED_PER_BYTE = 3;
const ROOM_FOR_NAMES_BYTES = 64 * 1024;

/** The parts of the running web process. */
export type Server = ReturnType<typeof createServer>;

// On globalThis and not in this module: Next loads it once for each bundle and again at every hot reload, and
// there must be one queue, one pool and one rate limit.
declare global {
  var spillwayServer: Server | undefined;
}

/** The process's one server. Made at first use, so that a build reads no environment. */
export function server(): Server {
  return (globalThis.spillwayServer ??= createServer());
}

function createServer() {
  const config = env();
  const log = createLog({ service: 'web', level: config.LOG_LEVEL });
  const shutdown = new AbortController();
  const baseUrl = config.SPILLWAY_BASE_URL;
  const secret = config.SPILLWAY_SECRET;
  const queue = createQueue({
    name: config.SPILLWAY_QUEUE,
    ...(config.REDIS_URL !== undefined && { redis: config.REDIS_URL }),
    postgres: config.DATABASE_URL,
    primary: config.SPILLWAY_PRIMARY,
    shadow: config.SPILLWAY_SHADOW === 'auto' ? 'auto' : config.SPILLWAY_SHADOW === 'on',
    lastResort: config.SPILLWAY_LAST_RESORT === 'on',
    onEvent: queueLogger(log),
  });
  const db = createDb(config.DATABASE_URL);
  const sso = ssoOf(config);
  const isPostgresDown = () => queue.health().postgres.state === 'down';
  const auth = createAuth({ db, secret, baseUrl, log, sso, isPostgresDown });
  const api = createApi({
    queue,
    db,
    secret,
    ...(baseUrl !== undefined && { baseUrl }),
    rateLimit: config.RATE_LIMIT === 'off' ? 'off' : { perMinute: config.RATE_LIMIT },
    redis: config.REDIS_URL,
    ...(config.SPILLWAY_SANDBOX !== undefined && { actOnStore: actOnDevstack(config.SPILLWAY_SANDBOX) }),
    countsFlow: true,
    shutdown: shutdown.signal,
    getSession: auth.sessionOf,
    usersChanged: auth.usersChanged,
    onError: (error) => log.error({ err: error }, 'A request failed in a way that no one planned for.'),
  });
  const nativePost = createNativePost(api, queue.options.maxBytes * ENCODED_PER_BYTE + ROOM_FOR_NAMES_BYTES);

  return {
    config,
    log,
    queue,
    db,
    auth,
    /** The single sign-on's name, for its button, where there is one. */
    ssoName: sso?.name,
    api,
    nativePost,
    /** Ends the event streams, lets the requests under way and accepting finish, and closes every connection. */
    async close(requestsEnd: () => Promise<void>): Promise<void> {
      shutdown.abort();
      await requestsEnd();
      await api.close();
      auth.close();
      await queue.close();
      await db.$client.end();
    },
  };
}

/** The client's address, as server/requests.ts found it out. */
export function addressOf(headers: Headers): string | undefined {
  return headers.get('x-forwarded-for') ?? undefined;
}
