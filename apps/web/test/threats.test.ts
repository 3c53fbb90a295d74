import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { defaultsThreats } from './threats/defaults.ts';
import { lookupThreats } from './threats/lookup.ts';
import { neighbourThreats } from './threats/neighbour.ts';
import { operatorThreats } from './threats/operator.ts';
import { payloadThreats } from './threats/payload.ts';
import { processThreats } from './threats/process.ts';
import { readerThreats } from './threats/readers.ts';
import { receiptThreats } from './threats/receipt.ts';
import { senderThreats } from './threats/sender.ts';
import { workBeforeLimitThreats } from './threats/work-before-limit.ts';
import { failureThreats } from './threats/failures.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

// One for each part of docs/security.md, tried on the real thing: a production build, in a real browser.
describe('threats', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.startWorker();
  });
  afterEach(() => world.closePages());
  afterAll(() => world?.stop());

  describe('a sender', () => senderThreats(() => world));
  describe('work before the limit', () => workBeforeLimitThreats(() => world));
  describe('failures', () => failureThreats(() => world));
  describe('an operator', () => operatorThreats(() => world));
  describe('a neighbour on the network', () => neighbourThreats(() => world));
  describe('a malicious payload', () => payloadThreats(() => world));
  describe('a process that was taken over', () => processThreats(() => world));
  describe('a reader of what the processes write', () => readerThreats(() => world));
  describe('a leaked receipt', () => receiptThreats(() => world));
  describe('a reference that others copy', () => lookupThreats(() => world));
  describe('a default that grants', () => defaultsThreats(() => world));
});
