import { defineConfig } from 'tsdown';

// One file with everything inside, as for the worker: a command is to answer at once.
export default defineConfig({
  entry: ['src/main.ts'],
  platform: 'node',
  target: 'node24',
  fixedExtension: false,
  dts: false,
  deps: { alwaysBundle: [/./], onlyBundle: false },
});
