import { execFile } from 'node:child_process';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, '../../..');
const WEB = join(REPOSITORY, 'apps/web');
/** As deep in the tree as the original, so that its relative paths hold. */
const COPY = join(REPOSITORY, 'bench/.web');
const NEXT = join(WEB, 'node_modules/next/dist/bin/next');
const SOURCES = ['src', 'next.config.ts', 'package.json', 'postcss.config.mjs', 'tsconfig.json'];

const CONSTANT = `
export async function POST(request: Request): Promise<Response> {
  const body: unknown = await request.json();
  return Response.json({ message: 'Submission received!', seen: body !== undefined }, { status: 202 });
}
`;

/**
 * Builds a copy of the web app for production, with one more route: `/api/constant` parses the JSON and answers.
 * Gives the server's program.
 */
export async function buildWeb(): Promise<string> {
  await mkdir(COPY, { recursive: true });
  await rm(join(COPY, 'src'), { recursive: true, force: true });
  for (const source of SOURCES) await cp(join(WEB, source), join(COPY, source), { recursive: true });
  await symlink(join(WEB, 'node_modules'), join(COPY, 'node_modules')).catch(ignoreExisting);
  const route = join(COPY, 'src/app/api/constant');
  await mkdir(route);
  await writeFile(join(route, 'route.ts'), CONSTANT);
  await run(process.execPath, [NEXT, 'build'], {
    cwd: COPY,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
  });
  return join(COPY, '.next/standalone/bench/.web/server.js');
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
