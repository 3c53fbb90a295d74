import type { Evidence, Notes } from './faults/fault.ts';
import type { Rig } from './rig.ts';
import type { Attempt, Effect } from './verdict.ts';

/** When things happened: on the monotonic clock, ms. */
export interface Span {
  readonly strikeMs: number;
  readonly healedMs: number;
  readonly endMs: number;
  /** Add to get the time of day, which the tables use. */
  readonly wallOffsetMs: number;
}

export interface EvidenceInput {
  readonly rig: Rig;
  readonly holdMs: number;
  readonly span: Span;
  readonly attempts: readonly Attempt[];
  readonly effects: readonly Effect[];
  readonly lost: number;
  readonly epochs: Evidence['epochs'];
  readonly notes: Notes;
}

/** The traces of an episode, from which each fault judges whether it had an effect. */
export function gatherEvidence(input: EvidenceInput): Evidence {
  const { rig, holdMs, span, attempts, effects, lost, epochs, notes } = input;
  const during = attempts.filter((one) => one.startedMs >= span.strikeMs && one.startedMs < span.healedMs);
  const count = (via: 'redis' | 'postgres') => during.filter((one) => one.via === via).length;
  const events = rig.fleet.events.filter((one) => one.atMs >= span.strikeMs);
  return {
    primary: rig.primary,
    holdMs,
    tried: during.length,
    acks: { redis: count('redis'), postgres: count('postgres') },
    notAccepted: during.filter((one) => one.result === 'refused' || one.result === 'unknown').length,
    http: countHttp(during),
    drained: countDrained(attempts, effects, span),
    recovered: events
      .filter((one) => one.event === 'recovered')
      .reduce((sum, { fields }) => sum + Number(fields['pushed'] ?? 0), 0),
    lost,
    epochs,
    stallMs: longestStall(effects, span),
    events,
    notes,
  };
}

function countHttp(during: readonly Attempt[]): Evidence['http'] {
  const http = during.filter((one) => one.over === 'http');
  const unanswered = http.filter((one) => one.result === 'unanswered');
  return {
    acknowledged: http.filter((one) => one.result === 'acknowledged').length,
    unanswered: unanswered.length,
    cutOff: unanswered.filter((one) => /ECONNRESET|EPIPE|other side closed|terminated/.test(one.error ?? ''))
      .length,
  };
}

export async function readEpoch({ stores, queueName }: Rig): Promise<string | undefined> {
  const epoch = await stores.redis.command('GET', `spillway:{${queueName}}:epoch`).catch(() => null);
  return typeof epoch === 'string' ? epoch : undefined;
}

function countDrained(attempts: readonly Attempt[], effects: readonly Effect[], span: Span): number {
  const byPostgres = new Set(attempts.filter((one) => one.via === 'postgres').map((one) => one.id));
  for (const one of attempts) if (one.via === 'redis') byPostgres.delete(one.id);
  const [fromMs, toMs] = [span.strikeMs + span.wallOffsetMs, span.healedMs + span.wallOffsetMs];
  return effects.filter((one) => one.atMs >= fromMs && one.atMs < toMs && byPostgres.has(one.id)).length;
}

function longestStall(effects: readonly Effect[], span: Span): number {
  const [fromMs, toMs] = [span.strikeMs + span.wallOffsetMs, span.endMs + span.wallOffsetMs];
  const within = effects.map((one) => one.atMs).filter((atMs) => atMs >= fromMs && atMs < toMs);
  const moments = [fromMs, ...within.sort((a, b) => a - b), toMs];
  return Math.max(...moments.slice(1).map((atMs, index) => atMs - (moments[index] ?? atMs)));
}
