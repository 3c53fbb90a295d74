import { join } from 'node:path';
import { Service } from './service.ts';
import { Failure, run, step } from './steps.mjs';

const WEB_PORT = 3000;
const HEALTH_PORT = 3001;
const READY_PATH = '/api/health/ready';
const SERVER = '.next/standalone/apps/web/server.js';
const ANY_HOSTS = ['0.0.0.0', '::'];

const repository = join(import.meta.dirname, '../..');

/** The default ports of web and worker. */
export const USUAL_PORTS = { web: WEB_PORT, health: HEALTH_PORT } as const;

export interface ApplicationsOptions {
  /** Where both listen. */
  readonly host: string;
  readonly webPort: number;
  readonly healthPort: number;
  /** The environment of both processes, without host and ports. */
  readonly env: NodeJS.ProcessEnv;
  readonly logs: string;
}

/** Web and worker as they run in production: the standalone server and the bundle. */
export class Applications {
  readonly #options: ApplicationsOptions;
  readonly #services: Service[] = [];
  #stopping = false;

  constructor(options: ApplicationsOptions) {
    this.#options = options;
  }

  /** Rejects when one of them ended too often. Never resolves. */
  get gaveUp(): Promise<never> {
    return Promise.race(this.#services.map((service) => service.gaveUp));
  }

  /** What a person can open. */
  get addresses(): { readonly site: string; readonly worker: string } {
    const { host, webPort, healthPort } = this.#options;
    const shown = ANY_HOSTS.includes(host) || host === '127.0.0.1' ? 'localhost' : host;
    return { site: `http://${shown}:${webPort}`, worker: `http://${shown}:${healthPort}${READY_PATH}` };
  }

  /** Resolves once both are ready. */
  async start(): Promise<void> {
    const { host, webPort, healthPort, env } = this.#options;
    const web = { ...env, NODE_ENV: 'production', HOSTNAME: host, PORT: String(webPort) };
    const worker = { ...env, NODE_ENV: 'production', HOST: host, HEALTH_PORT: String(healthPort) };
    await Promise.all([
      step('Web', 'ready', this.#start('web', SERVER, webPort, web)),
      step('Worker', 'ready', this.#start('worker', 'dist/main.js', healthPort, worker)),
    ]);
  }

  /** SIGTERM, and SIGKILL for what has not ended after the grace. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#services.map((service) => service.stop(graceMs)));
  }

  async #start(name: 'web' | 'worker', program: string, port: number, env: NodeJS.ProcessEnv): Promise<void> {
    if (this.#stopping) throw new Failure('Interrupted.');
    const { host, logs } = this.#options;
    const service = new Service({
      name,
      args: [program],
      env,
      cwd: join(repository, 'apps', name),
      logFile: join(logs, `${name}.log`),
      readyUrl: `http://${ANY_HOSTS.includes(host) ? '127.0.0.1' : host}:${port}${READY_PATH}`,
    });
    this.#services.push(service);
    service.start();
    await Promise.race([service.whenReady(), service.gaveUp]);
  }
}

/** Builds both for production. */
export function buildApplications(): Promise<void> {
  const packages = ['--filter=@spillway/web', '--filter=@spillway/worker'];
  return run('node_modules/.bin/turbo', ['run', 'build', ...packages, '--output-logs=errors-only'], {
    cwd: repository,
  });
}

/** Also one with characters that should have been escaped, and one that stands among an address' parameters. */
export function hidePassword(url: string): string {
  return url
    .replace(/(?<=:\/\/[^/:]*:).*(?=@)/, '***')
    .replace(/(?<=[?&][^=&]*(?:password|secret|token)[^=&]*=)[^&]*/gi, '***');
}
