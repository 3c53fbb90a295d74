// Brings the toolchain and the packages, then hands over to scripts/<command>.ts. Plain JavaScript without
// dependencies: it has to run on whatever Node (20 or newer) the machine came with, before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lib/lock.mjs';
import { Failure, report, run, step, stopCommands } from './lib/steps.mjs';

const NODE_VERSION = '24.21.0';
const NODE_OLDEST = [24, 11];
const PNPM_VERSION = '12.21.0';
// A registry that is away: known within half a minute, not after npm's usual two.
const PATIENCE = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000', '--fetch-timeout=60000'];
const COMMANDS = ['start', 'serve', 'test', 'outage', 'spillway'];
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
// What a person may have set on purpose. All other npm_* variables are npm's own notes about the script it runs,
// and would reach pnpm and turbo as settings.
const KEPT_NPM_ENV = /^npm_config_(registry|cache|userconfig|(https?_|no)?proxy|ca|cafile|strict_ssl)$/i;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const toolchain = join(root, '.toolchain');
const toolchainStamp = join(toolchain, 'stamp.json');
const packagesStamp = join(root, 'node_modules', '.spillway-lockfile');
const bin = join(toolchain, 'node_modules', '.bin');
// Ours does not count, though it may be first on the PATH: it would be taken away from under this very process.
// By its real path, as `execPath` is one: worktrees may share a toolchain through a link.
const systemNode = nodeIsRecent() && !process.execPath.startsWith(join(realPath(toolchain), sep));

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
  mkdirSync(toolchain, { recursive: true });
  const env = environment();
  if (!toolchainReady() || !packagesReady()) {
    await withLock(join(toolchain, 'boot.lock'), async () => {
      if (!toolchainReady()) await step('Toolchain', 'ready', installToolchain(env));
      if (!packagesReady()) await step('Packages', 'installed', installPackages(env));
    });
  }
  handOver(join(root, 'scripts', `${command}.ts`), rest, env);
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
  const { header } = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  );
  const packaged = ['x64', 'arm64'].includes(process.arch) && header?.glibcVersionRuntime;
  if (process.platform !== 'linux' || !packaged) {
    throw new Failure(
      `Spillway needs Node 24, and there is no package of it for ${process.platform} on ${process.arch}.`,
      'Install Node 24 (nodejs.org), then run the same command again.',
    );
  }
}

/** What the toolchain must hold: with a recent Node on the machine, only pnpm. */
function tools() {
  const node = { [`node-${process.platform}-${process.arch}`]: NODE_VERSION };
  return { ...(systemNode ? {} : node), pnpm: PNPM_VERSION };
}

function toolchainReady() {
  return readText(toolchainStamp) === JSON.stringify(tools()) && existsSync(join(bin, 'pnpm'));
}

/** @param {NodeJS.ProcessEnv} env */
async function installToolchain(env) {
  // The stamp goes first and comes back last: an installation that is cut off does not count.
  rmSync(toolchainStamp, { force: true });
  writeFileSync(join(toolchain, 'package.json'), JSON.stringify({ private: true, dependencies: tools() }));
  const remedy = 'It needs the npm registry: check the network (npm ping), then run the same command again.';
  const options = [
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...PATIENCE,
  ];
  const [file, ...args] = npm();
  await run(file, [...args, 'install', ...options], { cwd: toolchain, env, remedy });
  // The one script of an installed package that has to run: it puts the program where turbo, which starts it without
  // a shell, can execute it.
  await run(process.execPath, [join(toolchain, 'node_modules', 'pnpm', 'install.js')], {
    cwd: toolchain,
    env,
  });
  writeFileSync(toolchainStamp, JSON.stringify(tools()));
}

/** @returns {[string, ...string[]]} */
function npm() {
  const path = process.env.npm_execpath;
  return path?.endsWith('npm-cli.js') ? [process.execPath, path] : ['npm'];
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
 * The script runs in a process group of its own, for two reasons: Ctrl-C in a terminal reaches it once, through
 * here, and not also its children behind its back; and should it be killed, its group can be cleared away. The
 * channel tells it when this process is the one that was killed.
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
    // Nobody left: the usual case.
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
