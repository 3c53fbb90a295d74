import { expect, test } from 'vitest';
import { hidePassword } from '../lib/applications.ts';

test.each([
  ['postgres://user:hush@host:5432/name', 'postgres://user:***@host:5432/name'],
  ['postgres://user:h@ush@host/name', 'postgres://user:***@host/name'],
  ['postgres://user:h/us?h#@host/name', 'postgres://user:***@host/name'],
  ['redis://:hush@host:6379', 'redis://:***@host:6379'],
  ['redis+sentinel://user:hush@a:1,b:2/name', 'redis+sentinel://user:***@a:1,b:2/name'],
  ['postgres://host/name?user=u&password=hush', 'postgres://host/name?user=u&password=***'],
  ['postgres://host/name?sslPassword=hush&x=y', 'postgres://host/name?sslPassword=***&x=y'],
  ['redis://host:6379', 'redis://host:6379'],
])('of %s is shown %s', (url, shown) => {
  expect(hidePassword(url)).toBe(shown);
});
