import { setTimeout as pause } from 'node:timers/promises';
import type { Door } from '../door.ts';
import type { Peer } from './contestant.ts';
import { peerNamed } from './index.ts';

/** Longer than any deadline of ours: a sender who hears nothing for so long sends again. */
const SILENCE_MS = 5_000;
const SILENT = Symbol();

/** Hands submissions in at a peer. Whether one that failed has arrived is not known. */
export function peerDoor(peer: Pick<Peer, 'submit'>): Door {
  return async (id = '', content) => {
    const waiting = new AbortController();
    try {
      const silence = pause(SILENCE_MS, SILENT, { signal: waiting.signal });
      silence.catch(() => {});
      const answer = await Promise.race([peer.submit(id, content), silence]);
      return answer === SILENT
        ? { result: 'unknown', error: `no answer in ${SILENCE_MS} ms` }
        : { result: 'acknowledged', queueId: id };
    } catch (error) {
      return { result: 'unknown', error: String(error) };
    } finally {
      waiting.abort();
    }
  };
}

/** The same, for a process of its own. */
export async function openPeerDoor(
  name: string,
  addresses: Parameters<ReturnType<typeof peerNamed>['open']>[0],
): Promise<Door & { readonly close: () => Promise<unknown> }> {
  const peer = await peerNamed(name).open(addresses);
  return Object.assign(peerDoor(peer), { close: () => peer.close() });
}
