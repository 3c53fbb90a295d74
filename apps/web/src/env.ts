import { createHash } from 'node:crypto';
import { REDIS_ADDRESSES, isRedisAddress } from '@spillway/queue';
import { createEnv } from '@t3-oss/env-core';
import { z } from 'zod';

const MINUTE_LIMIT = 60;

/** Values of the role claim, separated by commas. An empty one would match an empty group. */
const groups = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .refine((list) => list.every((one) => one !== ''), {
    error: 'must be values of the role claim, separated by commas, none of them empty: staff,it',
  });

/** Whether this is `next dev`. The value is inlined at build time, so any code on the server may read it. */
export const isDevelopment = process.env.NODE_ENV === 'development';

/** What the web process takes from its environment. Read once, at start; never while building. */
export type Env = ReturnType<typeof readEnv>;

let current: Env | undefined;

/** The environment, checked. Throws an error that lists all that is wrong with it. */
export function env(): Env {
  return (current ??= readEnv());
}

/** Throws an error that names each variable that is wrong. */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env) {
  const values = createEnv({
    server: {
      /** Postgres >= 15. */
      DATABASE_URL: z.url({
        protocol: /^postgres(ql)?$/,
        error: 'must be a URL like postgres://user:password@host/database',
      }),
      /** The same database under a role that may change tables, for the migrations alone: deploy/sql/roles.sql. */
      SPILLWAY_MIGRATION_URL: z
        .url({
          protocol: /^postgres(ql)?$/,
          error: 'must be a URL like postgres://user:password@host/database',
        })
        .optional(),
      /** Redis >= 7.0 or Valkey >= 8: one, Sentinels or a Cluster. Without it, everything runs on Postgres alone. */
      REDIS_URL: z.string().refine(isRedisAddress, `must be ${REDIS_ADDRESSES}`).optional(),
      /** Keys of receipts and sessions are derived from it: with another one, receipts given before stop working. */
      SPILLWAY_SECRET: z
        .string()
        .min(32, 'must have at least 32 characters: openssl rand -base64 32')
        .optional(),
      /** The address under which people reach this site. Without it, each request's own address is used. */
      SPILLWAY_BASE_URL: z
        .url({ protocol: /^https?$/, error: 'must be a URL like https://forms.example.com' })
        .optional(),
      /** Submissions per minute and client address, or `off`. */
      RATE_LIMIT: z
        .union([z.literal('off'), z.coerce.number().int().min(1)], {
          error: 'must be a whole number from 1, or off',
        })
        .default(MINUTE_LIMIT),
      /** Name of the queue. The worker's must be the same. */
      SPILLWAY_QUEUE: z.string().default('default'),
      /** The Postgres schema of the queue's tables. Web, worker and CLI need the same. */
      SPILLWAY_SCHEMA: z.string().default('spillway'),
      /** Which store acknowledges. The worker's must be the same. */
      SPILLWAY_PRIMARY: z.enum(['auto', 'redis', 'postgres']).default('auto'),
      /** Whether Postgres gets a copy of what Redis has acknowledged. `auto`: while Redis has a replica. */
      SPILLWAY_SHADOW: z.enum(['auto', 'on', 'off']).default('auto'),
      /** Whether a Redis that keeps nothing on disk may acknowledge while Postgres is away. */
      SPILLWAY_LAST_RESORT: z.enum(['on', 'off']).default('on'),
      /** The first operator, created at the first start. */
      SPILLWAY_ADMIN_EMAIL: z.email().optional(),
      SPILLWAY_ADMIN_PASSWORD: z.string().min(12, 'must have at least 12 characters').optional(),
      /** Where the first operator's sign-in is written as JSON, with mode 0600. */
      SPILLWAY_FIRST_OPERATOR_FILE: z.string().optional(),
      /** 1: exactly one reverse proxy is in front; the last address in its X-Forwarded-For is the client's. */
      SPILLWAY_TRUST_PROXY: z.enum(['0', '1']).default('0'),
      /**
       * The control socket of the local devstack. Set by `npm start` and `pnpm turbo dev` alone, where they started both
       * stores: then there is a sandbox.
       */
      SPILLWAY_SANDBOX: z.string().optional(),
      /** The variables of OpenTelemetry that switch traces on; the SDK reads the others itself (docs/observability.md). */
      OTEL_SDK_DISABLED: z.string().optional(),
      OTEL_TRACES_EXPORTER: z.string().optional(),
      OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.string().optional(),
      OTEL_EXPORTER_OTLP_PROTOCOL: z.string().optional(),
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.string().optional(),
      OTEL_SERVICE_NAME: z.string().optional(),
      /** Single sign-on by OpenID Connect: all three or none. Register the callback SITE/api/auth/callback/sso there. */
      SPILLWAY_OIDC_ISSUER: z
        .url({ protocol: /^https?$/, error: 'must be a URL like https://login.example.com' })
        .optional(),
      SPILLWAY_OIDC_CLIENT_ID: z.string().optional(),
      SPILLWAY_OIDC_CLIENT_SECRET: z.string().optional(),
      /** The text of its button. */
      SPILLWAY_OIDC_NAME: z.string().default('Single sign-on'),
      /** The claim whose values stand for roles, such as groups. Without it a new user has no access until an admin gives a role. */
      SPILLWAY_OIDC_ROLE_CLAIM: z
        .string()
        .trim()
        .min(1, 'must be the name of a claim, such as groups')
        .optional(),
      /** The values that stand for each role. A user with none of them has no access. */
      SPILLWAY_OIDC_VIEWERS: groups.optional(),
      SPILLWAY_OIDC_OPERATORS: groups.optional(),
      SPILLWAY_OIDC_ADMINS: groups.optional(),
      LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
      PORT: z.coerce.number().int().default(3000),
      /** A variable of the worker. The web process only shows it, in development. */
      HEALTH_PORT: z.coerce.number().int().default(3001),
    },
    runtimeEnv: source,
    emptyStringAsUndefined: true,
    onValidationError: (issues) => {
      const lines = issues.map(({ path, message }) => {
        const [name] = path ?? [];
        return `  ${typeof name === 'string' ? name : 'environment'}: ${message}`;
      });
      throw new Error(`Invalid environment; .env.example describes each variable.\n${lines.join('\n')}`);
    },
  });
  const oidc = [
    values.SPILLWAY_OIDC_ISSUER,
    values.SPILLWAY_OIDC_CLIENT_ID,
    values.SPILLWAY_OIDC_CLIENT_SECRET,
  ];
  if (oidc.some((one) => one === undefined) && oidc.some((one) => one !== undefined)) {
    throw new Error(
      'Single sign-on needs SPILLWAY_OIDC_ISSUER, SPILLWAY_OIDC_CLIENT_ID and SPILLWAY_OIDC_CLIENT_SECRET.',
    );
  }
  const { SPILLWAY_OIDC_VIEWERS, SPILLWAY_OIDC_OPERATORS, SPILLWAY_OIDC_ADMINS } = values;
  checkRoleClaim(values.SPILLWAY_OIDC_ROLE_CLAIM, {
    SPILLWAY_OIDC_VIEWERS,
    SPILLWAY_OIDC_OPERATORS,
    SPILLWAY_OIDC_ADMINS,
  });
  return { ...values, SPILLWAY_SECRET: values.SPILLWAY_SECRET ?? secretForDevelopment(values.DATABASE_URL) };
}

/** A claim and its values must be set together: one without the other would give access to the wrong people. */
function checkRoleClaim(claim: string | undefined, lists: Readonly<Record<string, unknown>>): void {
  const set = Object.keys(lists).filter((name) => lists[name] !== undefined);
  if (claim === undefined && set.length > 0) {
    throw new Error(
      `${set.join(', ')} needs SPILLWAY_OIDC_ROLE_CLAIM: the name of the claim that holds these values.`,
    );
  }
  if (claim !== undefined && set.length === 0) {
    throw new Error(
      `SPILLWAY_OIDC_ROLE_CLAIM needs at least one of ${Object.keys(lists).join(', ')}: without them single sign-on gives no user access.`,
    );
  }
}

function secretForDevelopment(databaseUrl: string): string {
  // Decided by the build, not by NODE_ENV: a variable set by mistake must not give a public site a secret that can be guessed.
  if (!isDevelopment) {
    throw new Error(
      'SPILLWAY_SECRET is missing. Set it to a random text that you keep: openssl rand -base64 32',
    );
  }
  // Stable over restarts, so that receipts and sessions live on; guessable, so never in production.
  return createHash('sha256').update(`development ${databaseUrl}`).digest('hex');
}
