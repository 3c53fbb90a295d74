import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { blockedMs } from './fuzz/blocking.ts';
import { heavyRequest } from './fuzz/heavy.ts';
import { rawRequest, toBytes } from './fuzz/requests.ts';
import type { RawRequest } from './fuzz/requests.ts';

/** `pnpm fuzz` sends for so long: half of it broken requests, half of it large ones. Else a number of each is sent, however long they take. */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 0) / 2;
const ROUNDS = 100;
const LARGE = 60;
/** For how long one request may keep the process from answering another one. */
const MAX_BLOCK_MS = 100;
/** Where the machine is so slow that a form's long text, shown again, takes that long by itself: so many times as long. */
const MAX_TIMES_PLAIN = 2;
/** The form's door reads up to 832 KiB. */
const PLAIN_CHARS = 800_000;
const SLOWEST = 10;
/** A process that has just started compiles as it goes: the same again is faster. */
const TRIES = 5;
/** What streams is looked at this long; what does not answer by then waits for more, as it may. */
const PATIENCE_MS = 2000;
const AT_ONCE = 8;
const WAITING = 0;
const UNANSWERED = -1;
/**
 * From the middle of the run to its end. The process takes up to 540 MiB within the first six thousand requests, and no
 * more in the next fourteen thousand; a leak would not stop there.
 */
const MAX_GROWTH_BYTES = 192 * 1024 * 1024;
const SHOWN_BYTES = 600;

let environment: Environment;
beforeAll(async () => {
  environment = await startEnvironment();
});
afterAll(() => environment?.stop());

it(
  'any request to the site gets a fitting answer: no 5xx, no crash, no growth',
  async () => {
    const { web } = environment;
    const middleMs = performance.now() + (SECONDS * 1000) / 2;
    let bytesBefore: number | undefined;
    await fc.assert(
      fc.asyncProperty(fc.array(rawRequest, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
        if (performance.now() > middleMs) bytesBefore ??= await residentBytes(web.url);
        const statuses = await Promise.all(requests.map((request) => statusOf(web.url, request)));
        const failed = requests.find((_, index) => {
          const status = statuses[index] ?? UNANSWERED;
          return status === UNANSWERED || status >= 500;
        });
        if (failed) throw new Error(toBytes(failed).toString('latin1', 0, SHOWN_BYTES));
        expect(web.hasExited()).toBe(false);
      }),
      {
        ...lengthOf(ROUNDS),
        // The rest of eight requests would fill screens.
        reporter({ failed, seed, counterexamplePath, errorInstance: cause }) {
          if (failed)
            throw new Error(`seed ${seed}, path ${counterexamplePath}: ${String(cause)}`, { cause });
        },
      },
    );
    expect((await fetch(`${web.url}/api/health/ready`)).status).toBe(200);
    expect((await residentBytes(web.url)) - (bytesBefore ?? 0)).toBeLessThan(MAX_GROWTH_BYTES);
    // What nobody planned for is logged as an error, also where the sender saw nothing of it.
    expect(
      web
        .output()
        .split('\n')
        .filter((line) => line.includes('"level":50')),
    ).toEqual([]);
  },
  (SECONDS + 300) * 1000,
);

it(
  'no request of at most 1 MB delays the others, whichever part of it is large',
  async () => {
    const { web } = environment;
    const send = (request: RawRequest) => () => statusOf(web.url, request);
    const plain = {
      method: 'POST',
      path: '/forms/contact',
      headers: [['content-type', 'application/x-www-form-urlencoded']] as const,
      body: Buffer.from(`message=${'x'.repeat(PLAIN_CHARS)}`),
    };
    const plainCosts: number[] = [];
    for (let n = 0; n < 10; n += 1) plainCosts.push(await blockedMs(web, send(plain)));
    const limitMs = Math.max(MAX_BLOCK_MS, MAX_TIMES_PLAIN * Math.min(...plainCosts));
    const slowest = new Map<string, number>();
    await fc
      .assert(
        fc.asyncProperty(heavyRequest, async (request) => {
          let shortestMs = Number.POSITIVE_INFINITY;
          for (let n = 0; n < TRIES && shortestMs > limitMs; n += 1)
            shortestMs = Math.min(shortestMs, await blockedMs(web, send(request)));
          slowest.set(request.name, Math.max(shortestMs, slowest.get(request.name) ?? 0));
          if (shortestMs > limitMs) {
            throw new Error(
              `${request.name}: blocked for ${shortestMs.toFixed()} ms, at most ${limitMs.toFixed()}`,
            );
          }
          expect(web.hasExited()).toBe(false);
        }),
        {
          ...lengthOf(LARGE),
          // A smaller one of the same kind says no more, and each is asked several times.
          endOnFailure: true,
          reporter({ failed, seed, errorInstance: cause }) {
            if (failed) throw new Error(`seed ${seed}: ${String(cause)}`, { cause });
          },
        },
      )
      .finally(() => {
        if (SECONDS > 0) tellSlowest(slowest);
      });
  },
  (SECONDS + 300) * 1000,
);

/** How much is sent: for `SECONDS`, or this many times. */
function lengthOf(numRuns: number) {
  return SECONDS > 0
    ? { numRuns: 1_000_000, interruptAfterTimeLimit: SECONDS * 1000, markInterruptAsFailure: false }
    : { numRuns };
}

function tellSlowest(costs: ReadonlyMap<string, number>): void {
  const slowest = [...costs].toSorted(([, a], [, b]) => b - a).slice(0, SLOWEST);
  const lines = slowest.map(([name, ms]) => `${ms.toFixed(1).padStart(8)} ms  ${name}`);
  console.log(
    `The slowest ${lines.length} of ${costs.size} large requests, by how long they kept others waiting:`,
  );
  console.log(lines.join('\n'));
}

/** `UNANSWERED`: closed without a word. `WAITING`: not answered by now, as what is not sent to its end need not be. */
function statusOf(url: string, request: RawRequest): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname);
    let whenSilent = UNANSWERED;
    socket.setTimeout(PATIENCE_MS, () => {
      whenSilent = WAITING;
      socket.destroy();
    });
    socket.setEncoding('latin1').on('data', (text: string) => {
      if (answer.length < 64) answer += text;
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? whenSilent)));
    // An event stream never ends by itself.
    socket.once('data', (text: string) => {
      if (text.includes('text/event-stream')) socket.destroy();
    });
    socket.write(toBytes(request));
  });
}

async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/api/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}
