import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BugError } from '../errors.ts';
import { parseHandoverLog, parseRefusal } from './handover-log.ts';
import { type HandoverStep, renderHandoverScript } from './handover-script.ts';
import { limitsName, renderLimits } from './handover-windows.ts';
import { renderRelayScript } from './relay-script.ts';

// Real shells on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

// Stand-ins for Slurm's commands: the real ones are in test/cli/describe-submit-limits.ts.
const root = mkdtempSync(join(tmpdir(), 'srunx-windows-'));
afterAll(() => rmSync(root, { recursive: true }));

let directory: string;
let count = 0;
beforeEach(() => {
  count += 1;
  directory = join(root, `${count}-a b'$(x)`);
  mkdirSync(join(directory, 'bin'), { recursive: true });
  stub('sbatch', accept);
  stub('scontrol', answer);
  stub('scancel', 'echo "scancel $*" >>"$CALLS"');
  stub('sleep', 'echo "sleep $*" >>"$CALLS"');
});

/** Counts ids up from 100; refuses, in Slurm's words, what would be more than `limit` says. Each array here has two tasks. */
const accept = `used=$(cat "$CALLS.used" 2>/dev/null || echo 0) limit=$(cat "$CALLS.limit" 2>/dev/null || echo 99)
size=2
for word; do case $word in *relay.sh) size=1 ;; *srunx:*) token=\${word##*srunx:} ;; --dep*) edges=" $word" ;; esac; done
if [ $((used + size)) -gt "$limit" ]; then
  echo 'sbatch: error: AssocMaxSubmitJobLimit' >&2
  echo "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)" >&2
  exit 1
fi
echo $((used + size)) >"$CALLS.used"
n=$(cat "$CALLS.n" 2>/dev/null || echo 100)
echo $((n + 1)) >"$CALLS.n"
echo "sbatch $token $n$edges" >>"$CALLS"
echo "$n"`;

/** Tells the room as Slurm does. */
const answer = `case $1 in
  show)
    echo "ClusterName=c Account=lab UserName= Partition= ID=3"
    echo "    MaxJobs= MaxJobsAccrue= MaxSubmitJobs=1(1) MaxWallPJ="
    echo "ClusterName=c Account=lab UserName=ann(1000) Partition= ID=4"
    echo "    GrpSubmitJobs=N(7) GrpWall=N(0.00)"
    echo "    MaxJobs= MaxJobsAccrue= MaxSubmitJobs=$(cat "$CALLS.limit" 2>/dev/null || echo 99)($(cat "$CALLS.used")) MaxWallPJ=" ;;
  *) echo "scontrol $*" >>"$CALLS" ;;
esac`;

function stub(name: string, body: string): void {
  writeFileSync(join(directory, 'bin', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

function step(token: string, window: number, changes: Partial<HandoverStep> = {}): HandoverStep {
  return {
    ...{ token, window, options: [`--comment=srunx:${token}`], script: `/${token}.sh`, args: [], dependencies: [] },
    ...{ external: [], held: true, env: {}, cwd: '/' },
    ...changes,
  };
}

const pair = (first: string, second: string, window: number) => [
  step(first, window),
  step(second, window, { held: false, dependencies: [{ type: 'aftercorr', step: 2 * window }] }),
];
const three = [...pair('a', 'b', 0), ...pair('c', 'd', 1), ...pair('e', 'f', 2)];
const windows = { tasks: [4, 4, 4], room: ['users=ann', 'flags=assoc'] };
const relay = ['--job-name=srunx-relay', '--comment=srunx:relay'];

function write({ steps = three, isRelayed = false } = {}): void {
  const text = renderHandoverScript(directory, steps, isRelayed ? { ...windows, relay } : windows);
  writeFileSync(join(directory, 'handover.sh'), text);
  writeFileSync(join(directory, 'relay.sh'), renderRelayScript(directory));
}

const environment = () => ({
  PATH: `${join(directory, 'bin')}:${process.env['PATH']}`,
  CALLS: join(directory, 'calls'),
});

function run(script: string, { shell = 'sh', args = [], env = {} }: RunOptions = {}): string | undefined {
  const [program = 'sh', ...words] = shell.split(' ');
  spawnSync(program, [...words, join(directory, script), ...args], {
    env: { ...environment(), ...env },
    stdio: 'ignore',
  });
  const { end } = parseHandoverLog(read('handover.log'));
  return end === undefined ? undefined : Object.values(end).join(' ');
}

interface RunOptions {
  readonly shell?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const handOver = (options?: RunOptions) => run('handover.sh', options);
const open = (window: number) => writeFileSync(join(directory, `window.${window}`), '');
/** What was submitted is over. */
const empty = (used = 0) => writeFileSync(join(directory, 'calls.used'), `${used}`);
const limit = (jobs: number) => writeFileSync(join(directory, 'calls.limit'), `${jobs}`);

function read(name: string): string {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function calls(): string[] {
  const all = read('calls').split('\n').slice(0, -1);
  rmSync(join(directory, 'calls'), { force: true });
  return all;
}

const first = ['sbatch a 100', 'sbatch b 101 --dependency=aftercorr:100', 'scontrol release 100'];
const second = ['sbatch c 102', 'sbatch d 103 --dependency=aftercorr:102', 'scontrol release 102'];
const third = ['sbatch e 104', 'sbatch f 105 --dependency=aftercorr:104', 'scontrol release 104'];

describe('a batch in windows', () => {
  it.each([['sh'], ['bash'], ['bash --posix'], ['dash']])(
    'is submitted one by one, each when it is opened, under %s',
    (shell) => {
      if (spawnSync(shell.split(' ')[0] ?? '', ['-c', ':']).error !== undefined) return;
      write();
      expect([handOver({ shell }), calls()]).toEqual(['deferred 1 turn', first]);
      expect([handOver({ shell }), calls()]).toEqual(['deferred 1 turn', []]);
      open(1);
      expect([handOver({ shell }), calls()]).toEqual(['deferred 2 turn', second]);
      open(2);
      expect([handOver({ shell }), calls()]).toEqual(['done', third]);
      expect([handOver({ shell }), calls()]).toEqual(['done', []]);
      expect(read('handover.err')).toBe('');
      expect([...parseHandoverLog(read('handover.log')).released]).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    },
  );

  it('may have all of them open', () => {
    write();
    open(1);
    open(2);
    expect([handOver(), calls()]).toEqual(['done', [...first, ...second, ...third]]);
  });

  it('is submitted two by two where it is large, but not across windows', () => {
    stub(
      'sbatch',
      'case $* in *srunx:t*) n=${*##*srunx:t}; echo "sbatch ${n%% *}" >>"$CALLS"; echo $((1000 + ${n%% *})) ;; esac',
    );
    const many = Array.from({ length: 27 }, (_, index) => step(`t${index}`, Math.floor(index / 9)));
    write({ steps: many });
    expect(handOver()).toBe('deferred 1 turn');
    expect(calls().filter((line) => line.startsWith('sbatch'))).toHaveLength(9);
    open(1);
    expect(handOver()).toBe('deferred 2 turn');
    const released = calls().flatMap((line) => /^scontrol release (.*)/.exec(line)?.[1]?.split(',') ?? []);
    expect(released).toEqual(Array.from({ length: 9 }, (_, index) => `${1009 + index}`));
  });

  it('has its variables in each window', () => {
    stub('sbatch', `echo "$A" >>"$CALLS.a"; ${accept}`);
    write({ steps: three.map((one) => ({ ...one, env: { A: 'x' } })) });
    handOver();
    open(1);
    handOver();
    expect(read('calls.a')).toBe('x\nx\nx\nx\n');
  });

  it('heeds what was said meanwhile of how many tasks run at once', () => {
    stub('sbatch', `for word; do case $word in --array=*) echo "$word" >>"$CALLS.arrays" ;; esac; done; ${accept}`);
    write({
      steps: three.map((one) => ({ ...one, options: ['--array=0-3,7%4', '--comment=a b%4', ...one.options] })),
    });
    handOver();
    writeFileSync(join(directory, limitsName), renderLimits(new Map([['c', 2]])));
    open(1);
    handOver();
    expect(read('calls.arrays').trim().split('\n')).toEqual([
      ...['--array=0-3,7%4', '--array=0-3,7%4'],
      ...['--array=0-3,7%2', '--array=0-3,7%4'],
    ]);
  });

  it('has no edge from one to another', () => {
    const stranger = step('c', 1, { dependencies: [{ type: 'afterany', step: 0 }] });
    expect(() => renderHandoverScript(directory, [step('a', 0), stranger], windows)).toThrow(BugError);
  });

  it('ties tasks to each other window by window', () => {
    const tied = [0, 1].flatMap((window) => [
      step(`a${window}`, window),
      step(`b${window}`, window, {
        elements: { tasks: '0-1', edges: [{ type: 'afternotok', step: 2 * window }], after: [] },
      }),
    ]);
    stub('scontrol', `${answer.replace('*)', '"") while read -r line; do echo "$line" >>"$CALLS"; done ;;\n  *)')}`);
    write({ steps: tied });
    expect(handOver()).toBe('deferred 1 turn');
    expect(calls().filter((line) => line.startsWith('update'))).toEqual([
      'update JobId=101_0 Dependency=afternotok:100_0',
      'update JobId=101_1 Dependency=afternotok:100_1',
    ]);
    open(1);
    expect(handOver()).toBe('deferred 2 turn');
    expect(calls().filter((line) => line.startsWith('update'))[0]).toBe(
      'update JobId=103_0 Dependency=afternotok:102_0',
    );
  });
});

describe('no room in the queue', () => {
  it('in the first window takes everything back', () => {
    limit(3);
    write();
    expect([handOver(), calls()]).toEqual(['withdrawn', ['sbatch a 100', 'scancel 100']]);
    expect(parseRefusal(read('refused.txt'))).toMatchObject({
      token: 'b',
      message: expect.stringContaining('AssocMaxSubmitJobLimit'),
    });
  });

  it('for all of a later one: nothing of it is submitted, until there is', () => {
    limit(7);
    write();
    handOver();
    open(1);
    calls();
    expect([handOver(), calls()]).toEqual(['deferred 1 room', []]);
    empty(3);
    expect([handOver(), calls()]).toEqual(['deferred 2 turn', second]);
  });

  it.each([
    'sbatch: error: AssocMaxSubmitJobLimit',
    'sbatch: error: AssocGrpSubmitJobsLimit',
    'sbatch: error: QOSMaxSubmitJobPerUserLimit',
    'sbatch: error: QOSMaxSubmitJobPerAccountLimit',
    'sbatch: error: QOSGrpSubmitJobsLimit',
    'sbatch: error: Batch job submission failed: Resource temporarily unavailable',
  ])('where somebody was faster: what is there stays held, and the rest follows: %s', (words) => {
    write();
    handOver();
    open(1);
    calls();
    stub('sbatch', `case $* in *srunx:d*) echo '${words}' >&2; exit 1 ;; esac\n${accept}`);
    expect([handOver(), calls()]).toEqual(['deferred 1 room', ['sbatch c 102']]);
    expect(existsSync(join(directory, 'claims', 'd'))).toBe(false);
    stub('sbatch', accept);
    limit(8);
    // What is there counts itself, so it is not asked for again.
    expect([handOver(), calls()]).toEqual(['deferred 2 turn', second.slice(1)]);
  });

  it('is found out by trying where the controller does not tell', () => {
    write();
    handOver();
    open(1);
    calls();
    limit(5);
    stub('scontrol', 'exit 1');
    expect([handOver(), calls()]).toEqual(['deferred 1 room', []]);
  });
});

describe('another refusal in a later window', () => {
  it('takes back what of it is there, and nothing that was let go on before', () => {
    write();
    handOver();
    open(1);
    calls();
    stub('sbatch', `case $* in *srunx:d*) echo 'Invalid account' >&2; exit 1 ;; esac\n${accept}`);
    expect([handOver(), calls()]).toEqual(['withdrawn', ['sbatch c 102', 'scancel 102']]);
    expect(parseRefusal(read('refused.txt'))).toMatchObject({ token: 'd', message: 'Invalid account' });
  });

  it('is none where the controller does not answer its first call', () => {
    write();
    handOver();
    open(1);
    stub('sbatch', `echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1`);
    expect(handOver()).toBe('stopped c');
    stub('sbatch', accept);
    calls();
    expect([handOver(), calls()]).toEqual(['deferred 2 turn', second]);
  });
});

describe('between two windows', () => {
  it('a mark ends the batch, and its relay, but not what runs', () => {
    write({ isRelayed: true });
    handOver();
    calls();
    writeFileSync(join(directory, 'withdrawn'), '');
    open(1);
    expect([handOver(), calls()]).toEqual(['withdrawn', ['scancel 102']]);
  });

  it('cells that have failed end it', () => {
    write();
    handOver();
    calls();
    open(1);
    symlinkSync('a.0', join(directory, 'stopped.sweep'));
    expect([handOver(), calls()]).toEqual(['withdrawn', []]);
    // For ever, and for everybody.
    expect(existsSync(join(directory, 'withdrawn'))).toBe(true);
  });

  it('a pause holds it up', () => {
    write();
    handOver();
    calls();
    open(1);
    writeFileSync(join(directory, 'paused'), '');
    expect([handOver(), calls()]).toEqual(['deferred 1 paused', []]);
    rmSync(join(directory, 'paused'));
    expect(handOver()).toBe('deferred 2 turn');
  });
});

describe('a relay', () => {
  /** As the job that was written down for that window. */
  const later = ({ args, env }: { readonly args: readonly [string] } & Pick<RunOptions, 'env'>) => {
    const own = /\d+/.exec(read(`relays/${Number(args[0]) - 1}`))?.[0] ?? '';
    return run('relay.sh', { args, env: { SLURM_JOB_ID: own, ...env } });
  };
  const relayed = ['sbatch relay 102 --dependency=afterany:100:101'];

  it('is submitted before the release, once, for each window but the last', () => {
    write({ isRelayed: true });
    expect([handOver(), calls()]).toEqual(['deferred 1 turn', [...first.slice(0, 2), ...relayed, first[2]]]);
    expect(read('relays/0')).toBe('job 102\n');
    expect(later({ args: ['1'] })).toBe('deferred 2 turn');
    expect(read('relays/1')).toBe('job 105\n');
    expect(later({ args: ['2'] })).toBe('done');
    expect(existsSync(join(directory, 'relays', '2'))).toBe(false);
    expect(calls().filter((line) => line.startsWith('sbatch'))).toHaveLength(5);
  });

  it('waits for what its window waits for: all of that may be cancelled before', () => {
    const external = ['7', '8'].map((jobId) => ({ type: 'afterany' as const, jobId }));
    const [a, ...others] = three;
    write({ isRelayed: true, steps: [{ ...step('a', 0), ...a, external }, ...others] });
    expect([handOver(), calls()[2]]).toEqual(['deferred 1 turn', 'sbatch relay 102 --dependency=afterany:7:8:100:101']);
  });

  it('counts as room taken', () => {
    write({ isRelayed: true });
    handOver();
    open(1);
    empty();
    limit(4);
    expect(handOver()).toBe('deferred 1 room');
    limit(5);
    expect(handOver()).toBe('deferred 2 turn');
  });

  it('that is refused is no matter: somebody else has to go on', () => {
    stub('sbatch', `case $* in *relay.sh*) echo 'first'; echo 'Invalid qos' >&2; exit 1 ;; esac\n${accept}`);
    write({ isRelayed: true });
    expect([handOver(), calls()]).toEqual(['deferred 1 turn', first]);
    expect(read('relays/0')).toBe('none Invalid qos\n');
  });

  it('that was killed before its id was written is submitted again, and one that comes late finds nothing to do', () => {
    write({ isRelayed: true });
    handOver();
    later({ args: ['1'] });
    later({ args: ['2'] });
    calls();
    expect([later({ args: ['1'] }), later({ args: ['2'] }), calls()]).toEqual(['done', 'done', []]);
  });

  it('that finds no room goes back into the queue, and waits longer each time', () => {
    write({ isRelayed: true });
    handOver();
    limit(7);
    calls();
    const env = { SLURM_JOB_ID: '102' };
    expect(later({ args: ['1'], env })).toBe('deferred 1 room');
    later({ args: ['1'], env: { ...env, SLURM_RESTART_COUNT: '2' } });
    later({ args: ['1'], env: { ...env, SLURM_RESTART_COUNT: '40' } });
    const requeued = (delay: number) => [
      'scontrol requeue 102',
      'sleep 2',
      `scontrol update JobId=102 StartTime=now+${delay}`,
    ];
    expect(calls()).toEqual([...requeued(30), ...requeued(120), ...requeued(600)]);
  });

  it('leaves where another one is meant: two that wait for room would take it from each other for ever', () => {
    write({ isRelayed: true });
    handOver();
    limit(7);
    calls();
    const env = { SLURM_JOB_ID: '98' };
    expect([later({ args: ['1'], env }), calls()]).toEqual(['deferred 1 turn', []]);
    expect(existsSync(join(directory, 'window.1'))).toBe(false);
    // Nobody was told the id of the only one there is.
    writeFileSync(join(directory, 'relays', '0'), '');
    expect(later({ args: ['1'], env })).toBe('deferred 1 room');
    expect(calls()[0]).toBe('scontrol requeue 98');
  });

  it('does not cancel itself when the batch is over', () => {
    write({ isRelayed: true });
    handOver();
    calls();
    symlinkSync('a.0', join(directory, 'stopped.sweep'));
    expect([later({ args: ['1'], env: { SLURM_JOB_ID: '102' } }), calls()]).toEqual(['withdrawn', []]);
  });

  it('keeps what Slurm gave it from the jobs', () => {
    write({ isRelayed: true });
    handOver();
    stub('sbatch', `env | grep -E '^(SLURM|CUDA)' >>"$CALLS.env"; ${accept}`);
    later({ args: ['1'], env: { SLURM_JOB_ID: '102', CUDA_VISIBLE_DEVICES: 'NoDevFiles', SLURM_NTASKS: '1' } });
    expect(read('calls.env')).toBe('');
  });

  it.each([[true], [false]])(
    'and a driver at the same moment submit nothing twice; with flock: %s',
    async (hasFlock) => {
      if (!hasFlock) hideFlock();
      stub('sbatch', `/bin/sleep 0.05\n${accept}`);
      write({ isRelayed: true });
      handOver();
      open(1);
      open(2);
      calls();
      const path = hasFlock ? environment().PATH : join(directory, 'bin');
      const env = { ...environment(), PATH: path, SLURM_JOB_ID: '102' };
      const start = (...words: string[]) => once(spawn('/bin/sh', words, { env, stdio: 'ignore' }), 'exit');
      await Promise.all([
        start(join(directory, 'relay.sh'), '1'),
        start(join(directory, 'handover.sh')),
        start(join(directory, 'handover.sh')),
      ]);
      // Without a lock one of them may have stopped at a claim of another: nothing is sent twice, and the next start goes on.
      run('handover.sh', { env: { PATH: path } });
      const tokens = calls().flatMap((line) => /^sbatch ([c-f]) /.exec(line)?.[1] ?? []);
      expect(tokens.sort()).toEqual(['c', 'd', 'e', 'f']);
      expect(parseHandoverLog(read('handover.log')).end).toEqual({ kind: 'done' });
    },
  );

  /** Only what the scripts need. */
  function hideFlock(): void {
    const tools = [
      'sh',
      'grep',
      'sort',
      'xargs',
      'mkdir',
      'rm',
      'mv',
      'date',
      'uname',
      'env',
      'cat',
      'sed',
      'tail',
      'head',
      'awk',
    ];
    for (const tool of tools)
      symlinkSync(spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim(), join(directory, 'bin', tool));
  }
});

describe('killed at any point', () => {
  const killHandover = 'kill -9 $PPID';
  const killAbove = 'kill -9 $(sed -n \'s/^begin \\([0-9]*\\) .*/\\1/p\' "${CALLS%calls}handover.log" | tail -n 1)';

  it.each([
    [
      'before the first of a window',
      `case $* in *srunx:c*) ${killHandover}; exit 1 ;; esac\n${accept}`,
      'unresolved c',
    ],
    [
      'with the relay',
      `case $* in *relay.sh*) [ -e "$CALLS.once" ] || { : >"$CALLS.once"; ${killHandover}; exit 1; } ;; esac\n${accept}`,
      'deferred 1 turn',
    ],
  ])('%s: the next start goes on, or stops where only a look can tell', (_, body, end) => {
    stub('sbatch', body);
    write({ isRelayed: true });
    if (end.endsWith('c')) open(1);
    expect(handOver()).toBeUndefined();
    expect(handOver()).toBe(end);
    const submitted = calls().flatMap((line) => /^sbatch (\S) /.exec(line)?.[1] ?? []);
    expect(submitted).toEqual(['a', 'b']);
  });

  it('at the release of a window: it is released again, and no earlier one', () => {
    write();
    handOver();
    open(1);
    calls();
    stub('scontrol', `case $1 in release) ${killAbove} ;; *) ${answer.replace('case $1 in', 'case $1 in')}\n esac`);
    expect(handOver()).toBeUndefined();
    stub('scontrol', answer);
    calls();
    expect([handOver(), calls()]).toEqual(['deferred 2 turn', ['scontrol release 102']]);
  });
});
