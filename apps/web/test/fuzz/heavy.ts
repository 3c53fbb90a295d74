import fc from 'fast-check';
import type { RawRequest } from './requests.ts';

/** What a proxy in front usually lets through, and the most that one request may cost the others. */
const MAX_BYTES = 1_000_000;
/** Node reads no longer head than 16 KiB. */
const MAX_HEADER_CHARS = 8_000;

const JSON_DOORS = [
  '/api/submit',
  '/api/trpc/submission.submit',
  `/api/trpc/${Array(20).fill('submission.submit').join(',')}?batch=1`,
  '/api/trpc/admin.start',
  '/api/auth/sign-in/email',
  '/api/auth/sign-out',
];
const FORM_DOORS = ['/forms/contact', '/forms/registration', '/find', '/', '/admin/sign-in'];
const OWN_FIELDS = 'name=A&email=a%40example.com&message=x&';

const inData = (text: string) => `{"data":{"n":${text}}}`;
const inForm = (fields: string) =>
  `{"form":"registration","data":{"name":"A","email":"a@example.com","consent":true,${fields}}}`;

/** A text of about `bytes`, in which one thing is there as often, or as long, as it can be. */
type Kind = (bytes: number, piece: string) => string;

function repeat(bytes: number, piece: (n: number) => string, between = ','): string {
  const parts: string[] = [];
  for (let n = 0, length = 0; length < bytes; n += 1) {
    parts.push(piece(n));
    length += (parts.at(-1)?.length ?? 0) + between.length;
  }
  return parts.join(between);
}

const times = (bytes: number, piece: string) => piece.repeat(Math.max(1, Math.floor(bytes / piece.length)));

const JSON_KINDS: Readonly<Record<string, Kind>> = {
  'one number': (bytes, piece) => inData(`1.${times(bytes, `0${piece.replaceAll(/\D/g, '7')}0`)}`),
  exponent: (bytes) => inData(`1e${times(bytes, '9')}`),
  numbers: (bytes) => inData(`[${repeat(bytes, (n) => `${n}.50000000000000000`)}]`),
  digits: (bytes) => inData(`[${repeat(bytes, () => '1')}]`),
  keys: (bytes, piece) => inData(`{${repeat(bytes, (n) => `${JSON.stringify(piece + n)}:0`)}}`),
  'number keys': (bytes) => inData(`{${repeat(bytes, (n) => `"${n}":0`)}}`),
  'long keys': (bytes, piece) =>
    inData(`{${repeat(bytes, (n) => `${JSON.stringify(piece.padEnd(110, 'k') + n)}:0`)}}`),
  'unknown fields': (bytes, piece) => inForm(repeat(bytes, (n) => `${JSON.stringify(piece + n)}:0`)),
  'values of a field': (bytes, piece) =>
    inForm(`"workshops":[${repeat(bytes, () => JSON.stringify(piece))}]`),
  'one key': (bytes) => inData(`{${repeat(bytes, () => '"a":1')}}`),
  objects: (bytes) => inData(`[${repeat(bytes, () => '{"a":1}')}]`),
  nesting: (bytes) => times(bytes, '{"data":['),
  'nesting, side by side': (bytes) => inData(`[${repeat(bytes, () => '['.repeat(90) + ']'.repeat(90))}]`),
  text: (bytes, piece) => inForm(`"notes":${JSON.stringify(times(bytes, piece))}`),
  escapes: (bytes) => inData(`"${times(bytes, '\\u0000')}"`),
  quotes: (bytes) => inData(`"${times(bytes, '\\"')}"`),
  backslashes: (bytes) => inData(`"${times(bytes, '\\\\')}`),
  address: (bytes, piece) =>
    inForm(`"diet":"x"`).replace('a@example.com', `a@${times(bytes, `${piece.replaceAll(/\W/g, 'b')}.`)}`),
  'email of the sign-in': (bytes, piece) =>
    JSON.stringify({ email: `${times(bytes, piece)}@a.b`, password: times(bytes / 2, 'x') }),
  spaces: (bytes) => `${times(bytes, ' \n')}{}`,
  commas: (bytes) => times(bytes, ','),
};

const FORM_KINDS: Readonly<Record<string, Kind>> = {
  names: (bytes, piece) => OWN_FIELDS + repeat(bytes, (n) => `${encodeURIComponent(piece)}${n}=x`, '&'),
  'names within the limit': (bytes, piece) =>
    OWN_FIELDS + repeat(Math.min(bytes, 9_000), (n) => `${encodeURIComponent(piece)}${n}=x`, '&'),
  'one name': (bytes) => repeat(bytes, () => 'workshops=queues', '&'),
  ampersands: (bytes) => times(bytes, '&'),
  percents: (bytes) => `notes=${times(bytes, '%')}`,
  encoded: (bytes) => `notes=${times(bytes, '%F0%9F%98%80')}`,
  'line breaks': (bytes) => `${OWN_FIELDS}notes=${times(bytes, '%0D%0A')}`,
  'a long name': (bytes, piece) => `${OWN_FIELDS}${times(bytes, encodeURIComponent(piece))}=x`,
  'a long text': (bytes, piece) => `${OWN_FIELDS}notes=${times(bytes, encodeURIComponent(piece))}`,
  'equal signs': (bytes) => times(bytes, '='),
};

const HEADERS: Readonly<Record<string, Kind>> = {
  cookie: (bytes) => repeat(bytes, (n) => `lang${n}=x`, '; '),
  'accept-language': (bytes) => repeat(bytes, (n) => `x${n};q=0.${n}`),
  accept: (bytes) => repeat(bytes, () => 'a/b;q=0'),
  'x-forwarded-for': (bytes) => repeat(bytes, () => '::1', ', '),
  'next-router-state-tree': (bytes) => times(bytes, '%5B'),
  traceparent: (bytes) => times(bytes, '0-'),
  'content-type': (bytes) => `application/json${times(bytes, ';charset=')}`,
};

/** A large request of one kind, and what to call it. */
export interface HeavyRequest extends RawRequest {
  readonly name: string;
}

const piece = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 6 });
const bytes = fc.oneof(fc.constant(MAX_BYTES), fc.integer({ min: 1_000, max: MAX_BYTES }));
const origin = fc.constantFrom([], [], [['sec-fetch-site', 'cross-site'] as const]);

function posts(doors: readonly string[], kinds: Readonly<Record<string, Kind>>, type: string) {
  return fc
    .tuple(fc.constantFrom(...doors), fc.constantFrom(...Object.keys(kinds)), bytes, piece, origin)
    .map(([path, kind, length, part, from]): HeavyRequest => {
      const body = Buffer.from(kinds[kind]?.(length, part) ?? '').subarray(0, MAX_BYTES);
      const sender = from.length > 0 ? ', from another site' : '';
      return {
        name: `${path.slice(0, 40)}: ${kind}, ${body.length} bytes${sender}`,
        method: 'POST',
        path,
        headers: [['content-type', type], ...from],
        body,
      };
    });
}

const heads = fc
  .tuple(fc.constantFrom(...JSON_DOORS, ...FORM_DOORS), fc.constantFrom(...Object.keys(HEADERS)))
  .map(([path, name]): HeavyRequest => {
    const value = HEADERS[name]?.(MAX_HEADER_CHARS, '') ?? '';
    return {
      name: `${path.slice(0, 40)}: header ${name}`,
      method: 'POST',
      path,
      headers: [
        ...(name === 'content-type' ? [] : [['content-type', 'application/json'] as const]),
        [name, value],
      ],
      body: Buffer.from('{"data":{}}'),
    };
  });

export const heavyRequest: fc.Arbitrary<HeavyRequest> = fc.oneof(
  { weight: 6, arbitrary: posts(JSON_DOORS, JSON_KINDS, 'application/json') },
  { weight: 4, arbitrary: posts(FORM_DOORS, FORM_KINDS, 'application/x-www-form-urlencoded') },
  { weight: 1, arbitrary: heads },
);
