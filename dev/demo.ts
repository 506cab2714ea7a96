import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `npm run demo`: the Iris workflow on the embedded runner, with everything it writes under `.cache/demo`, so that neither the
 * user's files nor the examples' folders change.
 */

const root = join(import.meta.dirname, '..');
const home = join(root, '.cache', 'demo');
const results = join(home, 'results');
const env = {
  ...process.env,
  XDG_STATE_HOME: join(home, 'state'),
  XDG_DATA_HOME: join(home, 'data'),
  XDG_CACHE_HOME: join(home, 'cache'),
  XDG_CONFIG_HOME: join(home, 'config'),
  SRUNX_RUN_DIR: join(home, 'runs'),
};

const next = `
Try next:
  bin/srunx flow run examples/diamond/workflow.yaml --embedded   a job fails on purpose; the others do what their edges say
  bin/srunx flow run examples/iris/workflow.yaml --dry-run       the scripts and command lines, nothing is submitted
  npm run cluster -- up                                          a real Slurm on this machine; then, in a shell of its own:
  npm run cluster -- shell                                       bin/srunx flow run examples/iris/workflow.yaml
More: README.md, docs/guide/getting-started.md`;

interface RunJson {
  readonly run_id: string;
  readonly jobs: readonly { readonly name: string; readonly job_id: string | null; readonly state: string }[];
}

const interrupted = 130;
// An interrupt reaches the child too: it says how things stand, and its exit code becomes ours.
process.on('SIGINT', () => undefined);
process.exitCode = await main();

async function main(): Promise<number> {
  const start = performance.now();
  // From nothing every time; only Node's compile cache stays. A runner whose queue disappears ends by itself.
  for (const name of ['state', 'runs', 'results']) rmSync(join(home, name), { recursive: true, force: true });
  say('srunx demo: split the Iris data, train three classifiers in parallel, compare them.');
  say('Everything runs on this machine, without Slurm.\n');
  const workflow = 'examples/iris/workflow.yaml';
  say(`$ srunx flow run ${workflow} --embedded`);
  const code = await srunx(['flow', 'run', workflow, '--embedded', '--arg', `results=${results}`]);
  if (code === interrupted) return code;
  const run = await lastRun();
  if (code !== 0 || run === undefined) {
    await explain(run);
    return code === 0 ? 1 : code;
  }
  const report = await showLog(run, 'report');
  if (report !== 0) return report;
  say(`\nDone in ${((performance.now() - start) / 1000).toFixed(1)} s; what the jobs wrote is in .cache/demo/results.`);
  say(next);
  return 0;
}

/** The run just made: the newest one of the demo's own store. */
async function lastRun(): Promise<RunJson | undefined> {
  let text = '';
  const code = await srunx(['flow', 'status', '--json', '--quiet'], (chunk) => {
    text += chunk;
  });
  return code === 0 ? (JSON.parse(text) as RunJson) : undefined;
}

async function showLog(run: RunJson, name: string): Promise<number> {
  const jobId = run.jobs.find((job) => job.name === name)?.job_id;
  if (jobId === undefined || jobId === null) {
    say(`The job ${name} has no id.`);
    return 1;
  }
  say(`\n$ srunx tail --all ${jobId} --embedded    # the log of \`${name}\``);
  return srunx(['tail', '--all', jobId, '--embedded']);
}

/** Shows the logs of what failed; the exit code stays the run's. */
async function explain(run: RunJson | undefined): Promise<void> {
  if (run !== undefined) {
    const failed = run.jobs.filter(({ state }) => state === 'failed' || state === 'timeout');
    for (const { name } of failed) await showLog(run, name);
  }
  say('\nsrunx demo: failed; see above.');
}

/** Runs the built program and waits for its end; its output is shown, or given to `onOutput`. */
function srunx(args: readonly string[], onOutput?: (text: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'dist', 'srunx.js'), ...args], {
      cwd: root,
      env,
      stdio: ['inherit', onOutput === undefined ? 'inherit' : 'pipe', 'inherit'],
    });
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => onOutput?.(chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function say(text: string): void {
  console.log(text);
}
