import type { CampaignReport, SessionReport } from './campaign.ts';
import type { EpisodeReport } from './episode.ts';
import { difference } from './latency.ts';
import type { Latency } from './latency.ts';

type Row = readonly (string | number)[];

/** Issue targets beside the control run, ms. Shown, not enforced: two shared cores decide too much of it. */
const LATENCY_HEAD: Row = ['latency, ms', 'accepts', 'p50', 'p99', 'slowest'];

/** One fault, in full. */
export function episodeText(report: EpisodeReport, control: EpisodeReport): string {
  const { sets, evidence, latency } = report;
  const isControl = report === control;
  const notes = [...evidence.notes].map(([what, value]) => `${what} ${round(value)}`).join(', ');
  const lines = [
    `${report.name} · primary ${report.primary}${isControl ? '' : ` · ${seconds(report.holdMs)}`} · ${verdictOf(report)}`,
    `  sent ${sets.attempts}: acknowledged by redis ${sets.acknowledged.redis}, by postgres ${sets.acknowledged.postgres}, refused ${sets.refused}, unknown ${sets.unknown}, conflicts ${sets.conflicts}`,
    `  effects ${sets.effects}: lost ${sets.lost.length}${report.forgotten > 0 ? ` (${report.forgotten} forgotten by Redis, sent again)` : ''}, twice ${sets.twice.length}, unexpected ${sets.unexpected.length}, recovered ${sets.recovered.length}, dead ${sets.dead.length}, conflicts kept ${sets.deadConflicts}, of those told otherwise ${sets.conflictYetDone.length}`,
    ...(isControl
      ? []
      : [
          `  meanwhile: sent ${evidence.tried}, acknowledged by redis ${evidence.acks.redis}, by postgres ${evidence.acks.postgres}, drained ${evidence.drained}, pushed again ${evidence.recovered}${overHttp(evidence)}, longest stall ${round(evidence.stallMs)} ms${notes && `, ${notes}`}`,
        ]),
    ...indent(table([LATENCY_HEAD, ...latencyRows(latency, isControl ? undefined : control.latency)])),
    ...report.complaints.map((one) => `  BROKEN ${one}`),
    ...report.unbitten.map((one) => `  DID NOT BITE ${one}`),
  ];
  return `${lines.join('\n')}\n`;
}

function overHttp({ http }: EpisodeReport['evidence']): string {
  if (http.acknowledged + http.unanswered === 0) return '';
  return `, over HTTP accepted ${http.acknowledged}, sent again ${http.unanswered}, of those cut off ${http.cutOff}`;
}

/** All of it, a line for each fault, and the verdict. */
export function closingText(report: CampaignReport): string {
  const head: Row = [
    'fault',
    'primary',
    'sent',
    'redis',
    'postgres',
    'refused',
    'unknown',
    'lost',
    'twice',
    'drained',
    'pushed',
    'p99',
    '+p99',
    'slowest',
    '+slowest',
    'verdict',
  ];
  const rows = report.sessions.flatMap((session) => [
    closingRow(session.control, session),
    ...session.episodes.map((one) => closingRow(one, session)),
  ]);
  return [
    table([head, ...rows]).join('\n'),
    '',
    ...report.skipped.map(({ name, reason }) => `not run: ${name}: ${reason}`),
    ...report.sessions.flatMap((one) =>
      one.complaints.map((text) => `BROKEN over all of ${one.primary}: ${text}`),
    ),
    `${report.held ? 'Held' : 'BROKEN'}: seed ${report.options.seed}, ${seconds(report.tookMs)}.`,
  ].join('\n');
}

/** The same as data, on one line. */
export function jsonLine(report: CampaignReport): string {
  const { options, tookMs, sessions, skipped, held } = report;
  return JSON.stringify({
    held,
    seed: options.seed,
    tookMs: round(tookMs),
    options,
    skipped,
    totals: totals(sessions),
    sessions: sessions.map((session) => ({
      primary: session.primary,
      disk: session.disk,
      complaints: session.complaints,
      episodes: [session.control, ...session.episodes].map((one) => episodeData(one, session.control)),
    })),
  });
}

function totals(sessions: readonly SessionReport[]) {
  const sum = (value: (session: SessionReport) => number) =>
    sessions.reduce((total, one) => total + value(one), 0);
  const over = (value: (episode: EpisodeReport) => number) =>
    sum((session) => session.episodes.reduce((total, one) => total + value(one), 0));
  return {
    attempts: sum(({ sets }) => sets.attempts),
    attempted: sum(({ sets }) => sets.attempted),
    acknowledged: {
      redis: sum(({ sets }) => sets.acknowledged.redis),
      postgres: sum(({ sets }) => sets.acknowledged.postgres),
    },
    refused: sum(({ sets }) => sets.refused),
    unknown: sum(({ sets }) => sets.unknown),
    effects: sum(({ sets }) => sets.effects),
    lost: sum(({ sets }) => sets.lost.length),
    twice: sum(({ sets }) => sets.twice.length),
    unexpected: sum(({ sets }) => sets.unexpected.length),
    forgotten: over((one) => one.forgotten),
    drained: over((one) => one.evidence.drained),
    pushedAgain: over((one) => one.evidence.recovered),
  };
}

function episodeData(report: EpisodeReport, control: EpisodeReport) {
  const { name, holdMs, sets, evidence, latency, forgotten, complaints, unbitten } = report;
  const { tried, acks, notAccepted, http, drained, recovered, stallMs, notes } = evidence;
  return {
    name,
    holdMs,
    attempts: sets.attempts,
    acknowledged: sets.acknowledged,
    refused: sets.refused,
    unknown: sets.unknown,
    conflicts: sets.conflicts,
    conflictsKept: sets.deadConflicts,
    conflictYetDone: sets.conflictYetDone.length,
    effects: sets.effects,
    lost: sets.lost.length - forgotten,
    forgotten,
    twice: sets.twice.length,
    unexpected: sets.unexpected.length,
    recovered: sets.recovered.length,
    dead: sets.dead,
    meanwhile: { tried, acks, notAccepted, http, drained, pushedAgain: recovered, stallMs: round(stallMs) },
    notes: Object.fromEntries(notes),
    latency,
    difference: difference(latency, control.latency),
    complaints,
    unbitten,
  };
}

function closingRow(report: EpisodeReport, { control }: SessionReport): Row {
  const { sets, evidence, latency } = report;
  const more = difference(latency, control.latency);
  return [
    report.name,
    report.primary,
    sets.attempts,
    sets.acknowledged.redis,
    sets.acknowledged.postgres,
    sets.refused,
    sets.unknown,
    `${sets.lost.length - report.forgotten}${report.forgotten > 0 ? ` (+${report.forgotten})` : ''}`,
    sets.twice.length,
    evidence.drained,
    evidence.recovered,
    latency.p99,
    signed(more.p99),
    latency.slowest,
    signed(more.slowest),
    verdictOf(report),
  ];
}

function verdictOf({ complaints, unbitten }: EpisodeReport): string {
  if (complaints.length > 0) return 'BROKEN';
  return unbitten.length > 0 ? 'did not bite' : 'held';
}

function latencyRows(latency: Latency, control: Latency | undefined): Row[] {
  const row = (name: string, { accepts, p50, p99, slowest }: Latency): Row => [
    name,
    accepts,
    p50,
    p99,
    slowest,
  ];
  if (!control) return [row('control', latency)];
  const more = difference(latency, control);
  const delta: Row = ['difference', '', signed(more.p50), signed(more.p99), signed(more.slowest)];
  return [row('control', control), row('from the fault on', latency), delta];
}

/** Columns as wide as they need to be; numbers to the right. */
function table(rows: readonly Row[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => String(row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? String(cell).padEnd(width) : String(cell).padStart(width);
      })
      .join('  '),
  );
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function signed(value: number): string {
  return `${value >= 0 ? '+' : ''}${round(value)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function seconds(ms: number): string {
  return `${round(ms / 1_000)} s`;
}
