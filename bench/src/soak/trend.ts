import { median, slope } from '../stats.ts';
import type { Point } from '../stats.ts';

const WARM_UP_SHARE = 0.25;
/** Less than this over the whole time is noise. */
const NOISE_SHARE = 0.05;
const NOISE_BYTES = 4 * 1_024 * 1_024;

export interface Trend {
  /** Of the best line after the warm-up. */
  readonly bytesPerMinute: number;
  readonly grows: boolean;
}

/** Whether a size (bytes by minutes) still grows after the first quarter of the time. */
export function trendOf(points: readonly Point[]): Trend {
  const settled = points.slice(Math.floor(points.length * WARM_UP_SHARE));
  const bytesPerMinute = slope(settled);
  const minutes = (settled.at(-1)?.x ?? 0) - (settled[0]?.x ?? 0);
  const limitBytes = Math.max(NOISE_BYTES, NOISE_SHARE * median(settled.map(({ y }) => y)));
  return { bytesPerMinute, grows: bytesPerMinute * minutes > limitBytes };
}
