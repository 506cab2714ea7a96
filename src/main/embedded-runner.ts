import type { RunnerOptions } from '../cluster/embedded/ensure-runner.ts';
import { runEmbeddedRunner } from '../cluster/embedded/runner.ts';

// Arguments: the state directory, and the options as JSON. Started by the embedded cluster, never by hand.
const [stateDir = '', options = '{}'] = process.argv.slice(2);
// Its log is on the disk that the jobs fill: a line that cannot be written must not end the runner.
process.stderr.on('error', () => undefined);
await runEmbeddedRunner({
  stateDir,
  options: JSON.parse(options) as RunnerOptions,
  log: (line) => process.stderr.write(`${new Date().toISOString()} ${line}\n`),
});
