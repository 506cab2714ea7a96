// A sweep run by a program. One cell fails on purpose, and then the program ends what has not begun.
//
//   node examples/library/sweep.mjs
//
// `srunx` is this checkout's own library, as `dist` has it: `npm run build` makes it.
import { SweepOrchestrator } from 'srunx';

const sweep = new SweepOrchestrator({
  target: process.argv[2] ?? 'embedded',
  workflowData: {
    name: 'rates',
    args: { lr: 0.1 },
    jobs: [{ name: 'train', command: 'sleep 1; test {{ lr }} != 0.3' }],
  },
  sweepSpec: { matrix: { lr: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] }, maxParallel: 1 },
  callbacks: [
    {
      onJobCompleted: ({ cell }) => console.log(`cell ${cell} is done`),
      onJobFailed() {
        void sweep.requestCancel();
      },
    },
  ],
});

const { status, cellsCompleted, cellsFailed, cellCount, error } = await sweep.run();
console.log(`${status}: ${cellsCompleted} of ${cellCount} cells completed, ${cellsFailed} failed (${error})`);
