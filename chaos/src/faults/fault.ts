import type { Primary } from '@spillway/queue';
import type { FleetEvent } from '../fleet.ts';
import type { Random } from '../random.ts';
import type { Rig } from '../rig.ts';
import type { DiskKind } from '../stores.ts';
import type { StoreName } from '../verdict.ts';

/** What a fault saw of itself while it was on. */
export type Notes = Map<string, number>;

interface FaultContext {
  readonly holdMs: number;
  readonly random: Random;
  readonly notes: Notes;
  /** Records that the fault begins now, after its preparations. Without a call it begins with `inject`. */
  strike(): void;
}

/** Ends the fault. Called once, after `holdMs`. */
export type Heal = () => Promise<void>;

/** A fault of the environment, and the check that it had an effect. */
export interface Fault {
  readonly name: string;
  readonly hits: StoreName | 'worker' | 'producer' | 'web';
  /** The store is unreliable during the fault: if the other store is away too, submissions may be refused. */
  readonly isAway: boolean;
  /** How long it lasts at least and at most, ms. */
  readonly holdMs: readonly [number, number];
  /**
   * Redis loses what it acknowledged, which a configuration that relies on Redis alone must lose. `unkept`: only what its
   * receipts did not say to be on disk.
   */
  readonly forgets?: true | 'unkept';
  /** A handler goes wrong, and no store is to blame for what fails. */
  readonly isHandlers?: true;
  /** Rearranges too much to be combined with others. */
  readonly alone?: true;
  readonly disk?: DiskKind;
  /** Why it cannot be had on this machine; undefined: it can. */
  readonly missing?: () => Promise<string | undefined>;
  inject(rig: Rig, context: FaultContext): Promise<Heal>;
  /** The expected effects that did not happen; a fault without an effect proves nothing. */
  bites(evidence: Evidence): string[];
}

/** The observations between a fault's beginning and the end of its episode. */
export interface Evidence {
  readonly primary: Primary;
  readonly holdMs: number;
  /** Attempts begun while the fault was on, and how they were answered. */
  readonly tried: number;
  readonly acks: Readonly<Record<StoreName, number>>;
  readonly notAccepted: number;
  /** Of the attempts made over HTTP: unanswered ones were sent again, those cut off had reached the web process. */
  readonly http: Readonly<Record<'acknowledged' | 'unanswered' | 'cutOff', number>>;
  /** Processed while the fault was on, though only Postgres had acknowledged them. */
  readonly drained: number;
  /** Pushed from Postgres to Redis by recovery. */
  readonly recovered: number;
  readonly lost: number;
  /** Redis' epoch before and after. */
  readonly epochs: readonly [string | undefined, string | undefined];
  /** The longest time in which nothing took effect, ms. */
  readonly stallMs: number;
  readonly events: readonly FleetEvent[];
  readonly notes: Notes;
}
