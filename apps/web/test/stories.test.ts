import { afterAll, beforeAll, describe } from 'vitest';
import { conflictStories } from './stories/conflict.ts';
import { formStories } from './stories/form.ts';
import { nativeStories } from './stories/native.ts';
import { operatorStories } from './stories/operator.ts';
import { outageStories } from './stories/outage.ts';
import { processStories } from './stories/process.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

// Starting it all takes longer than any of the stories, so they share one. Each leaves both stores running.
describe('the site', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 180_000);
  afterAll(() => world?.stop());

  describe('an id used twice', () => conflictStories(() => world));
  describe('a form, with JavaScript', () => formStories(() => world));
  describe('a form, without JavaScript', () => nativeStories(() => world));
  describe('the operations page', () => operatorStories(() => world));
  describe('an outage', () => outageStories(() => world));
  describe('the process', () => processStories(() => world));
});
