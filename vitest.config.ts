import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders of `test` that hold no tests of their own. */
const shared = new Set(['fixtures', 'golden', 'support']);

/** So many files of the suites run side by side: each worker has a cluster of its own (see `test/support/dev-cluster.ts`). */
const workers = Number(process.env['SRUNX_TEST_WORKERS'] ?? 1);

const suites = readdirSync(new URL('test', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !shared.has(entry.name))
  .map(({ name }) => ({
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      globalSetup: ['test/support/global-cluster.ts'],
      // These suites drive real servers and processes, and the files of one worker share them.
      fileParallelism: workers > 1,
      maxWorkers: workers,
      // Not together with the unit tests, which take every core.
      sequence: { groupOrder: 1 },
      testTimeout: name === 'chaos' ? 3_600_000 : 120_000,
      hookTimeout: 300_000,
      // A busy machine shows things later.
      expect: { poll: { timeout: 30_000 } },
    },
  }));

/** Vitest takes large files first. These only call what lies beside them, and last longest: they are not to be left over at the end. */
class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => /[/]submit-limits-\w+\.test\.ts$/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** One vitest project per kind of test, so that each suite can be run and timed by its name. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongFilesFirst },
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
