import { newId } from '../new-id.ts';
import type { Carrier } from './carrier.ts';
import { accepted, checkedLater, dueAt, isDone, settled, unsent } from './entry.ts';
import type { Accepted, Entry, Unsent } from './entry.ts';
import { exclusively } from './lock.ts';
import { OutboxStore } from './store.ts';

const SECOND = 1000;
/** The time between two checks for due entries, in ms. Another caller, here or in another tab, may be delivering one. */
const MIN_PAUSE_MS = SECOND;
/** An id of a wrong clock is renewed once; a third time would be a circle. */
const MAX_SENDS = 2;

/** What a page shows of the outbox. Another object after each change. */
export interface OutboxView {
  readonly entries: readonly Entry[];
  /** Keys of those that are on their way from this tab. */
  readonly sending: ReadonlySet<string>;
  /** Keys of those that the page itself shows. */
  readonly own: ReadonlySet<string>;
  /** Whether the entries outlive this page. */
  readonly isLasting: boolean;
}

export const EMPTY_VIEW: OutboxView = {
  entries: [],
  sending: new Set(),
  own: new Set(),
  isLasting: false,
};

/** What a person sent, until nothing of it can be lost any more. One for each tab, all over the same entries. */
export class Outbox {
  readonly #carrier: Carrier;
  readonly #store = new OutboxStore();
  readonly #channel = new BroadcastChannel('spillway-outbox');
  readonly #listeners = new Set<() => void>();
  #view = EMPTY_VIEW;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  /** Begins to look after the entries. They are sent on load, on `online`, on focus, and when their time has come. */
  start(): void {
    this.#channel.addEventListener('message', () => void this.#refresh());
    window.addEventListener('online', () => void this.#flush('unsent'));
    for (const moment of ['focus', 'pageshow']) window.addEventListener(moment, () => void this.#flush());
    // The stores may have lost accepted entries while no page was open.
    void this.#flush('accepted');
  }

  view(): OutboxView {
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Keeps a submission and sends it when its time has come. The page that presses shows what becomes of it, until it
   * disowns it. Gives the entry's key.
   */
  press(
    submission: Pick<Entry, 'id' | 'form' | 'data' | 'isTrapped'>,
    waiting: Partial<Unsent> = {},
  ): string {
    const now = Date.now();
    const state: Unsent = { kind: 'unsent', tries: 0, nextAt: now, ...waiting };
    const entry = { ...submission, key: newId(now), pressedAt: now, state };
    this.#show({ own: new Set([...this.#view.own, entry.key]), entries: [...this.#view.entries, entry] });
    void this.#keepAndSend(entry);
    return entry.key;
  }

  /** The page that pressed shows it no longer: the outbox does. */
  disown(key: string): void {
    this.#show({ own: without(this.#view.own, key) });
  }

  /** Sends an entry now, before its due time. */
  async sendNow(key: string): Promise<void> {
    await this.#advance(key, true);
  }

  /** The servers have forgotten this submission: the same again, under the same id. */
  async sendAgain(id: string): Promise<void> {
    const entry = await this.#find(id);
    if (!entry || entry.state.kind !== 'accepted' || entry.state.isSettled) return;
    await this.#change(entry.key, (current) => unsent(current, Date.now()));
    await this.#advance(entry.key, true);
  }

  /** Removes an entry. A request that is already under way may still arrive. */
  async drop(key: string): Promise<void> {
    await this.#change(key, () => undefined);
  }

  /** Its receipt is open in this tab. */
  async receiptOpened(id: string): Promise<void> {
    await this.#changeAccepted(id, (entry, state) => ({ ...entry, state: { ...state, isSeen: true } }));
  }

  /** The receipt page reports that the submission can no longer be lost. */
  async receiptSettled(id: string): Promise<void> {
    await this.#changeAccepted(id, settled);
  }

  async #keepAndSend(entry: Entry): Promise<void> {
    await this.#store.put(entry);
    this.#tellOtherTabs();
    await this.#advance(entry.key);
    await this.#refresh();
  }

  /** One pass over the due entries and over all of the kind `early`. One tab at a time runs it; the others are notified. */
  async #flush(early?: Entry['state']['kind']): Promise<void> {
    await exclusively(await this.#store.db, 'flush', async () => {
      for (const entry of await this.#store.all()) {
        if (isDone(entry, Date.now())) await this.drop(entry.key);
        else await this.#advance(entry.key, entry.state.kind === early);
      }
    });
    await this.#refresh();
  }

  /** Advances one due entry by one step. Each entry has its own lock: a second caller finds the step done. */
  async #advance(key: string, early = false): Promise<void> {
    await exclusively(await this.#store.db, key, async () => {
      const entry = await this.#store.get(key);
      const at = entry && dueAt(entry);
      if (at === undefined || (at > Date.now() && !early)) return;
      if (entry?.state.kind === 'unsent') await this.#send(entry, entry.state);
      if (entry?.state.kind === 'accepted') await this.#check(entry, entry.state);
    });
  }

  async #send(entry: Entry, state: Unsent, sends = 1): Promise<void> {
    const tries = state.tries + 1;
    const result = await this.#carry(entry, tries);
    const become = (next: Entry['state']) =>
      this.#change(entry.key, (current) => ({ ...current, state: next }));
    switch (result.kind) {
      case 'accepted':
        return this.#change(entry.key, (current) => accepted(current, result.receipt, Date.now()));
      case 'again':
        return become({ kind: 'unsent', tries, nextAt: result.at, why: result.why });
      case 'refused':
        return become({ kind: 'refused', problem: result.problem });
      case 'renew': {
        const renewed = { ...entry, id: newId(result.serverTime) };
        await this.#change(entry.key, () => renewed);
        if (sends < MAX_SENDS) await this.#send(renewed, { ...state, tries }, sends + 1);
      }
    }
  }

  async #carry(entry: Entry, tries: number) {
    this.#show({ sending: new Set([...this.#view.sending, entry.key]) });
    try {
      return await this.#carrier.send(entry, tries);
    } finally {
      this.#show({ sending: without(this.#view.sending, entry.key) });
    }
  }

  async #check(entry: Entry, state: Accepted): Promise<void> {
    const found = await this.#carrier.check(entry.id, state.code);
    if (found === 'missing') {
      const lost = unsent(entry, Date.now());
      await this.#change(entry.key, () => lost);
      return this.#send(lost, lost.state);
    }
    const next = found === 'settled' ? settled : checkedLater;
    await this.#changeAccepted(entry.id, next);
  }

  async #changeAccepted(id: string, change: (entry: Entry, state: Accepted) => Entry): Promise<void> {
    const entry = await this.#find(id);
    if (!entry) return;
    await this.#change(entry.key, (current) =>
      current.state.kind === 'accepted' ? change(current, current.state) : current,
    );
  }

  async #find(id: string): Promise<Entry | undefined> {
    return (await this.#store.all()).find((entry) => entry.id === id);
  }

  async #change(key: string, change: (entry: Entry) => Entry | undefined): Promise<void> {
    await this.#store.update(key, (entry) => {
      const changed = change(entry);
      return changed && isDone(changed, Date.now()) ? undefined : changed;
    });
    this.#tellOtherTabs();
    await this.#refresh();
  }

  #tellOtherTabs(): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin only.
    this.#channel.postMessage('changed');
  }

  async #refresh(): Promise<void> {
    const entries = await this.#store.all();
    this.#show({ entries, isLasting: await this.#store.isLasting() });
    clearTimeout(this.#timer);
    const next = Math.min(...entries.map((entry) => dueAt(entry) ?? Number.POSITIVE_INFINITY));
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => void this.#flush(), Math.max(MIN_PAUSE_MS, next - Date.now()));
  }

  #show(change: Partial<OutboxView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function without(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  return new Set([...keys].filter((other) => other !== key));
}
