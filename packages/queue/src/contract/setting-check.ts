import type { StoreDurability } from './durability.ts';
import type { StoreName } from './errors.ts';
import type { Keeps } from './store.ts';

/**
 * How much a setting matters. `danger`: something acknowledged could be lost now, or nothing is processed. `warning`: one more
 * failure, or more load, would do damage. `notice`: worth knowing. `ok`: checked, and as it should be.
 */
export type Severity = 'ok' | 'notice' | 'warning' | 'danger';

/** One checked setting or state of a store, and a text that says what it means for this queue. */
export interface SettingCheck {
  readonly store: StoreName;
  /** As the store itself calls it, where it has a name there. */
  readonly setting: string;
  readonly value: string;
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it. Missing where nothing needs to be done. */
  readonly remedy?: string;
}

type Text<Facts> = string | ((facts: Facts) => string);

/** A state of a setting that an operator should know of. */
interface SettingCase<Facts> {
  readonly applies: (facts: Facts) => boolean;
  readonly level: Severity | ((facts: Facts) => Severity);
  readonly message: Text<Facts>;
  /** Empty: nothing to do. */
  readonly remedy: Text<Facts>;
  /** What the store keeps at most in this state, and what a crash would lose, in words. Missing: it loses nothing. */
  readonly crash?: { readonly keeps: Keeps; readonly loses: Text<Facts> };
}

/** A row of a store's table of rules. The first case that applies counts. */
export interface SettingRule<Facts> {
  readonly setting: string;
  /** `undefined`: it could not be read, and nothing is said of it. */
  readonly value: (facts: Facts) => string | undefined;
  readonly cases: readonly SettingCase<Facts>[];
  /** The result if no case applies. Missing: no result. */
  readonly ok?: Text<Facts>;
}

const WORST_FIRST: readonly Severity[] = ['danger', 'warning', 'notice', 'ok'];
const LEAST_FIRST: readonly Keeps[] = ['unknown', 'memory', 'second', 'disk'];

/** What a store's table says of its settings, in the order of the table. */
export function checkSettings<Facts>(
  store: StoreName,
  rules: readonly SettingRule<Facts>[],
  facts: Facts,
): SettingCheck[] {
  return rules.flatMap((rule) => {
    const { setting, cases, ok } = rule;
    const value = rule.value(facts);
    if (value === undefined) return [];
    const found = cases.find((one) => one.applies(facts));
    if (found === undefined)
      return ok === undefined ? [] : [{ store, setting, value, severity: 'ok', message: textOf(ok, facts) }];
    const { level, message } = found;
    const severity = typeof level === 'string' ? level : level(facts);
    const remedy = textOf(found.remedy, facts);
    return [{ store, setting, value, severity, message: textOf(message, facts), ...(remedy && { remedy }) }];
  });
}

/** What the store keeps when it crashes: the least of what the cases say. A setting that could not be read counts as unsafe. */
export function durabilityOf<Facts>(
  rules: readonly SettingRule<Facts>[],
  facts: Facts,
  sound: string,
): StoreDurability {
  const [worst] = rules
    .flatMap(({ cases }) => cases.find((one) => one.applies(facts))?.crash ?? [])
    .toSorted((a, b) => LEAST_FIRST.indexOf(a.keeps) - LEAST_FIRST.indexOf(b.keeps));
  return worst === undefined
    ? { keeps: 'disk', durability: sound }
    : { keeps: worst.keeps, durability: textOf(worst.loses, facts) };
}

/** Worst first; checks of equal weight stay in their order. */
export function worstFirst(checks: readonly SettingCheck[]): SettingCheck[] {
  return checks.toSorted((a, b) => WORST_FIRST.indexOf(a.severity) - WORST_FIRST.indexOf(b.severity));
}

/** The one that keeps least. */
export function leastOf(all: readonly StoreDurability[]): StoreDurability | undefined {
  return all.toSorted((a, b) => LEAST_FIRST.indexOf(a.keeps) - LEAST_FIRST.indexOf(b.keeps))[0];
}

/** A size as people read it. */
export function readable(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** step;
  return `${value >= 100 || step === 0 ? Math.round(value) : value.toFixed(1)} ${units[step] ?? 'B'}`;
}

function textOf<Facts>(text: Text<Facts>, facts: Facts): string {
  return typeof text === 'string' ? text : text(facts);
}
