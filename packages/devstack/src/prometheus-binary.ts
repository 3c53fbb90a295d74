import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unpackDebian } from './debian-package.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, '..', '..', '..', '.toolchain', 'prometheus');
const PACKAGED = { name: 'prometheus', packages: ['prometheus'], path: 'usr/bin/prometheus' } as const;

/** This machine has no Prometheus, and none could be unpacked. The message says what to do. */
export class PrometheusUnavailableError extends Error {
  readonly code = 'PROMETHEUS_UNAVAILABLE';

  constructor(cause: unknown) {
    super(
      'No prometheus and promtool were found, and none could be unpacked: put both on PATH ' +
        '(Debian, Ubuntu: apt-get install prometheus · macOS: brew install prometheus).',
      { cause },
    );
    this.name = 'PrometheusUnavailableError';
  }
}

/** Prometheus and the tool that checks its rules. */
export interface PrometheusBinaries {
  readonly prometheus: string;
  readonly promtool: string;
}

let found: Promise<PrometheusBinaries> | undefined;

/**
 * The programs on PATH, else on Debian and Ubuntu those unpacked from the distribution's package into `.toolchain/prometheus`.
 * @throws PrometheusUnavailableError if neither exists.
 */
export function prometheusBinaries(): Promise<PrometheusBinaries> {
  found ??= find();
  found.catch(() => (found = undefined));
  return found;
}

async function find(): Promise<PrometheusBinaries> {
  const onPath = { prometheus: 'prometheus', promtool: 'promtool' };
  if (await runs(onPath)) return onPath;
  // Both need no library; the second comes along with the first.
  const unpacked = {
    prometheus: join(FOLDER, PACKAGED.name),
    promtool: join(FOLDER, 'usr', 'bin', 'promtool'),
  };
  if (await runs(unpacked)) return unpacked;
  try {
    await unpackDebian(FOLDER, PACKAGED);
    await run(unpacked.promtool, ['--version']);
    return unpacked;
  } catch (cause) {
    throw new PrometheusUnavailableError(cause);
  }
}

async function runs({ prometheus, promtool }: PrometheusBinaries): Promise<boolean> {
  return Promise.all([run(prometheus, ['--version']), run(promtool, ['--version'])]).then(
    () => true,
    () => false,
  );
}
