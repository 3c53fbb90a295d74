// Installs the toolchain and the packages, then runs scripts/<command>.ts. Plain JavaScript without
// dependencies: it must run on the machine's own Node (20 or newer), before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lib/lock.mjs';
import { Failure, report, run, step, stopCommands } from './lib/steps.mjs';
import { Toolchain, hasGlibc } from './lib/toolchain.mjs';

const NODE_OLDEST = [24, 11];
/** Brings the toolchain and the packages, and nothing else. */
const INSTALL = 'install';
const COMMANDS = ['start', 'serve', 'test', 'outage', 'spillway', INSTALL];
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
// What a person may have set on purpose. All other npm_* variables are npm's own notes about the script it runs,
// and would reach pnpm and turbo as settings.
const KEPT_NPM_ENV = /^npm_config_(registry|cache|userconfig|(https?_|no)?proxy|ca|cafile|strict_ssl)$/i;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, '.toolchain');
const packagesStamp = join(root, 'node_modules', '.spillway-lockfile');
// Ours does not count, though it may be first on the PATH: it would be taken away from under this very process.
// By its real path, as `execPath` is one: worktrees may share a toolchain through a link.
const systemNode = nodeIsRecent() && !process.execPath.startsWith(join(realPath(folder), sep));
const toolchain = new Toolchain(folder, { withNode: !systemNode });
const { bin } = toolchain;

/** @type {(signal: (typeof SIGNALS)[number]) => void} */
let onSignal = (signal) => {
  stopCommands();
  process.exit(128 + constants.signals[signal]);
};

async function main() {
  for (const signal of SIGNALS) process.on(signal, () => onSignal(signal));
  const [command = '', ...rest] = process.argv.slice(2);
  if (!COMMANDS.includes(command))
    throw new Failure(`Usage: node scripts/boot.mjs ${COMMANDS.join('|')} [arguments]`);
  checkPlatform();
  mkdirSync(folder, { recursive: true });
  const env = environment();
  if (!toolchain.isReady || !packagesReady()) {
    await withLock(join(folder, 'boot.lock'), async () => {
      if (!toolchain.isReady) await step('Toolchain', 'ready', toolchain.install(env));
      if (!packagesReady()) await step('Packages', 'installed', installPackages(env));
    });
  }
  if (command !== INSTALL) handOver(join(root, 'scripts', `${command}.ts`), rest, env);
}

function nodeIsRecent() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > Number(NODE_OLDEST[0]) || (major === NODE_OLDEST[0] && minor >= Number(NODE_OLDEST[1]));
}

/** @param {string} path */
function realPath(path) {
  return existsSync(path) ? realpathSync(path) : path;
}

function checkPlatform() {
  if (process.platform === 'win32') {
    throw new Failure(
      'Spillway was never run on Windows itself.',
      'Use WSL 2: run the same command inside it.',
    );
  }
  if (systemNode) return;
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Failure(`Node ${process.versions.node} is too old.`, 'Install Node 24, or at least Node 20.');
  }
  // Only these are published as packages for the version we need; of Linux, only with glibc.
  const packaged = ['x64', 'arm64'].includes(process.arch) && hasGlibc();
  if (process.platform !== 'linux' || !packaged) {
    throw new Failure(
      `Spillway needs Node 24, and there is no package of it for ${process.platform} on ${process.arch}.`,
      'Install Node 24 (nodejs.org), then run the same command again.',
    );
  }
}

function packagesReady() {
  return readText(packagesStamp) === lockfileHash();
}

function lockfileHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
}

/** @param {NodeJS.ProcessEnv} env */
async function installPackages(env) {
  rmSync(packagesStamp, { force: true });
  const remedy = 'Run it by hand to see more: .toolchain/node_modules/.bin/pnpm install --frozen-lockfile';
  // CI: without a terminal, pnpm would refuse to replace a node_modules folder that another tool made.
  await run(join(bin, 'pnpm'), ['install', '--frozen-lockfile'], {
    cwd: root,
    env: { ...env, CI: 'true' },
    remedy,
  });
  writeFileSync(packagesStamp, lockfileHash());
}

function environment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_/i.test(name) || KEPT_NPM_ENV.test(name),
  );
  const path = [bin, ...(systemNode ? [dirname(process.execPath)] : []), process.env.PATH];
  return {
    ...Object.fromEntries(kept),
    PATH: path.filter(Boolean).join(delimiter),
    DO_NOT_TRACK: '1',
    NEXT_TELEMETRY_DISABLED: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  };
}

/**
 * The script runs in a separate process group, for two reasons: Ctrl-C in a terminal reaches only this process, which
 * forwards it once; and if the script is killed, its whole group can be ended. If this process is killed, the script
 * notices that the channel closes.
 *
 * @param {string} script
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function handOver(script, args, env) {
  const node = systemNode ? process.execPath : join(bin, 'node');
  const child = spawn(node, [script, ...args], {
    cwd: root,
    env,
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  onSignal = (signal) => child.kill(signal);
  child.once('error', (error) => report(error));
  child.once('exit', (code, signal) => {
    clearGroup(child.pid);
    process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
  });
}

/** @param {number | undefined} pid */
function clearGroup(pid) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has no process left: the usual case.
  }
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

await main().catch((error) => report(error));
