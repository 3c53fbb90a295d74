import type { Problem, Receipt } from '@spillway/api';
import { createApiClient } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';
import { isFinal } from '../states.ts';
import type { Entry } from './entry.ts';
import { solve } from './solve.ts';
import { verdictOf } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const SECOND = 1000;
/** The server answers within two seconds; the rest is for slow networks. */
const SEND_MS = 20 * SECOND;
const CHECK_MS = 10 * SECOND;
/** Without a solution, with one, and with another should the first have come too late. */
const MAX_ROUNDS = 3;

type Sent = { readonly kind: 'accepted'; readonly receipt: Receipt } | Verdict;
type Checked = 'settled' | 'missing' | 'waiting';

/** Sends entries to the server, and reads their states. Neither call rejects. */
export interface Carrier {
  send(entry: Entry, tries: number): Promise<Sent>;
  check(id: string, code: string): Promise<Checked>;
}

export function createCarrier(): Carrier {
  const { submission } = createApiClient();
  return {
    async send({ id, form, data, isTrapped }, tries) {
      let solution: string | undefined;
      let problem: Problem | undefined;
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        try {
          const check = { ...(isTrapped && { isTrapped }), ...(solution !== undefined && { solution }) };
          const options = { signal: AbortSignal.timeout(SEND_MS) };
          const receipt = await submission.submit.mutate({ id, form, data, check }, options);
          return { kind: 'accepted', receipt };
        } catch (error) {
          problem = problemOf(error);
          solution = problem?.challenge && (await solve(problem.challenge));
          if (solution === undefined) break;
        }
      }
      const verdict = verdictOf(problem, tries, Date.now());
      const isOffline = verdict.kind === 'again' && verdict.why === 'lost' && !navigator.onLine;
      return isOffline ? { ...verdict, why: 'offline' } : verdict;
    },

    async check(id, code) {
      try {
        const options = { signal: AbortSignal.timeout(CHECK_MS) };
        const status = await submission.status.query({ id, receipt: code }, options);
        if (status.state === 'missing') return 'missing';
        return isFinal(status) ? 'settled' : 'waiting';
      } catch (error) {
        // The code is no longer valid, so the status can never be read again: stop asking.
        return problemOf(error)?.code === 'not-found' ? 'settled' : 'waiting';
      }
    },
  };
}
