import type { Keeps } from '@spillway/queue';
import type { Content } from './ledger.ts';

export type StoreName = 'redis' | 'postgres';

/**
 * The answer that the sender got. `refused`: certainly not stored. `unknown`: it may still be processed. `unanswered`: the web
 * process was gone, and the sender sends again. `failed`: any error that is not promised.
 */
export type Result = 'acknowledged' | 'refused' | 'unknown' | 'unanswered' | 'conflict' | 'failed';

/** Why an attempt was made: a new submission, a retry of one not accepted, a double click, an id used again. */
export type Why = 'first' | 'again' | 'double' | 'conflict' | 'resent';

export interface Attempt {
  readonly producer: string;
  /** Handed to the queue in the producer's own process, or over HTTP to the web application. */
  readonly over: 'queue' | 'http';
  /** The ledger's id: the same as the queue's, unless the sender gave none. */
  readonly id: string;
  readonly content: Content;
  readonly why: Why;
  readonly startedMs: number;
  settledMs?: number;
  /** Missing: its producer ended first. */
  result?: Result;
  via?: StoreName;
  keeps?: Keeps;
  error?: string;
  queueId?: string;
}

export interface Effect {
  readonly id: string;
  readonly variant: Content['variant'];
  /** On the wall clock, ms. */
  readonly atMs: number;
}

/** A submission that ended dead. */
export interface Dead {
  readonly id: string;
  readonly variant: Content['variant'];
  /** The id it was sent under, where other content had it. */
  readonly conflictsWith: string | undefined;
  readonly error: string;
}

/** The sets of Jepsen's total-queue checker, for a queue whose messages have ids. Contents are named "id variant". */
export interface Sets {
  readonly attempts: number;
  /** Different contents among the attempts. */
  readonly attempted: number;
  /** Answers, by the store that gave them. */
  readonly acknowledged: Readonly<Record<StoreName, number>>;
  readonly refused: number;
  /** The answer was `unknown`, or there was no answer. */
  readonly unknown: number;
  readonly conflicts: number;
  readonly failed: readonly Attempt[];
  readonly effects: number;
  /** Acknowledged, and neither in effect nor dead. */
  readonly lost: readonly string[];
  /** Ids whose effect happened more than once. */
  readonly twice: readonly string[];
  /** Effects without an attempt. */
  readonly unexpected: readonly string[];
  /** Answered with a certain refusal, and yet in effect. */
  readonly refusedYetDone: readonly string[];
  /** Answered with a conflict, and yet in effect. */
  readonly conflictYetDone: readonly string[];
  /** Never acknowledged, and in effect. */
  readonly recovered: readonly string[];
  /** Dead ones that used another submission's id, as they should end. */
  readonly deadConflicts: number;
  /** Dead, and in effect all the same. */
  readonly deadYetDone: readonly string[];
  /** All other dead ones. */
  readonly dead: readonly Dead[];
}

export function contentKey(id: string, variant: string): string {
  return `${id} ${variant}`;
}

/** Sorts out what became of the attempts, from the ledger and the tables after everything has been drained. */
export function sortOut(
  attempts: readonly Attempt[],
  effects: readonly Effect[],
  dead: readonly Dead[],
): Sets {
  const byContent = Map.groupBy(attempts, (one) => contentKey(one.id, one.content.variant));
  const effective = new Set(effects.map((one) => contentKey(one.id, one.variant)));
  const buried = new Set(dead.map((one) => contentKey(one.conflictsWith ?? one.id, one.variant)));
  const counts = new Map<string, number>();
  for (const { id } of effects) counts.set(id, (counts.get(id) ?? 0) + 1);
  const contentsWhere = (condition: (tries: readonly Attempt[], key: string) => boolean) =>
    [...byContent].filter(([key, tries]) => condition(tries, key)).map(([key]) => key);
  const count = (result: Result, via?: StoreName) =>
    attempts.filter((one) => one.result === result && (via === undefined || one.via === via)).length;
  return {
    attempts: attempts.length,
    attempted: byContent.size,
    acknowledged: { redis: count('acknowledged', 'redis'), postgres: count('acknowledged', 'postgres') },
    refused: count('refused'),
    unknown:
      attempts.filter((one) => one.result === undefined).length + count('unknown') + count('unanswered'),
    conflicts: count('conflict'),
    failed: attempts.filter((one) => one.result === 'failed'),
    effects: effects.length,
    lost: contentsWhere((tries, key) => isAcknowledged(tries) && !effective.has(key) && !buried.has(key)),
    twice: [...counts].filter(([, times]) => times > 1).map(([id]) => id),
    unexpected: [...effective].filter((key) => !byContent.has(key)),
    refusedYetDone: contentsWhere(
      (tries, key) => effective.has(key) && tries.every((one) => one.result === 'refused'),
    ),
    conflictYetDone: contentsWhere(
      (tries, key) => effective.has(key) && tries.every((one) => one.result === 'conflict'),
    ),
    recovered: contentsWhere((tries, key) => effective.has(key) && !isAcknowledged(tries)),
    deadYetDone: dead
      .filter((one) => one.conflictsWith === undefined)
      .map((one) => contentKey(one.id, one.variant))
      .filter((key) => effective.has(key)),
    deadConflicts: dead.filter((one) => one.conflictsWith !== undefined).length,
    dead: dead.filter((one) => one.conflictsWith === undefined),
  };
}

function isAcknowledged(tries: readonly Attempt[]): boolean {
  return tries.some((one) => one.result === 'acknowledged');
}

/** What a run may do. */
export interface Rules {
  /** Contents that a configuration may lose: those acknowledged by a Redis that then forgot. */
  readonly mayLose: (key: string) => boolean;
  /** Whether an attempt may be refused, because both stores were away. */
  readonly mayRefuse: (attempt: Attempt) => boolean;
  /** Producers that were ended in the middle of their attempts. */
  readonly ended: ReadonlySet<string>;
  /** By when the queue has to answer every attempt, ms. */
  readonly deadlineMs: number;
}

/** A text for each broken promise; empty: all promises held. */
export function violations(sets: Sets, attempts: readonly Attempt[], rules: Rules): string[] {
  const lost = sets.lost.filter((key) => !rules.mayLose(key));
  const refused = attempts.filter(
    (one) => (one.result === 'refused' || one.result === 'unknown') && !rules.mayRefuse(one),
  );
  const unheard = [
    ...Map.groupBy(attempts, (one) => contentKey(one.id, one.content.variant)).values(),
  ].filter((tries) => tries.every((one) => one.result === 'unanswered' && !rules.ended.has(one.producer)));
  const hung = attempts.filter((one) => one.result === undefined && !rules.ended.has(one.producer));
  const late = attempts.filter(
    (one) =>
      one.over === 'queue' &&
      (one.settledMs ?? 0) - one.startedMs > rules.deadlineMs &&
      !rules.ended.has(one.producer),
  );
  const bad = new Set(attempts.filter((one) => one.content.mischief).map((one) => one.id));
  const nameOf = (one: Attempt) => `${one.id} ${one.content.variant}${one.error ? ` (${one.error})` : ''}`;
  return [
    ...complaint('lost', lost),
    ...complaint('in effect twice', sets.twice),
    ...complaint('in effect without having been attempted', sets.unexpected),
    ...complaint('certainly refused, yet in effect', sets.refusedYetDone),
    ...complaint('dead, yet in effect', sets.deadYetDone),
    ...complaint(
      'dead although no handler failed for good',
      sets.dead.filter((one) => !bad.has(one.id)).map((one) => `${one.id} (${one.error})`),
    ),
    ...complaint('failed in a way that is not promised', sets.failed.map(nameOf)),
    ...complaint('not accepted although a store worked', refused.map(nameOf)),
    ...complaint('never answered', hung.map(nameOf)),
    ...complaint(
      'never answered, however often it was sent',
      unheard.flatMap((tries) => tries.slice(-1)).map(nameOf),
    ),
    ...complaint(`answered later than ${rules.deadlineMs} ms`, late.map(nameOf)),
  ];
}

function complaint(what: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const examples = items.slice(0, 3).join(', ');
  return [`${items.length} ${what}: ${examples}${items.length > 3 ? ', …' : ''}`];
}
