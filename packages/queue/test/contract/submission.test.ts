import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidSubmissionError, newId, TooLargeError } from '@spillway/queue';
import type { SubmissionInput } from '@spillway/queue';
import { checkId, idTimeMs } from '../../src/contract/id.ts';
import { canonicalize } from '../../src/contract/canonical.ts';
import { checkRunAt, decode, encode, decodeEnvelope, encodeEnvelope } from '../../src/contract/submission.ts';
import { runs } from '../property-runs.ts';
import { jsonValue, reordered } from '../json-values.ts';

/** What the queue takes. */
const MAX_DEPTH = 100;

const HOUR_MS = 60 * 60 * 1_000;
const RETENTION_MS = 30 * 24 * HOUR_MS;
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const LIMITS = { maxBytes: 1024 * 1024, retentionMs: RETENTION_MS };

function overWire<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** A UUIDv7 that says it was minted then. */
function idAt(timeMs: number): string {
  const hex = Math.max(0, Math.trunc(timeMs)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${newId().slice(15)}`;
}

/** In an array, JSON would make null of it; the queue refuses it. The same for an invalid date. */
function holdsUndefined(data: unknown): boolean {
  if (data instanceof Date) return Number.isNaN(data.getTime());
  if (Array.isArray(data)) return data.some((one) => one === undefined || holdsUndefined(one));
  return data !== null && typeof data === 'object' && Object.values(data).some(holdsUndefined);
}

function nested(levels: number): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { value };
  return value;
}

const form = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,63}$/);

describe('the canonical text', () => {
  it('is the same for equal values, whatever the order of their keys', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(canonicalize(reordered(value))).toBe(canonicalize(value));
      }),
      runs(500),
    );
  });

  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(JSON.parse(canonicalize(value))).toEqual(overWire(value));
      }),
      runs(500),
    );
  });

  it('differs for values that differ', () => {
    fc.assert(
      fc.property(jsonValue, jsonValue, (one, other) => {
        const equal = isDeepStrictEqual(overWire(one), overWire(other));
        expect(canonicalize(one) === canonicalize(other)).toBe(equal);
      }),
      runs(300),
    );
  });

  it('is the same before and after a journey as JSON: absent fields, dates and objects without a class included', () => {
    const value = fc.anything({
      withDate: true,
      withNullPrototype: true,
      values: [fc.string(), fc.integer(), fc.boolean(), fc.constantFrom(null, undefined, -0)],
    });
    fc.assert(
      fc.property(value, (data) => {
        fc.pre(JSON.stringify(data) !== undefined && !holdsUndefined(data));
        expect(canonicalize(data)).toBe(canonicalize(overWire(data)));
      }),
      runs(500),
    );
  });

  it.each([
    ['boxed numbers', { n: Object(1) }],
    ['boxed text', [Object('text')]],
    ['boxed truth', Object(false)],
    ['a toJSON whose result has one, too', { toJSON: () => ({ a: 1, toJSON: () => 'not called' }) }],
  ])('is the same before and after a journey as JSON: %s', (_, data) => {
    expect(canonicalize(data)).toBe(canonicalize(overWire(data)));
  });

  it(`takes ${MAX_DEPTH} levels and refuses one more`, () => {
    expect(JSON.parse(canonicalize(nested(MAX_DEPTH)))).toEqual(nested(MAX_DEPTH));
    expect(() => canonicalize(nested(MAX_DEPTH + 1))).toThrow(expect.objectContaining({ reason: 'depth' }));
  });

  it('refuses 100,000 levels, and data that contains itself, without overflowing the stack', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    cycle.list = [cycle, cycle];
    for (const data of [nested(100_000), cycle]) {
      expect(() => canonicalize(data)).toThrow(expect.objectContaining({ reason: 'depth' }));
    }
  });
});

describe('an encoded submission', () => {
  it('keeps its data byte for byte, through every store and back', () => {
    fc.assert(
      fc.property(
        form,
        jsonValue,
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date() }),
        fc.boolean(),
        (name, data, receivedAt, isTraced) => {
          const encoded = encode({ form: name, data, receivedAt }, LIMITS);
          expect(encoded.payload).toBe(JSON.stringify(data));
          const envelope = { ...encoded, ...(isTraced && { traceparent: TRACEPARENT }) };
          // As a connection carries it.
          const carried = Buffer.from(encodeEnvelope(envelope), 'utf8').toString('utf8');
          expect(carried).toBe(encodeEnvelope(envelope));
          const back = decodeEnvelope(envelope.id, carried);
          expect(back).toEqual(envelope);
          const { data: decoded, ...rest } = decode(back);
          expect(JSON.stringify(decoded)).toBe(envelope.payload);
          expect(rest).toEqual({ id: envelope.id, form: name, receivedAt });
        },
      ),
      runs(500),
    );
  });

  it('has one digest for one content: whatever its id, its time and the order of its keys', () => {
    fc.assert(
      fc.property(form, jsonValue, fc.nat(1e9), (name, data, laterMs) => {
        const one = encode({ form: name, data }, LIMITS);
        const other = encode(
          { form: name, data: reordered(overWire(data)), receivedAt: new Date(laterMs) },
          LIMITS,
        );
        expect(other.digest).toBe(one.digest);
        expect(other.id).not.toBe(one.id);
      }),
      runs(200),
    );
  });

  it('has another digest for another form or other content', () => {
    const digest = (name: string, data: unknown) => encode({ form: name, data }, LIMITS).digest;
    fc.assert(
      fc.property(form, form, jsonValue, jsonValue, (formA, formB, dataA, dataB) => {
        const same = formA === formB && canonicalize(dataA) === canonicalize(dataB);
        expect(digest(formA, dataA) === digest(formB, dataB)).toBe(same);
      }),
      runs(200),
    );
  });

  it('is refused beyond maxBytes, counted in UTF-8, and taken at it', () => {
    fc.assert(
      fc.property(jsonValue, fc.integer({ min: 1, max: 200 }), (data, maxBytes) => {
        const bytes = Buffer.byteLength(JSON.stringify(data));
        const act = () => encode({ form: 'inbox', data }, { ...LIMITS, maxBytes });
        if (bytes <= maxBytes) expect(act().payload).toBe(JSON.stringify(data));
        else expect(act).toThrow(TooLargeError);
      }),
      runs(300),
    );
  });

  it.each(['', 'Inbox', '-inbox', 'in box', 'in\nbox', 'é', 'a'.repeat(65)])(
    'is refused with the form name %j',
    (name) => {
      expect(() => encode({ form: name, data: 1 }, LIMITS)).toThrow(
        expect.objectContaining({ reason: 'form' }),
      );
    },
  );

  it.each([Number.NaN, -8.64e15])(
    'is refused where its time (%d) is none that every store can keep: it would take its whole flight along',
    (time) => {
      const receivedAt = new Date(time);
      expect(() => encode({ form: 'inbox', data: 1, receivedAt }, LIMITS)).toThrow(InvalidSubmissionError);
    },
  );

  it.each([
    ['id', { id: 5 }, 'id', 'a number'],
    ['id', { id: null }, 'id', 'null'],
    ['form', { form: undefined }, 'form', 'undefined'],
    ['form', { form: null }, 'form', 'null'],
    ['form', { form: ['a'] }, 'form', 'an array'],
    ['receivedAt', { receivedAt: '2026-11-01T00:00:00Z' }, 'received_at', 'a string'],
    ['receivedAt', { receivedAt: 5 }, 'received_at', 'a number'],
    ['receivedAt', { receivedAt: null }, 'received_at', 'null'],
  ])('is refused where its %s is of another type (%o), with what to give', (_, wrong, reason, kind) => {
    const input = { form: 'inbox', data: 1, ...wrong } as unknown as SubmissionInput;
    expect(() => encode(input, LIMITS)).toThrow(
      expect.objectContaining({ code: 'INVALID_SUBMISSION', reason, message: expect.stringContaining(kind) }),
    );
  });

  it.each(['2026-11-01T00:00:00Z', 5, null, {}, new Date(Number.NaN)])(
    'is refused where it is due at %o, with what to give',
    (at) => {
      const act = () => checkRunAt(at as Date, newId(), RETENTION_MS);
      expect(act).toThrow(expect.objectContaining({ code: 'INVALID_SUBMISSION', reason: 'run_at' }));
    },
  );

  it.each([undefined, null, 'text'])('is refused where it is %o instead of an object', (input) => {
    expect(() => encode(input as unknown as SubmissionInput, LIMITS)).toThrow(InvalidSubmissionError);
  });

  it('whose stored head was damaged is reported, not misread', () => {
    for (const wire of ['', '1 digest 5 form', '1 digest\n{}', '\n{}']) {
      expect(() => decodeEnvelope('some-id', wire)).toThrow(InvalidSubmissionError);
    }
  });
});

describe('an id', () => {
  const nowMs = Date.UTC(2026, 10, 1);

  it('is taken from 30 days ago to 24 hours ahead, and carries its time', () => {
    fc.assert(
      fc.property(fc.integer({ min: -RETENTION_MS, max: 24 * HOUR_MS }), (offsetMs) => {
        const id = idAt(nowMs + offsetMs);
        expect(checkId(id, nowMs, RETENTION_MS)).toBe(id);
        expect(idTimeMs(id)).toBe(nowMs + offsetMs);
      }),
      runs(300),
    );
  });

  it('is told apart as expired or in the future, which a new one heals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), (beyondMs) => {
        const expired = idAt(nowMs - RETENTION_MS - beyondMs);
        const future = idAt(nowMs + 24 * HOUR_MS + beyondMs);
        expect(() => checkId(expired, nowMs, RETENTION_MS)).toThrow(
          expect.objectContaining({ reason: 'id_expired' }),
        );
        expect(() => checkId(future, nowMs, RETENTION_MS)).toThrow(
          expect.objectContaining({ reason: 'id_in_future' }),
        );
      }),
      runs(300),
    );
  });

  it('in upper case is the same id', () => {
    const id = idAt(nowMs);
    expect(checkId(id.toUpperCase(), nowMs, RETENTION_MS)).toBe(id);
    expect(encode({ id: newId().toUpperCase(), form: 'inbox', data: 1 }, LIMITS).id).toMatch(
      /^[0-9a-f-]{36}$/,
    );
  });

  it('is refused where it is no UUIDv7, whatever else it is', () => {
    const other = fc.oneof(
      fc.string(),
      fc.uuid({ version: [1, 2, 3, 4, 5, 6, 8] }),
      fc.constantFrom(
        '00000000-0000-0000-0000-000000000000',
        `${idAt(nowMs)}\n`,
        ` ${idAt(nowMs)}`,
        idAt(nowMs).replaceAll('-', ''),
        `${idAt(nowMs).slice(0, 19)}0${idAt(nowMs).slice(20)}`.replace(/-[89ab](?=[0-9a-f]{3}-)/, '-7'),
      ),
    );
    fc.assert(
      fc.property(other, (id) => {
        expect(() => checkId(id, nowMs, Number.POSITIVE_INFINITY)).toThrow(
          expect.objectContaining({ reason: 'id' }),
        );
      }),
      runs(300),
    );
  });

  it('is minted where none was given: new ones, rising, and taken', () => {
    const ids = Array.from({ length: 1_000 }, () => encode({ form: 'inbox', data: 1 }, LIMITS).id);
    expect(ids).toEqual([...new Set(ids)].toSorted());
    expect(checkId(newId(), Date.now(), RETENTION_MS)).toMatch(/-7/);
  });
});
