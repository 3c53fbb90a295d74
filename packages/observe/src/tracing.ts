/** The standard variables of OpenTelemetry that switch traces on. The SDK reads the others itself. */
export interface TracingEnv {
  readonly OTEL_SDK_DISABLED?: string | undefined;
  readonly OTEL_TRACES_EXPORTER?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_PROTOCOL?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_PROTOCOL?: string | undefined;
  readonly OTEL_SERVICE_NAME?: string | undefined;
}

/** Attributes of HTTP spans that hold an address with its query, in which the codes of receipts are. */
const ADDRESSES = ['http.target', 'http.url', 'url.full', 'url.query', 'next.span_name'];

/** Tracing is off unless the environment switches it on. */
export function wantsTraces(env: TracingEnv): boolean {
  if (env.OTEL_SDK_DISABLED === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return false;
  return [
    env.OTEL_TRACES_EXPORTER,
    env.OTEL_EXPORTER_OTLP_ENDPOINT,
    env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
  ].some((value) => value !== undefined);
}

/**
 * Sends spans over OTLP to the address in OpenTelemetry's standard variables, and continues the traces of incoming requests.
 * Returns a function that ends tracing and sends the remaining spans. Only this file loads OpenTelemetry's SDK, and only if it is used.
 */
export async function startTracing(service: string, env: TracingEnv): Promise<() => Promise<void>> {
  if (!wantsTraces(env)) return async () => {};
  const [{ NodeSDK }, exporter] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    createExporter(env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL),
  ]);
  const sdk = new NodeSDK({
    ...(env.OTEL_SERVICE_NAME === undefined && { serviceName: service }),
    traceExporter: {
      export: (spans, done) => {
        for (const { attributes } of spans) hideQueries(attributes);
        exporter.export(spans, done);
      },
      shutdown: () => exporter.shutdown(),
      forceFlush: () => exporter.forceFlush(),
    },
    // Metrics are Prometheus' to fetch, logs go to stdout.
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return () => sdk.shutdown().catch(() => {});
}

async function createExporter(protocol: string | undefined) {
  if (protocol === 'http/json') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
    return new OTLPTraceExporter();
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}

function hideQueries(attributes: Record<string, unknown>): void {
  for (const key of ADDRESSES) {
    const value = attributes[key];
    if (typeof value === 'string') attributes[key] = value.replace(/\?.*/, '?…');
  }
}
