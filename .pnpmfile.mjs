/*
 * What @spillway/queue says of itself where it is published. The catalog pins what is tried here; whoever installs the
 * package has other copies, and a pin would keep a second one beside theirs. What only this repository can run stays here.
 */
export const hooks = {
  beforePacking(manifest) {
    const ranges = Object.entries(manifest.dependencies ?? {}).map(([name, version]) => [
      name,
      `^${version}`,
    ]);
    const published = { ...manifest, dependencies: Object.fromEntries(ranges) };
    delete published.devDependencies;
    delete published.scripts;
    return published;
  },
};
