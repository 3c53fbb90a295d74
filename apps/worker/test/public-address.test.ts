import { expect, test } from 'vitest';
import { checkHost, isPublicAddress, publicLookup } from '../src/notify/public-address.ts';

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::ffff:93.184.215.14',
  '::ffff:0:127.0.0.1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1%eth0',
  'ff02::1',
  'fec0::1',
  '5f00::1',
  '3fff::1',
  'no address',
])('%s is inside', (address) => expect(isPublicAddress(address)).toBe(false));

test.each(['93.184.215.14', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
  '%s is public',
  (address) => expect(isPublicAddress(address)).toBe(true),
);

test('an address is refused in every spelling that a URL knows', () => {
  for (const host of ['127.1', '2130706433', '0x7f000001', '[::1]', '[::ffff:7f00:1]', '017700000001']) {
    expect(() => checkHost(new URL(`https://${host}/`).hostname)).toThrow('inside the network');
  }
  expect(() => checkHost('example.com')).not.toThrow();
});

test('a name with a private address is refused when it is resolved', async () => {
  const error = await new Promise((resolve) => publicLookup('localhost', {}, resolve));
  expect(String(error)).toContain('localhost is inside the network');
});
