import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { accessStories } from './stories/access.ts';
import { badInputStories } from './stories/bad-input.ts';
import { conflictStories } from './stories/conflict.ts';
import { failureStories } from './stories/failures.ts';
import { findStories } from './stories/find.ts';
import { forgottenStories } from './stories/forgotten.ts';
import { formStories } from './stories/form.ts';
import { nativeStories } from './stories/native.ts';
import { outageStories } from './stories/outage.ts';
import { outboxStories } from './stories/outbox.ts';
import { draftStories } from './stories/draft.ts';
import { keyboardStories } from './stories/keyboard.ts';
import { languageStories } from './stories/language.ts';
import { processStories } from './stories/process.ts';
import { spamStories } from './stories/spam.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

// Starting it all takes longer than any of the stories, so they share one. Each leaves both stores running. What operators see is in
// operator-stories.test.ts, which runs at the same time.
describe('the site', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterEach(() => world.closePages());
  afterAll(() => world?.stop());

  describe('an id used twice', () => conflictStories(() => world));
  describe('a submission that was forgotten', () => forgottenStories(() => world));
  describe('a form, with JavaScript', () => formStories(() => world));
  describe('a form, without JavaScript', () => nativeStories(() => world));
  describe('the outbox', () => outboxStories(() => world));
  describe('a receipt later', () => findStories(() => world));
  describe('a failure', () => failureStories(() => world));
  describe('against spam', () => spamStories(() => world));
  describe('a draft', () => draftStories(() => world));
  describe('the language', () => languageStories(() => world));
  describe('access', () => accessStories(() => world));
  describe('the keyboard', () => keyboardStories(() => world));
  describe('bad input', () => badInputStories(() => world));
  describe('an outage', () => outageStories(() => world));
  describe('the process', () => processStories(() => world));
  it('in all of this, no page broke its own security policy', () => expect(world.violations).toEqual([]));
});
