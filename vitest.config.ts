import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Folders of `test` that hold no tests of their own. */
const shared = new Set(['fixtures', 'golden', 'support']);

const suites = readdirSync(new URL('test', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !shared.has(entry.name))
  .map(({ name }) => ({
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      globalSetup: ['test/support/global-cluster.ts'],
      // These suites drive real servers and processes and share them: one file after another.
      fileParallelism: false,
      testTimeout: name === 'chaos' ? 3_600_000 : 120_000,
      hookTimeout: 300_000,
    },
  }));

/** One vitest project per kind of test, so that each suite can be run and timed by its name. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          testTimeout: 30_000,
          include: ['src/**/*.test.ts', 'dev/**/*.test.ts'],
          // A hundred small files: a fresh module graph for each, on all cores but one, took most of the time of `npm run check`.
          isolate: false,
          maxWorkers: '100%',
        },
      },
      ...suites,
    ],
  },
});
