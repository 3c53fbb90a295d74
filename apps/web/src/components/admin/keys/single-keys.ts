'use client';

import { useSyncExternalStore } from 'react';

const NAME = 'spillway.single-keys';
const CHANGED = 'spillway:single-keys';

/** Whether single-key shortcuts work. People who dictate, or whose hands tremble, can switch them off (WCAG 2.1.4). */
export function useSingleKeys(): readonly [boolean, (areOn: boolean) => void] {
  return [useSyncExternalStore(subscribe, read, () => true), write];
}

function subscribe(changed: () => void): () => void {
  window.addEventListener(CHANGED, changed);
  return () => window.removeEventListener(CHANGED, changed);
}

function read(): boolean {
  try {
    return localStorage.getItem(NAME) !== 'off';
  } catch {
    return true;
  }
}

function write(areOn: boolean): void {
  try {
    localStorage.setItem(NAME, areOn ? 'on' : 'off');
  } catch {
    // A browser that keeps nothing: it stays as it is.
  }
  window.dispatchEvent(new Event(CHANGED));
}
