/** Called by Next once for each server process, before the first request. */
export async function register(): Promise<void> {
  // Written out, so that the bundler leaves the branch out of what runs elsewhere than in Node.
  // oxlint-disable-next-line no-restricted-properties -- the bundler replaces exactly this expression.
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { start } = await import('./server/start.ts');
    await start();
  }
}
