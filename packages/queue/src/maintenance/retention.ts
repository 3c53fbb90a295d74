import { errorText } from '../util/error-text.ts';
import type { Report } from '../contract/events.ts';
import type { OutcomeLedger } from '../contract/ledger.ts';

const EVERY_MS = 10 * 60 * 1_000;

interface RetentionOptions {
  readonly ledger: OutcomeLedger;
  readonly retentionMs: number;
  readonly report: Report;
}

/** Deletes outcomes past their retention, every ten minutes. Returns a function that stops it. */
export function startRetention(options: RetentionOptions): () => void {
  const timer = setInterval(() => void runOnce(options), EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function runOnce({ ledger, retentionMs, report }: RetentionOptions): Promise<void> {
  try {
    const deleted = await ledger.deleteExpired(retentionMs);
    if (deleted > 0) report('info', 'retention', `${deleted} outcomes past their retention`, { deleted });
  } catch (error) {
    const text = errorText(error);
    report('warn', 'retention_failed', text, { error: text });
  }
}
