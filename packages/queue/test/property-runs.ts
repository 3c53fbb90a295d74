interface Runs {
  readonly numRuns: number;
  readonly seed?: number;
  readonly path?: string;
}

/**
 * How many cases a property is tried with. `FC_RUNS` in the environment searches longer. A failure prints its seed and
 * path: `FC_SEED` and `FC_PATH`, with the test's name (`-t`), repeat it.
 */
export function runs(usual: number): Runs {
  const { FC_RUNS, FC_SEED, FC_PATH } = process.env;
  const asked = Number(FC_RUNS);
  return {
    numRuns: Number.isSafeInteger(asked) && asked > 0 ? asked : usual,
    ...(FC_SEED !== undefined && { seed: Number(FC_SEED) }),
    ...(FC_PATH !== undefined && { path: FC_PATH }),
  };
}
