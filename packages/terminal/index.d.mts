import type { WriteStream } from 'node:tty';

export interface Kept {
  /** Line feeds and tabs. */
  readonly lines?: boolean;
  /** Colours, where they are our own. */
  readonly colours?: boolean;
}

/** Text as it may go to a terminal. What a terminal would obey becomes U+FFFD. */
export function stripControl(text: string, keep?: Kept): string;

/** JSON that a terminal shows as it is, with the same meaning: JSON itself demands escapes of C0 only. */
export function escapeControl(json: string): string;

/**
 * From now on all text that this process writes to the stream goes through `stripControl`: also what a library prints
 * past the log. Colours stay where a person looks on.
 */
export function guardOutput(stream: WriteStream): void;
