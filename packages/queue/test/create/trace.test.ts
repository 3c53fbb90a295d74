import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import { FAILED, KIND, contextOf, traceparentOf } from '../../src/util/trace.ts';
import { expectOnceEach, useStories } from '../story.ts';

const exporter = new InMemorySpanExporter();
const { stack, begin } = useStories();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
});
beforeEach(() => exporter.reset());
afterAll(() => {
  trace.disable();
  context.disable();
});

/** A sender's own span around what `work` does. */
async function inRequest<T>(work: () => Promise<T>): Promise<{ result: T; traceId: string }> {
  return trace.getTracer('test').startActiveSpan('request', async (span) => {
    const result = await work();
    span.end();
    return { result, traceId: span.spanContext().traceId };
  });
}

/** The spans of one trace, in the order in which they ended. */
function spansOf(traceId: string): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
}

const nameOf = ({ name }: ReadableSpan) => name.replace(/ test-.*/, '');
const find = (traceId: string, name: string) => spansOf(traceId).find((span) => nameOf(span) === name);
const ended = (traceId: string) => waitFor(() => find(traceId, 'process') !== undefined);

/** Each span with those that it is within. */
function paths(traceId: string): string[] {
  const spans = spansOf(traceId);
  const pathOf = (span: ReadableSpan): string => {
    const parent = spans.find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId);
    return parent ? `${pathOf(parent)} > ${nameOf(span)}` : nameOf(span);
  };
  return spans.map(pathOf).toSorted();
}

describe('a trace', () => {
  it('leads from the request through Redis and the handler to the outcome', async () => {
    const story = await begin();
    story.work();
    const { result, traceId } = await inRequest(() => story.queue.enqueue({ form: 'inbox', data: { n: 1 } }));
    await ended(traceId);
    expect(paths(traceId)).toEqual([
      'request',
      'request > accept',
      'request > accept > process',
      'request > accept > process > handle',
      'request > accept > push redis',
    ]);
    const told = (name: string) => find(traceId, name)?.attributes;
    expect(told('accept')).toMatchObject({ 'messaging.message.id': result.id, 'spillway.via': 'redis' });
    expect(told('push redis')).toMatchObject({ 'spillway.answer': 'stored', 'spillway.batch.size': 1 });
    expect(told('process')).toMatchObject({ 'spillway.store': 'redis', 'spillway.outcome': 'done' });
  });

  it('goes on across an outage: Postgres, recovery, Redis, worker', async () => {
    const story = await begin();
    await stack().redis.kill();
    const { result, traceId } = await inRequest(() => story.queue.enqueue({ form: 'inbox', data: { n: 1 } }));
    expect(result.via).toBe('postgres');
    await stack().redis.start();
    await waitFor(async () => (await story.queue.recover().catch(() => undefined))?.pushed === 1);
    story.work();
    await ended(traceId);
    await expectOnceEach(story, [result.id]);
    expect(paths(traceId).filter((path) => !path.endsWith('push redis'))).toEqual([
      'request',
      'request > accept',
      'request > accept > process',
      'request > accept > process > handle',
      'request > accept > push postgres',
      'request > accept > recover',
    ]);
  });

  it('tells of each attempt, and goes on when an operator lets a dead submission wait again', async () => {
    const story = await begin();
    let broken = true;
    const handler = async () => {
      if (broken) throw new Error('the printer is out of paper');
    };
    story.work({ batch: handler }, { maxAttempts: 2, backoffMs: { base: 1, max: 1 } });
    const { result, traceId } = await inRequest(() => story.queue.enqueue({ form: 'inbox', data: { n: 1 } }));
    const outcomes = () => spansOf(traceId).flatMap((span) => span.attributes['spillway.outcome'] ?? []);
    await waitFor(() => outcomes().length === 2);
    expect(outcomes()).toEqual(['retried', 'dead']);
    expect(find(traceId, 'handle')?.status.message).toContain('out of paper');
    broken = false;
    expect(await story.queue.retry([result.id])).toEqual([result.id]);
    await waitFor(() => outcomes().includes('done'));
  });

  it('is each submission’s own, where one call of a handler serves many', async () => {
    const story = await begin();
    const requests = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        inRequest(() => story.queue.enqueue({ form: 'inbox', data: { n } })),
      ),
    );
    story.work();
    for (const { traceId } of requests) await ended(traceId);
    const links = requests.flatMap(({ traceId }) => spansOf(traceId).flatMap((span) => span.links));
    expect(new Set(requests.map(({ traceId }) => traceId)).size).toBe(5);
    expect(links.length).toBeGreaterThan(0);
  });

  it('is the first sender’s, where the same submission is sent again in another', async () => {
    const story = await begin();
    const input = { id: newId(), form: 'inbox', data: { n: 1 } };
    const first = await inRequest(() => story.queue.enqueue(input));
    const second = await inRequest(() => story.queue.enqueue(input));
    expect(second.result.duplicate).toBe(true);
    story.work();
    await ended(first.traceId);
    expect(find(second.traceId, 'accept')).toBeDefined();
    expect(find(second.traceId, 'process')).toBeUndefined();
  });

  it('holds nothing of what people sent', async () => {
    const story = await begin();
    story.work({
      batch: () => Promise.reject(new Error('no')),
    });
    const { traceId } = await inRequest(() =>
      story.queue.enqueue({ form: 'inbox', data: { password: 'hunter2' } }),
    );
    await ended(traceId);
    const told = spansOf(traceId).map(({ name, attributes, status, events }) => ({
      name,
      attributes,
      status,
      events,
    }));
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });
});

describe('a traceparent', () => {
  it('comes back as it was written, sampled or not', () => {
    for (const flags of ['00', '01']) {
      const text = `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}`;
      const span = trace.getSpan(contextOf(text));
      expect(span && traceparentOf(span)).toBe(text);
    }
  });

  it.each([undefined, '', 'nonsense', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331', 'a\u0000b'])(
    'that is none (%j) begins a trace of its own',
    (text) => {
      expect(trace.getSpan(contextOf(text))).toBeUndefined();
    },
  );
});

describe('OpenTelemetry, whose package is not loaded', () => {
  it('has the numbers that are used in place of its enums', () => {
    expect(KIND).toEqual({
      client: SpanKind.CLIENT,
      producer: SpanKind.PRODUCER,
      consumer: SpanKind.CONSUMER,
    });
    expect(FAILED).toBe(SpanStatusCode.ERROR);
  });
});
