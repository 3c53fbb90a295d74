import { expect, test } from 'vitest';
import { notable } from '../lib/log-lines.ts';

const entry = (fields: object) => JSON.stringify({ time: 1, ...fields });

test('a warning becomes one line with its cause', () => {
  const line = entry({ level: 40, msg: 'Redis is away.', err: { message: 'connect\nrefused' } });
  expect(notable(line, 'stdout')).toBe('warn  Redis is away. (connect refused)');
});

test('an error whose message names its cause says it once', () => {
  expect(notable(entry({ level: 50, msg: 'No: refused', err: { message: 'refused' } }), 'stdout')).toBe(
    'error No: refused',
  );
});

test('the good news after a warning is shown too', () => {
  expect(notable(entry({ level: 30, event: 'store_up', msg: 'redis is up' }), 'stdout')).toBe(
    'info  redis is up',
  );
});

test('messages of level info stay in the log', () => {
  expect(notable(entry({ level: 30, msg: 'The worker runs.' }), 'stdout')).toBeUndefined();
  expect(notable('Ready in 210 ms', 'stdout')).toBeUndefined();
});

test('only the first line of a stack trace on stderr is shown', () => {
  expect(notable('Error: no', 'stderr')).toBe('Error: no');
  expect(notable('    at main (start.ts:1:1)', 'stderr')).toBeUndefined();
});

test('a line that only looks like JSON is text', () => {
  expect(notable('{ not: json', 'stderr')).toBe('{ not: json');
});
