import { REDIS_ADDRESSES, isRedisAddress } from '@spillway/queue';
import { createEnv } from '@t3-oss/env-core';
import { z } from 'zod';
import { UsageError } from './errors.ts';

/** As for `npm run serve`. */
const NO_REDIS = 'none';

export type Env = ReturnType<typeof readEnv>;

/** The only place where the command reads its environment. Throws `UsageError`. */
export function readEnv(source: Record<string, string | undefined> = process.env) {
  return createEnv({
    server: {
      /** Postgres >= 15. It may be away. Only what asks the stores needs it. */
      DATABASE_URL: z
        .url({ protocol: /^postgres(ql)?$/, error: 'a URL like postgres://user:password@host:5432/name' })
        .optional(),
      /** The same database under a role that owns the tables. `migrate` uses it; default: DATABASE_URL. */
      SPILLWAY_MIGRATION_URL: z
        .url({ protocol: /^postgres(ql)?$/, error: 'a URL like postgres://user:password@host:5432/name' })
        .optional(),
      /** Redis >= 7.0 or Valkey >= 8: one, Sentinels or a Cluster. Without it, or with `none`, all goes through Postgres. */
      REDIS_URL: z
        .string()
        .refine((address) => address === NO_REDIS || isRedisAddress(address), REDIS_ADDRESSES)
        .transform((address) => (address === NO_REDIS ? undefined : address))
        .optional(),
      /** The same three as the web tier's and the worker's. */
      SPILLWAY_QUEUE: z.string().default('default'),
      SPILLWAY_SCHEMA: z.string().default('spillway'),
      SPILLWAY_PRIMARY: z.enum(['auto', 'redis', 'postgres']).default('auto'),
    },
    runtimeEnv: source,
    emptyStringAsUndefined: true,
    onValidationError: (issues) => {
      throw new UsageError(`Invalid environment:\n${issues.map(describe).join('\n')}`);
    },
  });
}

/** Names the variable and the expected form, never its value, which may hold a password. */
function describe({ path, message }: { path?: readonly unknown[] | undefined; message: string }): string {
  return `  ${String(path?.[0])}: ${message}`;
}
