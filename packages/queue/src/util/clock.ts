/** Time for the accept path, so that tests can control it. `now` is monotonic, in ms. */
export interface Clock {
  now(): number;
  /** Calls `run` after `ms`; the returned function cancels. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
