import { defineConfig } from 'tsdown';

// One file with everything inside: it starts in a fraction of the time, and the memory, that loading the
// dependencies' hundreds of modules takes.
export default defineConfig({
  entry: ['src/main.ts'],
  platform: 'node',
  target: 'node24',
  fixedExtension: false,
  dts: false,
  deps: { alwaysBundle: [/./], onlyBundle: false },
});
