import { InvalidOptionsError } from './errors.ts';
import { checkNames, checkObject, checkRange, checkWhole } from './option-check.ts';
import type { Resolved, ResolvedQueueOptions } from './options.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** What a form may have of its own. */
export interface FormOptions {
  /**
   * How long a handler may run, in ms; a batch has the longest time of its submissions. After it the signal aborts, the attempt has
   * failed, and the slot is free. The time of an async schema, too. Default 60,000: proxies and load balancers give up on a
   * request after 60 s, and an open transaction keeps vacuum from cleaning up.
   */
  readonly timeoutMs?: number | undefined;
  /** Attempts before a submission ends dead. Default 10. */
  readonly maxAttempts?: number | undefined;
  /** Backoff: a random delay in [0, min(max, base * 2^(attempt-1))] ms (full jitter). Default 1,000 and 10 minutes. */
  readonly backoffMs?: { readonly base: number; readonly max: number } | undefined;
}

export interface WorkerOptions extends FormOptions {
  /** Unique name of this worker, shown to operators. Default: host name, pid and a random suffix. */
  readonly name?: string | undefined;
  /** How many batches (or external calls) run at once. Default 4. */
  readonly concurrency?: number | undefined;
  /** Largest batch that shares one settling transaction. 1 = a transaction each. Default 200; external handlers: 1. */
  readonly batchSize?: number | undefined;
  /** Lease, in ms; extended while a handler runs. Shorter: a crashed worker's items return sooner. Default 30,000. */
  readonly leaseMs?: number | undefined;
  /** By a form's name: its own `timeoutMs`, `maxAttempts` and `backoffMs`, where they differ from the worker's. Default: none. */
  readonly forms?: Readonly<Record<string, FormOptions>> | undefined;
  /** How long `stop` lets running handlers finish, in ms. Default 10,000. */
  readonly graceMs?: number | undefined;
  /** How often an idle worker looks for work without a wake-up, in ms. Default 1,000. */
  readonly pollMs?: number | undefined;
  /** How often recovery looks for rows to push to Redis, in ms. Default 1,000. */
  readonly recoverMs?: number | undefined;
}

type ResolvedFormOptions = Resolved<FormOptions>;

export interface ResolvedWorkerOptions extends Resolved<Omit<WorkerOptions, 'forms'>> {
  readonly forms: Readonly<Record<string, ResolvedFormOptions>>;
}

const FORM_DEFAULTS = { timeoutMs: MINUTE, maxAttempts: 10, backoffMs: { base: SECOND, max: 10 * MINUTE } };
/** Node runs a timer of more milliseconds at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Fills defaults and checks ranges and relations. `kind` decides the default batch size. Throws `InvalidOptionsError` naming the option
 * and the remedy.
 */
export function resolveWorkerOptions(
  options: WorkerOptions,
  kind: 'batch' | 'external',
  defaultName: string,
): ResolvedWorkerOptions {
  checkObject('createWorker', options);
  const own = resolveFormOptions(options, FORM_DEFAULTS);
  const resolved: ResolvedWorkerOptions = {
    name: options.name ?? defaultName,
    concurrency: options.concurrency ?? 4,
    batchSize: options.batchSize ?? (kind === 'batch' ? 200 : 1),
    leaseMs: options.leaseMs ?? 30 * SECOND,
    ...own,
    forms: Object.fromEntries(
      Object.entries(options.forms ?? {}).map(([form, of]) => [
        form,
        resolveFormOptions(checkForm(form, of), own, `forms.${form}.`),
      ]),
    ),
    graceMs: options.graceMs ?? 10 * SECOND,
    pollMs: options.pollMs ?? SECOND,
    recoverMs: options.recoverMs ?? SECOND,
  };
  checkNames('createWorker', options, Object.keys(resolved));
  if (typeof resolved.name !== 'string' || resolved.name === '') {
    throw new InvalidOptionsError('name must be a text that no other worker has.');
  }
  checkWhole(resolved, ['concurrency', 'batchSize', 'leaseMs', 'graceMs', 'pollMs', 'recoverMs']);
  if (kind === 'external' && resolved.batchSize !== 1) {
    throw new InvalidOptionsError(
      `batchSize (${resolved.batchSize}): an external handler takes one submission a call; use concurrency.`,
    );
  }
  return resolved;
}

function checkForm(form: string, options: FormOptions): FormOptions {
  const where = `createWorker, forms.${form}`;
  checkObject(where, options);
  checkNames(where, options, Object.keys(FORM_DEFAULTS));
  return options;
}

function resolveFormOptions(
  { timeoutMs, maxAttempts, backoffMs }: FormOptions,
  defaults: ResolvedFormOptions,
  prefix = '',
): ResolvedFormOptions {
  const resolved = {
    timeoutMs: timeoutMs ?? defaults.timeoutMs,
    maxAttempts: maxAttempts ?? defaults.maxAttempts,
    backoffMs: backoffMs ?? defaults.backoffMs,
  };
  checkWhole(resolved, ['timeoutMs', 'maxAttempts'], prefix);
  if (resolved.timeoutMs > MAX_TIMER_MS) {
    throw new InvalidOptionsError(
      `${prefix}timeoutMs (${resolved.timeoutMs}) must not exceed ${MAX_TIMER_MS}.`,
    );
  }
  const { base, max } = resolved.backoffMs;
  checkRange(`${prefix}backoffMs`, resolved.backoffMs, ['base', 'max']);
  if (base > max) {
    throw new InvalidOptionsError(`${prefix}backoffMs: base (${base}) must not exceed max (${max}).`);
  }
  return resolved;
}

/** What applies to a form: its own options where it has some, else the worker's. */
export function optionsOf(worker: ResolvedWorkerOptions, form: string): ResolvedFormOptions {
  return (Object.hasOwn(worker.forms, form) ? worker.forms[form] : undefined) ?? worker;
}

/**
 * Each slot of a batch handler holds a connection while the handler runs; recovery, leases and views need more. An external call holds
 * none: its slots take turns.
 */
export function checkConnections(
  worker: ResolvedWorkerOptions,
  queue: ResolvedQueueOptions,
  kind: 'batch' | 'external',
): void {
  if (kind === 'external') return;
  const [name, max] =
    typeof queue.postgres === 'string'
      ? ['workConnections', queue.workConnections]
      : ['a max of its pool', queue.postgres.options.max];
  if (worker.concurrency + 2 > max) {
    throw new InvalidOptionsError(
      `concurrency (${worker.concurrency}) needs ${name} (${max}) of at least ${worker.concurrency + 2}.`,
    );
  }
}

/** A form that the queue has no schema for is a typing error: its options would never apply. */
export function checkForms(worker: ResolvedWorkerOptions, { schemas }: ResolvedQueueOptions): void {
  const unknown = Object.keys(worker.forms).find((form) => schemas && !Object.hasOwn(schemas, form));
  if (unknown !== undefined) {
    throw new InvalidOptionsError(
      `forms.${unknown}: the queue has no schema for this form; it knows ${Object.keys(schemas ?? {}).join(', ')}.`,
    );
  }
}
