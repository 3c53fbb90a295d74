// What scripts/boot.mjs puts into .toolchain: plain JavaScript, since it runs before anything is installed.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, run } from './steps.mjs';

// A registry that is away: known within half a minute, not after npm's usual two.
const PATIENCE = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000', '--fetch-timeout=60000'];
const OPTIONS = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...PATIENCE];
const NODE_NAME = 'node-';

/** @typedef {{ private: true, optionalDependencies: Record<string, string> }} Manifest */
/** @typedef {{ packages: Record<string, Partial<Manifest>> }} Lockfile */

const PINNED = join(dirname(dirname(fileURLToPath(import.meta.url))), 'toolchain');

/**
 * Node, where the machine's own is too old, and pnpm: by the contents that scripts/toolchain/package-lock.json names, and
 * without running any of their scripts.
 */
export class Toolchain {
  /**
   * @param {string} folder
   * @param {{ readonly withNode: boolean, readonly pinned?: string }} options `pinned`: the folder of package.json and package-lock.json.
   */
  constructor(folder, { withNode, pinned = PINNED }) {
    /** @type {Manifest} */
    this.manifest = JSON.parse(readFileSync(join(pinned, 'package.json'), 'utf8'));
    this.lockText = readFileSync(join(pinned, 'package-lock.json'), 'utf8');
    this.folder = folder;
    this.withNode = withNode;
    this.bin = join(folder, 'node_modules', '.bin');
    this.stamp = join(folder, 'stamp.json');
  }

  get isReady() {
    const wanted = [...(this.withNode ? ['node'] : []), 'pnpm'];
    return readText(this.stamp) === this.#mark && wanted.every((name) => existsSync(join(this.bin, name)));
  }

  /** @param {NodeJS.ProcessEnv} env */
  async install(env) {
    // The stamp goes first and comes back last: an installation that is cut off does not count.
    rmSync(this.stamp, { force: true });
    /** @type {Lockfile} */
    const lockfile = JSON.parse(this.lockText);
    const isPinned = `node_modules/${pnpmPackage()}` in lockfile.packages;
    const dependencies = isPinned ? this.#dependencies() : { [pnpmPackage()]: this.#pnpmVersion };
    this.#write('package.json', { ...this.manifest, optionalDependencies: dependencies });
    if (isPinned) this.#write('package-lock.json', only(lockfile, dependencies));
    else
      console.error(
        `No hash of pnpm is known for ${platform()}: it is taken by its version, ${this.#pnpmVersion}.`,
      );
    const remedy =
      'It needs the npm registry: check the network (npm ping), then run the same command again.';
    const [file, ...args] = npm();
    const how = isPinned ? ['ci'] : ['install', '--no-package-lock'];
    await run(file, [...args, ...how, ...OPTIONS], { cwd: this.folder, env, remedy });
    this.#linkPnpm();
    writeFileSync(this.stamp, this.#mark);
    // npm leaves out what does not have the content that the lockfile names.
    if (!this.isReady) {
      rmSync(this.stamp, { force: true });
      throw new Failure('npm brought no Node or no pnpm with the content that is pinned.', remedy);
    }
  }

  /** turbo starts it without a shell: npm's own link would lead to a script. */
  #linkPnpm() {
    const program = join(this.folder, 'node_modules', pnpmPackage(), 'pnpm');
    if (!existsSync(program)) return;
    chmodSync(program, 0o755);
    mkdirSync(this.bin, { recursive: true });
    rmSync(join(this.bin, 'pnpm'), { force: true });
    symlinkSync(join('..', pnpmPackage(), 'pnpm'), join(this.bin, 'pnpm'));
  }

  #dependencies() {
    const entries = Object.entries(this.manifest.optionalDependencies);
    return Object.fromEntries(entries.filter(([name]) => this.withNode || !name.startsWith(NODE_NAME)));
  }

  get #pnpmVersion() {
    const [, version] =
      Object.entries(this.manifest.optionalDependencies).find(([name]) => name.startsWith('@pnpm/')) ?? [];
    return String(version);
  }

  get #mark() {
    const lockfile = createHash('sha256').update(this.lockText).digest('hex');
    return JSON.stringify({ lockfile, withNode: this.withNode });
  }

  /**
   * @param {string} name
   * @param {object} content
   */
  #write(name, content) {
    writeFileSync(join(this.folder, name), JSON.stringify(content, null, 2));
  }
}

/**
 * @param {Lockfile} lockfile
 * @param {Record<string, string>} dependencies
 */
function only(lockfile, dependencies) {
  const wanted = new Set(Object.keys(dependencies).map((name) => `node_modules/${name}`));
  const packages = Object.entries(lockfile.packages).filter(([path]) => wanted.has(path));
  return {
    ...lockfile,
    packages: { '': { optionalDependencies: dependencies }, ...Object.fromEntries(packages) },
  };
}

function pnpmPackage() {
  return `@pnpm/exe.${platform()}`;
}

function platform() {
  return `${process.platform}-${process.arch}${process.platform === 'linux' && !hasGlibc() ? '-musl' : ''}`;
}

export function hasGlibc() {
  const { header } = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  );
  return header?.glibcVersionRuntime !== undefined;
}

/** @returns {[string, ...string[]]} */
function npm() {
  const path = process.env.npm_execpath;
  return path?.endsWith('npm-cli.js') ? [process.execPath, path] : ['npm'];
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
