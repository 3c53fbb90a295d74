import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';

/** A span as it came over the wire, with its attributes as an object. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** What it says of its failure; `undefined`: it did not fail. */
  readonly error: string | undefined;
}

/** Takes spans by OTLP over HTTP, as JSON: what a collector would be sent. */
export interface Receiver {
  /** For processes that are to be traced: OpenTelemetry's own variables. */
  readonly env: Record<string, string>;
  /** All spans of one trace so far, by when they began. */
  trace(traceId: string): ReceivedSpan[];
  /** The whole of what came, as text. */
  text(): string;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const spans: ReceivedSpan[] = [];
  let received = '';
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      received += body;
      spans.push(...parse(JSON.parse(body)));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    },
    trace: (traceId) =>
      spans.filter((span) => span.traceId === traceId).toSorted((a, b) => a.startMs - b.startMs),
    text: () => received,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

type Value = { stringValue?: string; intValue?: string | number; doubleValue?: number; boolValue?: boolean };
type Attribute = { key: string; value: Value };
interface Sent {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        attributes: Attribute[];
        status?: { code?: number; message?: string };
      }[];
    }[];
  }[];
}

const FAILED = 2;
const NANOS_PER_MS = 1e6;

function parse({ resourceSpans }: Sent): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(objectOf(resource.attributes)['service.name']);
    return scopeSpans
      .flatMap((scope) => scope.spans)
      .map((span) => ({
        service,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        startMs: Number(span.startTimeUnixNano) / NANOS_PER_MS,
        endMs: Number(span.endTimeUnixNano) / NANOS_PER_MS,
        attributes: objectOf(span.attributes),
        error: span.status?.code === FAILED ? (span.status.message ?? 'failed') : undefined,
      }));
  });
}

function objectOf(attributes: readonly Attribute[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? Number(value.intValue ?? value.doubleValue),
    ]),
  );
}
