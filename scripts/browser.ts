import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const TOOLCHAIN = join(import.meta.dirname, '..', '.toolchain');
// Not the ones that the package recommends: made for one page in one process, they crash a browser that opens several.
const ARGS = ['--no-sandbox', '--disable-gpu'];
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

// The package's own names folders of the machines it is meant for.
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`;

/** For `chromium.launch` of playwright-core. */
export interface LaunchOptions {
  executablePath: string;
  args: string[];
  env: Record<string, string>;
}

let prepared: Promise<LaunchOptions> | undefined;

/**
 * The browser for tests: `CHROMIUM_PATH`, else on Linux (x64) the one that came with the packages, unpacked once
 * into `.toolchain`, else an installed Chrome or Chromium. Rejects if there is none, and says how to get one.
 */
export function launchOptions(): Promise<LaunchOptions> {
  prepared ??= prepare();
  return prepared;
}

async function prepare(): Promise<LaunchOptions> {
  const given = process.env['CHROMIUM_PATH'];
  if (given) return { executablePath: given, args: ARGS, env: environment({}) };
  if (process.platform === 'linux' && process.arch === 'x64') return bundled();
  const executablePath = INSTALLED.find((path) => existsSync(path));
  if (executablePath) return { executablePath, args: ARGS, env: environment({}) };
  throw new Error('No browser for the tests: install Chrome, or name one with CHROMIUM_PATH=/path npm test');
}

async function bundled(): Promise<LaunchOptions> {
  const folder = join(TOOLCHAIN, `chromium-${packageVersion()}`);
  if (!existsSync(folder)) await unpack(folder);
  const executablePath = join(folder, 'chromium');
  const env: Record<string, string> = {};
  if (await lacksLibraries(executablePath)) env['LD_LIBRARY_PATH'] = join(folder, 'al2023', 'lib');
  // A bare machine has no fonts at all, and text without a font has no width.
  if (!existsSync('/etc/fonts/fonts.conf')) env['FONTCONFIG_FILE'] = join(folder, 'fonts.conf');
  return { executablePath, args: ARGS, env: environment(env) };
}

function packageVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const manifest: unknown = createRequire(entry)('../package.json');
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return known ? String(manifest.version) : 'unknown';
}

/** Unpacks into another folder and renames it, so that an interrupted copy, or two processes at once, leave no broken browser. */
async function unpack(folder: string): Promise<void> {
  await mkdir(TOOLCHAIN, { recursive: true });
  const draft = await mkdtemp(`${folder}.`);
  try {
    await unpackInto(draft);
    await writeFile(join(draft, 'fonts.conf'), FONTS);
    await rename(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The package unpacks into the folder for temporary files, and nowhere else: in a process of its own, that is ours. */
async function unpackInto(folder: string): Promise<void> {
  const program = `
    const { default: chromium, inflate } = await import('@sparticuz/chromium');
    await chromium.executablePath();
    await inflate(process.argv[1]);`;
  const libraries = fileURLToPath(
    new URL('../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium')),
  );
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, libraries], {
    cwd: dirname(import.meta.dirname),
    env: { ...process.env, TMPDIR: folder },
  });
}

/** NSS and expat are not part of a bare Debian; the package brings copies of its own. */
async function lacksLibraries(executablePath: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ldd', [executablePath]);
  return stdout.includes('not found');
}

function environment(extra: Record<string, string>): Record<string, string> {
  const own = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { ...Object.fromEntries(own), ...extra };
}
