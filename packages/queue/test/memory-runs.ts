/**
 * How many cases a property is tried with: `FC_RUNS` in the environment where it is set, for a longer search. A failure
 * prints the seed and the path that repeat it.
 */
export function runs(usual: number): { readonly numRuns: number } {
  const asked = Number(process.env.FC_RUNS ?? usual);
  return { numRuns: Number.isSafeInteger(asked) && asked > 0 ? asked : usual };
}
