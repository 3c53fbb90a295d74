import { expect, it } from 'vitest';
import { share } from '../src/share.ts';

const HOUR_MS = 60 * 60 * 1000;

function counted(fails = false) {
  let looks = 0;
  const look = async () => {
    looks += 1;
    if (fails) throw new Error(`look ${looks}`);
    return looks;
  };
  return { look, looks: () => looks };
}

it('callers within the time share one query', async () => {
  const { look, looks } = counted();
  const shared = share(HOUR_MS, look);
  expect(await Promise.all([shared(), shared(), shared()])).toEqual([1, 1, 1]);
  expect(await shared()).toBe(1);
  expect(looks()).toBe(1);
});

it('a query that takes longer than its answer is kept is still shared while it runs', async () => {
  const answer = Promise.withResolvers<string>();
  let looks = 0;
  const shared = share(0, () => {
    looks += 1;
    return answer.promise;
  });
  const asked = [shared(), shared()];
  answer.resolve('seen');
  expect(await Promise.all(asked)).toEqual(['seen', 'seen']);
  await shared();
  expect(looks).toBe(2);
});

it('a failed query rejects for all waiting callers, and is not kept', async () => {
  const { look } = counted(true);
  const shared = share(HOUR_MS, look);
  const asked = await Promise.allSettled([shared(), shared()]);
  expect(asked.map((one) => one.status === 'rejected' && String(one.reason))).toEqual([
    'Error: look 1',
    'Error: look 1',
  ]);
  await expect(shared()).rejects.toThrow('look 2');
});
