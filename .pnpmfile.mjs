/*
 * What @spillway/queue says of itself where it is published. The catalog pins what is tried here; whoever installs the
 * package has other copies, and a pin would keep a second one beside theirs. What only this repository can run stays here.
 */
export const hooks = {
  beforePacking(manifest) {
    const { devDependencies, scripts, ...published } = manifest;
    const ranges = Object.entries(published.dependencies ?? {}).map(([name, version]) => [name, `^${version}`]);
    return { ...published, dependencies: Object.fromEntries(ranges) };
  },
};
