import { lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

/** Addresses that are not hosts on the Internet: this machine, its network, and other spellings of both. */
const INSIDE = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  INSIDE.ipv4.addSubnet(network, bits, 'ipv4');
}
// Of IPv6 only 2000::/3 is the Internet. What lies outside of it is local, or an IPv4 address in one of its many disguises.
for (const [network, bits] of [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  INSIDE.ipv6.addSubnet(network, bits, 'ipv6');
}

/** Whether an address is public, so that it may be called on behalf of a form's owner. */
export function isPublicAddress(address: string): boolean {
  const [plain = ''] = address.split('%', 1);
  switch (isIP(plain)) {
    case 4:
      return !INSIDE.ipv4.check(plain, 'ipv4');
    case 6:
      return !INSIDE.ipv6.check(plain, 'ipv6');
    default:
      return false;
  }
}

/** Refuses a host that is written as a private address. Names are checked when they are resolved. */
export function checkHost(hostname: string): void {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !isPublicAddress(literal)) throw insideError(hostname);
}

/**
 * Resolves a name to public addresses only. The connection goes to exactly the addresses that are checked here, so that a
 * name that resolves differently the next time is harmless.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '');
    if (!addresses.every(({ address }) => isPublicAddress(address)))
      return callback(insideError(hostname), '');
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function insideError(hostname: string): Error {
  return new Error(`${hostname} is inside the network; set allowPrivateNetwork for it if that is meant`);
}
