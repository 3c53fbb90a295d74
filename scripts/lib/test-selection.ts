import { parseArgs } from 'node:util';
import { LANES, type Lane, type Need, type TestFile } from './lanes.ts';
import { Failure } from './steps.mjs';

export const TEST_USAGE = `Usage: npm test [-- PATH...] [--lane ${LANES.toReversed().join('|')}] [-t NAME]

  Without arguments: the checks, then every test.
  PATH      a test file, or part of its path: packages/queue, stories, packages/api/test/endpoints.test.ts
  --lane    the tests of one lane; may be given more than once
  -t NAME   the tests whose name contains NAME`;

/** Which tests are asked for, and what has to be there for them. */
export interface TestSelection {
  /** True where nothing was chosen: then the checks are run as well. */
  readonly isAll: boolean;
  readonly files: readonly TestFile[];
  readonly needs: ReadonlySet<Need>;
  /** For vitest. */
  readonly args: readonly string[];
}

/** Throws a `Failure` with the usage for an argument that is not known, or that matches no test file. */
export function selectTests(args: readonly string[], files: readonly TestFile[]): TestSelection {
  const { paths, lanes, name } = read(args);
  for (const path of paths) {
    if (!files.some((file) => file.path.includes(path)))
      throw new Failure(`No test file has ${path} in its path.`, TEST_USAGE);
  }
  const chosen = files.filter(
    ({ path, lane }) =>
      (paths.length === 0 || paths.some((part) => path.includes(part))) &&
      (lanes.length === 0 || lanes.includes(lane)),
  );
  if (chosen.length === 0)
    throw new Failure(`No test file of ${paths.join(', ')} is in this lane.`, TEST_USAGE);
  return {
    isAll: args.length === 0,
    files: chosen,
    needs: new Set(chosen.flatMap(({ needs }) => [...needs])),
    args: [
      ...paths,
      ...lanes.map((lane) => `--project=${lane}`),
      ...(name === undefined ? [] : [`--testNamePattern=${name}`]),
    ],
  };
}

interface Arguments {
  readonly paths: readonly string[];
  readonly lanes: readonly Lane[];
  readonly name: string | undefined;
}

function read(args: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { lane: { type: 'string', multiple: true }, testNamePattern: { type: 'string', short: 't' } },
    });
    // As a shell completes them.
    const paths = positionals.map((path) => path.replace(/^\.\//, '').replace(/\/$/, ''));
    return { paths, lanes: (values.lane ?? []).map(asLane), name: values.testNamePattern };
  } catch (error) {
    if (error instanceof Failure) throw error;
    // The first sentence; what follows is about the ways of parseArgs.
    const [what = ''] = String(error instanceof Error ? error.message : error).split('. ', 1);
    throw new Failure(what, TEST_USAGE);
  }
}

function asLane(text: string): Lane {
  const lane = LANES.find((one) => one === text);
  if (lane === undefined) throw new Failure(`There is no lane ${text}.`, TEST_USAGE);
  return lane;
}
