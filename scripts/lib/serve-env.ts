import { Failure } from './steps.mjs';

/** Says in `REDIS_URL` that there is no Redis, on purpose. */
const NO_REDIS = 'none';

const NEEDED = {
  DATABASE_URL: 'Postgres 15 or newer: postgres://user:password@host:5432/name',
  REDIS_URL: `Redis 7.0 or newer: redis://host:6379 - or ${NO_REDIS}, to run on Postgres alone`,
  SPILLWAY_SECRET: 'signs receipts and sessions; make one and keep it: openssl rand -base64 32',
} as const;

/**
 * The environment of both applications, if it has all that production needs. The applications themselves report invalid
 * values.
 */
export function readServeEnv(source: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const missing = Object.entries(NEEDED).filter(([name]) => !source[name]);
  if (missing.length > 0) {
    throw new Failure(
      `The environment lacks:\n${missing.map(([name, meaning]) => `  ${name.padEnd(16)}${meaning}`).join('\n')}`,
      'Set them and run the same command again. To try Spillway without any of this: npm start',
    );
  }
  const { REDIS_URL: redisUrl, ...rest } = source;
  return redisUrl === NO_REDIS ? rest : { ...rest, REDIS_URL: redisUrl };
}
