'use client';

import { useSyncExternalStore } from 'react';
import { createCarrier } from './carrier.ts';
import { EMPTY_VIEW, Outbox } from './outbox.ts';
import type { OutboxView } from './outbox.ts';

let started: Outbox | undefined;

/** This tab's outbox, started at first use. Only in the browser. */
export function outbox(): Outbox {
  if (!started) {
    started = new Outbox(createCarrier());
    started.start();
  }
  return started;
}

/** The entries of the outbox, live. Empty on the server. */
export function useOutbox(): OutboxView {
  return useSyncExternalStore(subscribe, view, onServer);
}

const subscribe = (listener: () => void) => outbox().subscribe(listener);
const view = () => outbox().view();
const onServer = () => EMPTY_VIEW;
