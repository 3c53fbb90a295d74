import { REDIS_ADDRESSES, isRedisAddress } from '@spillway/queue';
import { createEnv } from '@t3-oss/env-core';
import { z } from 'zod';

const MINUTE_MS = 60 * 1000;
const port = z.coerce.number().int().min(1).max(65_535);
const positive = z.coerce.number().int().positive();

/** The environment does not describe a worker that could run. The message lists each variable that is wrong. */
export class EnvError extends Error {}

export type Env = ReturnType<typeof readEnv>;

/** The only place where the worker reads its environment. Throws `EnvError`. */
export function readEnv(source: Record<string, string | undefined> = process.env) {
  return createEnv({
    server: {
      /** Postgres >= 15. It may be away when the worker starts. */
      DATABASE_URL: z.url({
        protocol: /^postgres(ql)?$/,
        error: 'a URL like postgres://user:password@host:5432/name',
      }),
      /** The same database under a role that may change tables, for the migrations alone: deploy/sql/roles.sql. */
      SPILLWAY_MIGRATION_URL: z
        .url({
          protocol: /^postgres(ql)?$/,
          error: 'a URL like postgres://user:password@host:5432/name',
        })
        .optional(),
      /** Redis >= 7.0 or Valkey >= 8: one, Sentinels or a Cluster. Without it the worker works straight from Postgres. */
      REDIS_URL: z.string().refine(isRedisAddress, REDIS_ADDRESSES).optional(),
      /** The port of health and metrics. They hold no secrets, but need not be reached from outside. */
      HOST: z.string().default('127.0.0.1'),
      HEALTH_PORT: port.default(3001),
      /** Name of the queue; the web tier's must be the same. */
      SPILLWAY_QUEUE: z.string().default('default'),
      /** The Postgres schema of the queue's tables. Web, worker and CLI need the same. */
      SPILLWAY_SCHEMA: z.string().default('spillway'),
      SPILLWAY_PRIMARY: z.enum(['auto', 'redis', 'postgres']).default('auto'),
      /** Unique among running workers. By default it is made of host name, pid and chance. */
      WORKER_NAME: z.string().optional(),
      WORKER_CONCURRENCY: positive.optional(),
      WORKER_BATCH_SIZE: positive.optional(),
      /** How long a stop lets running handlers finish, in ms. With 2 s to spare before most platforms kill. */
      WORKER_GRACE_MS: positive.max(MINUTE_MS).default(8_000),
      /** Which forms' senders get a mail and which forms' owners a call: a JSON file, see docs/notifications.md. */
      SPILLWAY_NOTIFY_FILE: z.string().optional(),
      /** These four are needed where a form has mails. Secret and address are the web tier's. */
      SPILLWAY_SMTP_URL: z
        .url({ protocol: /^smtps?$/, error: 'a URL like smtp://user:password@host:587' })
        .optional(),
      SPILLWAY_MAIL_FROM: z.string().regex(/@/, 'a sender like Forms <forms@example.org>').optional(),
      SPILLWAY_SECRET: z.string().min(32, 'at least 32 characters, the same as the web tier’s').optional(),
      SPILLWAY_BASE_URL: z
        .url({ protocol: /^https?$/, error: 'a URL like https://forms.example.org' })
        .optional(),
      /** The most mails to one recipient within an hour, because a sender may give another person's address. */
      SPILLWAY_MAIL_LIMIT: positive.max(1_000).default(5),
      /** The variables of OpenTelemetry that switch traces on; the SDK reads the others itself (docs/observability.md). */
      OTEL_SDK_DISABLED: z.string().optional(),
      OTEL_TRACES_EXPORTER: z.string().optional(),
      OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.string().optional(),
      OTEL_EXPORTER_OTLP_PROTOCOL: z.string().optional(),
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.string().optional(),
      OTEL_SERVICE_NAME: z.string().optional(),
      LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    },
    runtimeEnv: source,
    emptyStringAsUndefined: true,
    onValidationError: (issues) => {
      throw new EnvError(`Invalid environment:\n${issues.map(describe).join('\n')}`);
    },
  });
}

/** Names the variable and the expected form, never its value, which may hold a password. */
function describe({ path, message }: { path?: readonly unknown[] | undefined; message: string }): string {
  return `  ${String(path?.[0])}: ${message}`;
}
