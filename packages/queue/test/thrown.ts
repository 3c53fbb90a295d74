/* Values that a handler can throw, and that resist being read. */

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function refuse(): never {
  throw new Error('cannot be read');
}

function circular(): Error {
  const error = new Error('goes round');
  error.cause = error;
  return error;
}

/** An error some of whose properties throw when they are read. */
function hiding(...properties: readonly string[]): Error {
  const hidden = properties.map((property) => [property, { get: refuse }]);
  return Object.defineProperties(new Error('hidden'), Object.fromEntries(hidden));
}

export const THROWN: Readonly<Record<string, () => unknown>> = {
  'a value without a prototype': () => Object.create(null),
  'a list of such values': () => [Object.create(null)],
  'a revoked Proxy': revoked,
  'a Proxy of an error, which throws when it is read': () =>
    new Proxy(new Error('hidden'), { get: refuse, getPrototypeOf: () => Error.prototype }),
  'a value whose toString throws': () => ({ toString: refuse }),
  'an error whose message throws': () => hiding('message'),
  'an error whose name throws': () => hiding('name'),
  'an error whose code, severity and cause throw': () => hiding('code', 'severity', 'cause'),
  'an error whose message is no text': () =>
    Object.assign(new Error('hidden'), { message: Object.create(null) }),
  'an error that is its own cause': circular,
  'a frozen error': () => Object.freeze(new Error('frozen')),
  'an error of a million characters': () => new Error('x'.repeat(1_000_000)),
  undefined: () => undefined,
  'a symbol': () => Symbol('bad'),
};
