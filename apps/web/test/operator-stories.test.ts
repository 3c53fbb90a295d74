import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bulkStories } from './stories/bulk.ts';
import { listStories } from './stories/lists.ts';
import { operatorKeyStories } from './stories/operator-keys.ts';
import { operatorStories } from './stories/operator.ts';
import { overviewStories } from './stories/overview.ts';
import { sandboxStories } from './stories/sandbox.ts';
import { signOutStories } from './stories/sign-out.ts';
import { viewerStories } from './stories/viewer.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

// As stories.test.ts: they share one site, and each leaves both stores running.
describe('the operator’s pages', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.startWorker();
  });
  afterEach(() => world.closePages());
  afterAll(() => world?.stop());

  describe('the operations page', () => operatorStories(() => world));
  describe('the lists', () => listStories(() => world));
  describe('the overview', () => overviewStories(() => world));
  describe('the sandbox', () => sandboxStories(() => world));
  describe('much at once', () => bulkStories(() => world));
  describe('the operator’s keys', () => operatorKeyStories(() => world));
  describe('a viewer', () => viewerStories(() => world));
  describe('a sign-out', () => signOutStories(() => world));
  it('in all of this, no page broke its own security policy', () => expect(world.violations).toEqual([]));
});
