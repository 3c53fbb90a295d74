import type { Problem } from '@spillway/api';
import type { Answers } from '@spillway/forms';

/**
 * Why a submission was not accepted yet. `offline`: this device has no network. `lost`: no answer came, so it may have
 * arrived. `maybe`: a store did not answer. `no`: certainly not stored. `busy`: too many from this address.
 */
export type WaitReason = 'offline' | 'lost' | 'maybe' | 'no' | 'busy';

export interface Unsent {
  readonly kind: 'unsent';
  /** How often it has been sent. */
  readonly tries: number;
  /** When it is sent next, ms since 1970. */
  readonly nextAt: number;
  readonly why?: WaitReason;
}

interface Refused {
  readonly kind: 'refused';
  readonly problem: Problem;
}

export interface Accepted {
  readonly kind: 'accepted';
  /** Path and query of the receipt's page. */
  readonly path: string;
  readonly code: string;
  /** How often the status was asked for, and when it is next. */
  readonly checks: number;
  readonly nextAt: number;
  /** Processed, or dead with a person on it: nothing can be forgotten any more. */
  readonly isSettled: boolean;
  /** Its receipt was opened on this device. */
  readonly isSeen: boolean;
}

/** One press of the button, kept on this device until nothing can be lost any more. */
export interface Entry {
  /** Names the press. The id may be replaced; this stays. */
  readonly key: string;
  readonly id: string;
  readonly form: string;
  readonly data: Answers;
  /** The field that people do not see was filled in. */
  readonly isTrapped?: boolean;
  readonly pressedAt: number;
  readonly state: Unsent | Refused | Accepted;
}

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
const FIRST_CHECK_MS = 15 * SECOND;
const SLOWEST_CHECK_MS = 60 * 60 * SECOND;
/** The time during which the servers recognise a repeat. */
const KEPT_MS = 30 * DAY;

/** The time of the entry's next automatic step, or `undefined`. */
export function dueAt({ state }: Entry): number | undefined {
  if (state.kind === 'unsent') return state.nextAt;
  return state.kind === 'accepted' && !state.isSettled ? state.nextAt : undefined;
}

/** Whether the entry may be deleted. An entry that was never accepted is kept until a person decides. */
export function isDone({ state, pressedAt }: Entry, now: number): boolean {
  if (state.kind !== 'accepted') return false;
  return (state.isSettled && state.isSeen) || now > pressedAt + KEPT_MS;
}

export function accepted(entry: Entry, receipt: { url: string; receipt: string }, now: number): Entry {
  // The path alone: the page stays on the origin on which it was opened.
  const { pathname, search } = new URL(receipt.url);
  const state = { checks: 0, nextAt: now + FIRST_CHECK_MS, isSettled: false, isSeen: false };
  return {
    ...entry,
    state: { kind: 'accepted', path: pathname + search, code: receipt.receipt, ...state },
  };
}

/** Nothing new: asked again, less and less often. */
export function checkedLater(entry: Entry, state: Accepted): Entry {
  const pauseMs = Math.min(SLOWEST_CHECK_MS, FIRST_CHECK_MS * 2 ** (state.checks + 1));
  return { ...entry, state: { ...state, checks: state.checks + 1, nextAt: Date.now() + pauseMs } };
}

/** Nothing can be lost any more: the answers leave this device, the way to the receipt stays until it was seen. */
export function settled(entry: Entry, state: Accepted): Entry {
  return { ...entry, data: {}, state: { ...state, isSettled: true } };
}

/** To be sent at once. */
export function unsent(entry: Entry, now: number): Entry & { readonly state: Unsent } {
  return { ...entry, state: { kind: 'unsent', tries: 0, nextAt: now } };
}
