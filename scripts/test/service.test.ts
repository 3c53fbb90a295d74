import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const SERVICE = new URL('../lib/service.ts', import.meta.url).href;
const STEPS = new URL('../lib/steps.mjs', import.meta.url).href;
const RED = '\u001b[31m';

const run = promisify(execFile);

/** What a program says that a service runs: as others made it say. */
const SPEAKER = `
  const text = '${RED}red \u009b31m \u202ereversed';
  console.log(JSON.stringify({ level: 40, msg: text }));
  console.error(text);
`;

test('the output of a service is shown and kept without terminal control characters', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-service-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const logFile = join(folder, 'speaker.log');
  const options = { name: 'speaker', cwd: folder, args: ['-e', SPEAKER], env: {}, logFile, readyUrl: '' };
  const program = `
    import { Service } from ${JSON.stringify(SERVICE)};
    const service = new Service(${JSON.stringify(options)});
    service.start();
    process.on('beforeExit', () => process.exit());
    await new Promise((resolve) => setInterval(async () => {
      const { readFile } = await import('node:fs/promises');
      if ((await readFile(${JSON.stringify(logFile)}, 'utf8')).split('\\n').length > 2) resolve();
    }, 10));
    await service.stop(1000);
    process.exit();
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
  const log = await readFile(logFile, 'utf8');
  for (const text of [stdout, log]) {
    expect(text).toContain('red');
    // oxlint-disable-next-line no-control-regex -- it is these that must be gone
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  }
  expect(stdout).toContain('warn');
  expect((await stat(logFile)).mode & 0o077).toBe(0);
});

test('every error is reported without terminal control characters', async () => {
  const program = `
    import { Failure, line, report } from ${JSON.stringify(STEPS)};
    line('Name', '${RED}red');
    report(new Failure('${RED}red', '${RED}red', '${RED}red'));
    report(new Error('${RED}red'));
  `;
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program]).catch(
    (error: { readonly stdout: string; readonly stderr: string }) => error,
  );
  expect(stdout + stderr).toContain('red');
  expect(stdout + stderr).not.toContain('\u001b');
});
