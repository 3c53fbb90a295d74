import { readable } from '../../contract/setting-check.ts';
import type { SettingRule } from '../../contract/setting-check.ts';
import { MAX_ANSWER_BYTES } from '../answers.ts';
import { numberOf } from './facts.ts';
import type { RedisFacts } from './facts.ts';
import { setting } from './write-rules.ts';

/** An answer may be this large, with what else its connection holds. */
const ENOUGH_BYTES = 2 * MAX_ANSWER_BYTES;

/** Of all connections together. A percentage is one of `maxmemory`. */
function clientsBytes(facts: RedisFacts): number {
  const text = setting(facts, 'maxmemory-clients') ?? '0';
  const amount = Number.parseInt(text, 10);
  return text.endsWith('%') ? (amount / 100) * numberOf(facts.info, 'maxmemory') : amount;
}

/** "normal 0 0 0 slave …": hard limit, soft limit, seconds for which the soft one may be exceeded. The smaller one that is set. */
function outputBytes(facts: RedisFacts): number {
  const [, hard, soft] = /normal (\d+) (\d+)/.exec(setting(facts, 'client-output-buffer-limit') ?? '') ?? [];
  const limits = [Number(hard ?? 0), Number(soft ?? 0)].filter((bytes) => bytes > 0);
  return limits.length === 0 ? 0 : Math.min(...limits);
}

/** Redis closes a connection over its limit, and sends no error: its answer is lost, and asked for again in smaller parts. */
function bufferRule(name: string, bytesOf: (facts: RedisFacts) => number): SettingRule<RedisFacts> {
  return {
    setting: name,
    value: (facts) => {
      if (setting(facts, name) === undefined) return undefined;
      return bytesOf(facts) === 0 ? 'no limit' : readable(bytesOf(facts));
    },
    cases: [
      {
        applies: (facts) => bytesOf(facts) > 0 && bytesOf(facts) < ENOUGH_BYTES,
        level: 'warning',
        message: `An answer to a worker may have ${readable(MAX_ANSWER_BYTES)}. Redis closes the connection over its limit; the worker then asks for less, which is slower.`,
        remedy: `CONFIG SET ${name} to ${readable(ENOUGH_BYTES)} or more, or 0 for no limit, then CONFIG REWRITE.`,
      },
    ],
    ok: 'The queue’s answers fit.',
  };
}

/** What limits the size of an answer. */
export const BUFFER_RULES: readonly SettingRule<RedisFacts>[] = [
  bufferRule('maxmemory-clients', clientsBytes),
  bufferRule('client-output-buffer-limit', outputBytes),
];
