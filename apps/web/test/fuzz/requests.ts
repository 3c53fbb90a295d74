import fc from 'fast-check';
import { newId } from '@spillway/queue';

/** A request as bytes on the wire: it need not be one. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const ID = newId();
const CODE = 'AAAAAAAAAAAAAAAAAAAAAA';
const BOUNDARY = 'x-boundary';

const DOORS = [
  '/api/submit',
  '/api/trpc/submission.submit',
  '/api/trpc/submission.submit,submission.status?batch=1',
  `/api/trpc/submission.status?input=${encodeURIComponent(JSON.stringify({ id: ID, receipt: CODE }))}`,
  `/api/trpc/submission.watch?input=${encodeURIComponent(JSON.stringify({ id: ID, receipt: CODE }))}`,
  '/api/trpc/admin.overview',
  '/api/trpc/admin.discard',
  '/api/auth/sign-in/email',
  '/api/auth/sign-out',
  '/api/auth/get-session',
  '/api/auth/admin/list-users',
  `/api/submissions/${ID}?receipt=${CODE}`,
  '/api/health/ready',
  '/api/metrics',
  '/',
  '/find',
  '/forms/contact',
  '/forms/registration?lang=de',
  `/s/${ID}?receipt=${CODE}`,
  '/admin',
  '/admin/sign-in',
  '/problems/conflict',
] as const;

const METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

const TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'application/x-www-form-urlencoded',
  `multipart/form-data; boundary=${BOUNDARY}`,
  'multipart/form-data',
  'text/plain',
  'text/x-component',
  'application/json, application/json',
];

/** One of them, or one that is nearly one. */
const contentType = fc
  .tuple(
    fc.constantFrom(...TYPES),
    fc.nat(),
    fc.constantFrom('', '', '', 'x', ';', ' ', ',', '/', '; charset='),
  )
  .map(([type, at, piece]) => {
    const cut = at % (type.length + 1);
    return ['content-type', type.slice(0, cut) + piece + type.slice(cut)] as const;
  });

/** Headers that somebody in between believes, with what belongs there and what does not. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  accept: ['*/*', 'text/event-stream', 'application/jsonl', 'text/x-component'],
  'accept-language': ['de', '*;q=0', 'x'.repeat(2000), 'de-;q=NaN,en;q=1e999'],
  'content-encoding': ['gzip', 'identity', 'br, br'],
  cookie: [
    'lang=xx',
    'spillway.session_token=%',
    'spillway.session_token=a.b; spillway.session_token=',
    '=;;=',
    'lang=%ff',
  ],
  expect: ['100-continue', 'the unexpected'],
  forwarded: ['for=_x;host=evil.example'],
  host: ['', 'evil.example', 'a b', '[::1', 'x:99999', '127.0.0.1:1, b'],
  'if-none-match': ['*', '"x"'],
  'last-event-id': ['x', '\u00ff'],
  'next-action': ['x', '0'.repeat(42)],
  'next-router-prefetch': ['1', '2'],
  'next-router-segment-prefetch': ['/_tree', '../x'],
  'next-router-state-tree': ['x', '%5B%5D', '{"a":'],
  'next-url': ['//evil.example', '/admin'],
  origin: ['null', 'https://evil.example', 'x', ''],
  range: ['bytes=0-', 'bytes=9-1'],
  rsc: ['1'],
  'sec-fetch-site': ['cross-site', 'same-origin', 'none', 'x'],
  'transfer-encoding': ['chunked', 'gzip, chunked'],
  'trpc-accept': ['application/jsonl'],
  upgrade: ['websocket', 'h2c'],
  'x-forwarded-for': ['198.51.100.1', 'x, y', '::ffff:1.2.3.4', ''],
  'x-forwarded-host': ['evil.example', 'a b', ','],
  'x-forwarded-proto': ['javascript', 'https,http'],
  'x-invoke-path': ['/admin'],
  'x-matched-path': ['/admin'],
  'x-middleware-rewrite': ['/admin'],
  'x-middleware-subrequest': ['src/proxy:src/proxy:src/proxy:src/proxy:src/proxy'],
  'x-nextjs-data': ['1'],
  'x-spillway-handoff': ['x', Buffer.from('{"replay":1}').toString('base64url')],
  'x-spillway-status': ['999', 'x'],
};

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf8 = (text: string) => Buffer.from(text);

const someHeader = fc
  .constantFrom(...Object.keys(HEADERS))
  .chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...(HEADERS[name] ?? []))));
const inventedHeader = fc.tuple(
  fc.stringMatching(/^[a-z][a-z-]{0,20}$/),
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 200,
  }),
);

/** JSON that is right in itself, for the wrong place, or nearly right. */
const value = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
const submission = fc.record(
  {
    id: fc.oneof(fc.uuid(), fc.constant(ID), value),
    form: fc.oneof(fc.constantFrom('inbox', 'contact', 'registration', '__proto__'), value),
    data: fc.oneof(
      fc.dictionary(fc.string(), value),
      fc.dictionary(fc.constantFrom('name', 'email', 'message', '__proto__'), value),
      value,
    ),
    check: fc.oneof(
      fc.record({ isTrapped: value, solution: fc.oneof(fc.string(), fc.json()) }, { requiredKeys: [] }),
      value,
    ),
  },
  { requiredKeys: [] },
);
const signIn = fc.record(
  { email: fc.oneof(fc.emailAddress(), value), password: value, callbackURL: value },
  { requiredKeys: [] },
);
const jsonText = fc
  .oneof(
    submission,
    signIn,
    value,
    fc.array(submission),
    fc.dictionary(fc.constantFrom('0', '1', '99'), submission),
  )
  .map((it) => JSON.stringify(it));
const spoilt = fc
  .tuple(
    jsonText,
    fc.nat(),
    fc.constantFrom('', '{', '"', '\\u00', '\u0000', '1e999', '9'.repeat(400), ',', '[', '\\ud800'),
  )
  .map(([text, at, piece]) => {
    const cut = text.length === 0 ? 0 : at % text.length;
    return text.slice(0, cut) + piece + text.slice(piece === '' ? text.length : cut);
  });
const nested = fc
  .tuple(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom('[', '{"a":'))
  .map(([depth, piece]) => `{"data":${piece.repeat(depth)}`);
const fields = fc.array(
  fc.tuple(
    fc.oneof(
      fc.constantFrom(
        '_id',
        'name',
        'email',
        'message',
        'topic',
        '_website',
        'reference',
        'proof',
        '__proto__',
        '$ACTION_REF_1',
        '$ACTION_ID_x',
      ),
      fc.string(),
    ),
    fc.string({ unit: 'binary' }),
  ),
  { maxLength: 8 },
);
const urlencoded = fields.map((pairs) => new URLSearchParams(pairs).toString());
const multipart = fc
  .tuple(fields, fc.boolean())
  .map(
    ([pairs, isClosed]) =>
      pairs
        .map(
          ([name, text]) =>
            `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n\r\n${text}\r\n`,
        )
        .join('') + (isClosed ? `--${BOUNDARY}--\r\n` : ''),
  );

const body = fc.oneof(
  { weight: 4, arbitrary: jsonText.map(utf8) },
  { weight: 3, arbitrary: spoilt.map(utf8) },
  { weight: 1, arbitrary: nested.map(utf8) },
  { weight: 2, arbitrary: urlencoded.map(utf8) },
  { weight: 2, arbitrary: multipart.map(utf8) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 4000 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constant(latin1('')) },
);

const path = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...DOORS) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...DOORS), fc.webFragments()).map(([door, tail]) => door + tail),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('/api/trpc/', '/api/auth/', '/s/', '/forms/', '/_next/', '/'),
        fc.stringMatching(/^[!-~]{0,40}$/),
      )
      .map((parts) => parts.join('')),
  },
);

export const rawRequest: fc.Arbitrary<RawRequest> = fc.record({
  method: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('GET', 'POST', 'POST') },
    { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
  ),
  path,
  headers: fc
    .tuple(
      fc.option(contentType, { freq: 8 }),
      fc.array(fc.oneof({ weight: 5, arbitrary: someHeader }, { weight: 1, arbitrary: inventedHeader }), {
        maxLength: 4,
      }),
    )
    .map(([type, others]) => [...(type ? [type] : []), ...others]),
  body,
});

/** As it goes over the wire. */
export function toBytes({ method, path: target, headers, body: content }: RawRequest): Buffer {
  const names = new Set(headers.map(([name]) => name));
  const lines = [
    ...(names.has('host') ? [] : [['host', 'spillway.test'] as const]),
    ...(names.has('transfer-encoding') || content.length === 0
      ? []
      : [['content-length', String(content.length)] as const]),
    ['connection', 'close'] as const,
    ...headers,
  ];
  const head = `${method} ${target} HTTP/1.1\r\n${lines.map(([name, text]) => `${name}: ${text}\r\n`).join('')}\r\n`;
  return Buffer.concat([latin1(head), content]);
}
