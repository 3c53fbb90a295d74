import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { share } from './share.ts';

/** Scrapers that come together get one text, ms. */
const TEXT_EVERY_MS = 500;
/** From a cached answer to one that a person complains about. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Labels = Readonly<Record<string, string>>;
type Set = (labels: Labels, value: number) => void;
type Read = (set: Set) => void | Promise<void>;

/** The name of a metric and its help text. `labels` has all its labels. */
interface Named {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/**
 * Metrics of one process, in Prometheus' format. Values that are kept elsewhere are read at each scrape; a value that cannot be
 * read is left out, so that the graph has a gap and not a stale number.
 */
export interface Meters {
  gauge(metric: Named, read: Read): void;
  /** A count that is kept elsewhere, since that began. */
  counter(metric: Named, read: Read): void;
  /** A count that is kept here. */
  count(metric: Named): (labels: Labels) => void;
  /** Seconds. */
  histogram(metric: Named): (labels: Labels, seconds: number) => void;
  text(): Promise<string>;
  readonly contentType: string;
}

/** A separate registry with these metrics and the usual ones of a Node process: memory, CPU, event loop. */
export function createMeters(): Meters {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const config = ({ name, help, labels }: Named) => ({ name, help, labelNames: [...labels], registers });
  return {
    gauge(metric, read) {
      new Gauge({
        ...config(metric),
        async collect() {
          this.reset();
          await read((labels, value) => this.set(labels, value));
        },
      });
    },
    counter(metric, read) {
      new Counter({
        ...config(metric),
        async collect() {
          this.reset();
          await read((labels, value) => this.inc(labels, value));
        },
      });
    },
    count(metric) {
      const counter = new Counter(config(metric));
      return (labels) => counter.inc(labels);
    },
    histogram(metric) {
      const histogram = new Histogram({ ...config(metric), buckets: SECONDS });
      return (labels, seconds) => histogram.observe(labels, seconds);
    },
    text: share(TEXT_EVERY_MS, () => registry.metrics()),
    contentType: registry.contentType,
  };
}
