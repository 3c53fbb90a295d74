/** How much is measured. */
export interface Profile {
  readonly rounds: number;
  /** Rounds of a comparison that is only for the table and has no target. */
  readonly sideRounds: number;
  /** How long producers are loaded, ms: before the measurement, and for it. */
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** Jobs a worker works off in each round. */
  readonly jobs: number;
  /** Single calls in each round, for medians of latency. */
  readonly calls: number;
  /** Scenarios that begin later than this get one round each, ms. */
  readonly hurryAfterMs: number;
  /** Rows waiting: few, and many. */
  readonly backlog: { readonly few: number; readonly many: number };
}

export const FULL: Profile = {
  rounds: 5,
  sideRounds: 3,
  warmUpMs: 300,
  windowMs: 1_200,
  jobs: 20_000,
  calls: 400,
  hurryAfterMs: Number.POSITIVE_INFINITY,
  backlog: { few: 10_000, many: 1_000_000 },
};

/** The same questions in 90 seconds: fewer rounds, shorter ones, and a tenth of the backlog. */
export const QUICK: Profile = {
  rounds: 2,
  sideRounds: 1,
  warmUpMs: 100,
  windowMs: 400,
  jobs: 2_000,
  calls: 100,
  hurryAfterMs: 40_000,
  backlog: { few: 10_000, many: 100_000 },
};
