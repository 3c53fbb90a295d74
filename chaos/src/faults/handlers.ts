import { newId } from '@spillway/queue';
import type { Content } from '../ledger.ts';
import { OTHER_ROLE, SERVER_TIMEOUT_MS } from '../mischief.ts';
import type { Mischief } from '../mischief.ts';
import type { Rig } from '../rig.ts';
import { submit } from '../submit.ts';
import { noted } from './bites.ts';
import type { Fault } from './fault.ts';
import { terminateClients } from './tools.ts';

/** Costs a worker or a lease each time, so that it does not go on for all attempts. */
const COSTLY = { attempts: 2 } as const;

interface Kind {
  readonly mischief: Mischief;
  /** How many bad ones come. */
  readonly count: number;
  readonly attempts?: number;
  readonly holdMs: Fault['holdMs'];
  /** Sets the servers so that it goes wrong; resolves with the way back. */
  readonly prepare?: (rig: Rig) => Promise<() => Promise<void>>;
}

/** Bad submissions come among the others: what the handler does with them goes wrong. */
function handler(name: string, { mischief, count, attempts, holdMs, prepare }: Kind): Fault {
  return {
    name: `handler-${name}`,
    hits: 'worker',
    isAway: false,
    holdMs,
    isHandlers: true,
    alone: true,
    inject: async (rig, { strike, notes }) => {
      const undo = await prepare?.(rig);
      strike();
      const ids = Array.from({ length: count }, () => newId());
      await Promise.all(
        ids.map((id, n) => {
          const content: Content = {
            from: 'campaign',
            n,
            variant: 'a',
            flaky: false,
            mischief: { name: mischief, ...(attempts !== undefined && { attempts }) },
          };
          return submit(rig, { id, content, why: 'first' });
        }),
      );
      return async () => {
        const bad = new Set(ids);
        const runs = rig.runs().filter((run) => run.submissions.some((one) => bad.has(one.id)));
        notes.set('runs with a bad one', runs.length);
        await undo?.();
      };
    },
    bites: (evidence) => noted(evidence, 'runs with a bad one'),
  };
}

/** Sets these for new sessions of the system under test, and ends its sessions, so that all are new. */
function withRoleSettings(settings: Readonly<Record<string, string>>): NonNullable<Kind['prepare']> {
  return async (rig) => {
    const { admin, role } = rig.stores;
    for (const [name, value] of Object.entries(settings))
      await admin.query(`ALTER ROLE ${role} SET ${name} = '${value}'`);
    await terminateClients(rig);
    return async () => {
      for (const name of Object.keys(settings)) await admin.query(`ALTER ROLE ${role} RESET ${name}`);
      await terminateClients(rig);
    };
  };
}

async function grantOtherRole({ stores: { admin, role } }: Rig): Promise<() => Promise<void>> {
  await admin.query(`CREATE ROLE ${OTHER_ROLE} NOLOGIN`).catch(() => {});
  await admin.query(`GRANT ${OTHER_ROLE} TO ${role}`);
  // It may stay: nothing else uses it.
  return async () => {};
}

/** One bad submission fails like any other error. */
export const handlerFails = handler('fails', { mischief: 'fail', count: 1, holdMs: [3_000, 4_000] });

export const handlerThrows = handler('throws', { mischief: 'throw-bare', count: 10, holdMs: [4_000, 5_000] });

export const handlerHangs = handler('hangs', {
  mischief: 'hang',
  count: 4,
  ...COSTLY,
  holdMs: [6_000, 7_000],
});

export const handlerLeaks = handler('leaks-tx', { mischief: 'leak-tx', count: 20, holdMs: [4_000, 5_000] });

export const handlerSession = handler('session', {
  mischief: 'set-session',
  count: 12,
  holdMs: [4_000, 5_000],
  prepare: grantOtherRole,
});

export const handlerBlocks = handler('blocks', {
  mischief: 'block-loop',
  count: 1,
  ...COSTLY,
  holdMs: [6_000, 7_000],
});

export const handlerExits = handler('exits', {
  mischief: 'exit',
  count: 2,
  ...COSTLY,
  holdMs: [4_000, 5_000],
});

/** Slower than each timeout of the server's, one fault for each. */
export const handlerSlowIdle = handler('slow-idle', {
  mischief: 'slow-idle',
  count: 3,
  holdMs: [10_000, 11_000],
  prepare: withRoleSettings({ idle_in_transaction_session_timeout: `${SERVER_TIMEOUT_MS}ms` }),
});

export const handlerSlowStatement = handler('slow-statement', {
  mischief: 'slow-statement',
  count: 3,
  holdMs: [10_000, 11_000],
  prepare: withRoleSettings({ statement_timeout: `${SERVER_TIMEOUT_MS}ms` }),
});

export const handlerSlowTransaction = handler('slow-transaction', {
  mischief: 'slow-idle',
  count: 3,
  holdMs: [10_000, 11_000],
  prepare: withRoleSettings({ transaction_timeout: `${SERVER_TIMEOUT_MS}ms` }),
});
