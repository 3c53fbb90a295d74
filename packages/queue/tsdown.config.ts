import { defineConfig } from 'tsdown';

// What the tarball carries: one file of code and one of declarations, unminified, with the dependencies left outside.
export default defineConfig({
  entry: ['src/index.ts'],
  platform: 'node',
  target: 'node22.12',
  fixedExtension: false,
  dts: true,
});
