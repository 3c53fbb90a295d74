import { spawn } from 'node:child_process';
import { inspect } from 'node:util';
// By its path: this runs before any package is installed.
import { stripControl } from '../../packages/terminal/index.mjs';

// Everything that the steps' commands print is shown as it comes.
const verbose = process.env.SPILLWAY_VERBOSE === '1';

const NAME_WIDTH = 12;
const live = process.stdout.isTTY && !verbose;
const running = /** @type {Set<string>} */ (new Set());
const children = /** @type {Set<import('node:child_process').ChildProcess>} */ (new Set());

/** Something that a person has to act on: no stack trace, but what happened, what to do, and the details. */
export class Failure extends Error {
  /**
   * @param {string} message
   * @param {string} [remedy]
   * @param {string} [details]
   */
  constructor(message, remedy, details) {
    super(message);
    this.remedy = remedy;
    this.details = details;
  }
}

/**
 * One named step that has just begun; one line once it is done: "Packages   installed in 16 s".
 *
 * @template T
 * @param {string} name
 * @param {string} done
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, done, work) {
  const startedAt = performance.now();
  running.add(name);
  showRunning();
  try {
    const result = await work;
    finish(name, `${done} in ${duration(performance.now() - startedAt)}`);
    return result;
  } catch (error) {
    finish(name, `failed after ${duration(performance.now() - startedAt)}`);
    throw error;
  }
}

/**
 * @param {string} name
 * @param {string} text
 */
export function line(name, text) {
  hideRunning();
  console.log(visible(`${name.padEnd(NAME_WIDTH)}${text}`));
  showRunning();
}

/**
 * @param {string} name
 * @param {string} text
 */
function finish(name, text) {
  running.delete(name);
  line(name, text);
}

function showRunning() {
  if (live && running.size > 0) process.stdout.write(`\r\x1b[2K${[...running].join(', ')} …`);
}

function hideRunning() {
  if (live) process.stdout.write('\r\x1b[2K');
}

/**
 * Runs a command to its end. Its output is kept back, and becomes the details of the failure if it fails.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, remedy?: string }} [options]
 * @returns {Promise<void>}
 */
export function run(file, args, { cwd, env, remedy } = {}) {
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      if (verbose) process.stderr.write(stripControl(text, { lines: true, colours: true }));
      else output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Failure(`${file}: ${error.message}`, remedy)));
    child.once('close', (code, signal) => {
      children.delete(child);
      if (code === 0) resolve();
      else
        reject(new Failure(`${file} ${args.join(' ')} ended with ${signal ?? code}.`, remedy, output.trim()));
    });
  });
}

/** Asks the commands that still run to end. */
export function stopCommands() {
  for (const child of children) child.kill('SIGTERM');
}

/**
 * Prints what went wrong and has the process end with 1.
 *
 * @param {unknown} error
 */
export function report(error) {
  hideRunning();
  process.exitCode = 1;
  if (!(error instanceof Failure)) return console.error(visible(inspect(error)));
  if (error.details) console.error(`\n${visible(error.details)}`);
  console.error(visible(`\n${error.message}${error.remedy ? `\n${error.remedy}` : ''}`));
}

/** @param {string} text */
function visible(text) {
  return stripControl(text, { lines: true });
}

/**
 * Milliseconds in words: "0.4 s", "16 s", "2 min 5 s".
 *
 * @param {number} ms
 */
export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
