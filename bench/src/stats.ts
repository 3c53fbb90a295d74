/** The middle of the values, or the mean of the two middle ones. NaN without any. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which this share of the values lies, between its neighbours where it falls between them. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function summarize(values: readonly number[]): Summary {
  return { median: median(values), min: quantile(values, 0), max: quantile(values, 1) };
}

/** Numerator by denominator, round by round: what disturbs a whole round disturbs both. */
export function ratios(numerator: readonly number[], denominator: readonly number[]): number[] {
  const rounds = Math.min(numerator.length, denominator.length);
  return Array.from(
    { length: rounds },
    (_, round) => (numerator[round] ?? Number.NaN) / (denominator[round] ?? Number.NaN),
  );
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The slope of the line that fits best (least squares), in y per x. 0 for fewer than two points. */
export function slope(points: readonly Point[]): number {
  if (points.length < 2) return 0;
  const mean = (value: (point: Point) => number) =>
    points.reduce((sum, point) => sum + value(point), 0) / points.length;
  const meanX = mean(({ x }) => x);
  const meanY = mean(({ y }) => y);
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
}
