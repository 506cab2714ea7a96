import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { BugError } from '../errors.ts';
import { parseHandoverLog, parseRefusal } from './handover-log.ts';
import { type HandoverStep, renderHandoverScript } from './handover-script.ts';

// Stand-ins for Slurm's commands, for faults that a real cluster does not show on demand. The real one is in test/slurm.
const root = mkdtempSync(join(tmpdir(), 'srunx-handover-'));
afterAll(() => rmSync(root, { recursive: true }));

let directory: string;
let count = 0;
beforeEach(() => {
  count += 1;
  directory = join(root, `${count}-a b'$(x)`);
  mkdirSync(join(directory, 'bin'), { recursive: true });
  stub('sbatch', accept);
  stub('scontrol', 'echo "scontrol $*" >>"$CALLS"');
  stub('scancel', 'echo "scancel $*" >>"$CALLS"');
  stub('sleep', 'echo "sleep $*" >>"$CALLS"');
});

/** Counts ids up from 100 and notes down the token. */
const accept = `n=$(cat "$CALLS.n" 2>/dev/null || echo 100)
echo $((n + 1)) >"$CALLS.n"
for word; do case $word in *srunx:*) token=\${word##*srunx:} ;; esac; done
echo "sbatch $token $n" >>"$CALLS"
echo "$n"`;

/** In a stand-in: kills the hand-over itself, its parent, as `kill -9` or a lost node would. */
const killHandover = 'kill -9 $PPID';

/** The same in a stand-in whose parent is one of several that release. */
const killAboveRelease = 'kill -9 $(sed -n \'s/^begin \\([0-9]*\\) .*/\\1/p\' "${CALLS%calls}handover.log")';

function stub(name: string, body: string): void {
  writeFileSync(join(directory, 'bin', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

function step(token: string, changes: Partial<HandoverStep> = {}): HandoverStep {
  return {
    ...{
      token,
      options: [`--comment=srunx:${token}`],
      script: `/${token}.sh`,
      args: [],
      dependencies: [],
      external: [],
    },
    ...{ held: true, env: {}, cwd: '/' },
    ...changes,
  };
}

function write(steps: readonly HandoverStep[]): void {
  writeFileSync(join(directory, 'handover.sh'), renderHandoverScript(directory, steps));
}

const environment = () => ({
  PATH: `${join(directory, 'bin')}:${process.env['PATH']}`,
  CALLS: join(directory, 'calls'),
});

/** Runs the script to its end and returns its last word. */
function handOver(shell = ['sh'], env: Record<string, string> = {}): string | undefined {
  const [program = 'sh', ...args] = shell;
  spawnSync(program, [...args, join(directory, 'handover.sh')], {
    env: { ...environment(), ...env },
    stdio: 'inherit',
  });
  const { end } = parseHandoverLog(read('handover.log'));
  return end === undefined ? undefined : 'token' in end ? `${end.kind} ${end.token}` : end.kind;
}

/** Runs the script to its end and returns what it says on its own. */
function sayings([program = 'sh', ...args]: readonly string[]): string {
  const options = { env: environment(), encoding: 'utf8' } as const;
  const { stdout, stderr } = spawnSync(program, [...args, join(directory, 'handover.sh')], options);
  return stdout + stderr;
}

function read(name: string): string {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function calls(name = ''): string[] {
  return read('calls')
    .split('\n')
    .filter((line) => line !== '' && line.startsWith(name));
}

function receipts(): Record<string, string | undefined> {
  const names = existsSync(join(directory, 'claims')) ? readdirSync(join(directory, 'claims')).sort() : [];
  return Object.fromEntries(names.map((name) => [name, /^job (\S+)\n$/m.exec(read(`claims/${name}`))?.[1]]));
}

const chain = [step('a'), step('b', { held: false, dependencies: [{ type: 'afterok', step: 0 }] }), step('c')];

const unreachable = 'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)';

describe('the hand-over script', () => {
  it.each([['sh'], ['bash'], ['bash --posix'], ['dash']])('submits each job once under %s', (shell) => {
    if (spawnSync(shell.split(' ')[0] ?? '', ['-c', ':']).error !== undefined) return;
    write(chain);
    expect(handOver(shell.split(' '))).toBe('done');
    expect(handOver(shell.split(' '))).toBe('done');
    expect(calls()).toEqual(['sbatch a 100', 'sbatch b 101', 'sbatch c 102', 'scontrol release 100,102']);
    expect(receipts()).toEqual({ a: '100', b: '101', c: '102' });
    expect(parseHandoverLog(read('handover.log')).jobs).toEqual(
      new Map([
        ['a', '100'],
        ['b', '101'],
        ['c', '102'],
      ]),
    );
  });

  it('passes on options, edges, script, arguments, variables, directory and umask', () => {
    const cwd = join(directory, 'work dir');
    mkdirSync(cwd);
    stub('sbatch', `printf '%s\\0' "$PWD" "$(umask)" "\${A-unset}" "\${sbatch-unset}" "$@" >>"$CALLS.args"\n${accept}`);
    const env = { A: "it's\n$(x)", sbatch: '/nowhere', dir: 'x', PATH: '/bin:/usr/bin', users_umask: '0' };
    const options = ['--job-name=a b', "--comment=it's srunx:a"];
    const external = [
      { type: 'afterany', jobId: '7_3' },
      { type: 'afterok', jobId: '9' },
    ] as const;
    write([
      step('a', { env, cwd, options, args: ['', '-rf', '日本'] }),
      step('b', { held: false, external, dependencies: [{ type: 'afterok', step: 0 }] }),
    ]);
    const script = join(directory, 'handover.sh');
    spawnSync('sh', ['-c', 'umask 027; exec sh "$0"', script], { env: environment() });
    expect(parseHandoverLog(read('handover.log')).end).toEqual({ kind: 'done' });
    expect(read('calls.args').split('\0').slice(0, -1)).toEqual([
      ...[cwd, '0027', env.A, '/nowhere', '--parsable', ...options, '--hold', '/a.sh', '', '-rf', '日本'],
      ...['/', '0027', 'unset', 'unset', '--parsable', '--comment=srunx:b'],
      ...['--dependency=afterok:100:9,afterany:7_3', '--kill-on-invalid-dep=yes', '/b.sh'],
    ]);
  });

  it.each([
    ['101', '101'],
    ['101;other', '101'],
    ['sbatch: warning: your account ends soon\\n101', '101'],
    ['101\\nThank you for using this site', '101'],
    ['101\\n\\n', '101'],
    ['2 warnings\\n3*4\\n101;c\\n[0-9]\\n', '101'],
  ])('finds the id in the output %j', (output, id) => {
    stub('sbatch', `printf '${output}\\n'`);
    write([step('a')]);
    expect([handOver(), receipts()]).toEqual(['done', { a: id }]);
  });

  it("keeps the variables of the job it runs in from its own jobs, and the user's options", () => {
    stub('sbatch', `env | grep -E '^(SLURM|SBATCH)' | sort >"$CALLS.env"; ${accept}`);
    write([step('a')]);
    const variables = {
      SLURM_JOB_ID: '1',
      SLURM_NTASKS: '4',
      SLURM_MEM_PER_NODE: '9',
      SLURM_CONF: '/c',
      SLURMD_NODENAME: 'n',
    };
    handOver(['sh'], {
      ...variables,
      SBATCH_QOS: 'long',
      SBATCH_WAIT: '1',
      SLURM_LOG_DIR: '/l',
      SLURM_X: 'a\nSLURM_CONF=b',
    });
    expect(read('calls.env')).toBe('SBATCH_QOS=long\nSLURM_CONF=/c\nSLURM_LOG_DIR=/l\n');
  });

  it('releases hundreds of jobs in few commands', { timeout: 60_000 }, () => {
    stub('sbatch', 'case $* in *srunx:t*) n=${*##*srunx:t}; echo $((1000 + ${n%% *})) ;; esac');
    write(Array.from({ length: 501 }, (_, index) => step(`t${index}`)));
    expect(handOver()).toBe('done');
    const ids = calls('scontrol release').map((line) => line.replace('scontrol release ', '').split(','));
    // Side by side, so in any order.
    expect(ids.map(({ length }) => length).sort((a, b) => b - a)).toEqual([126, 126, 126, 123]);
    expect(new Set(ids.flat()).size).toBe(501);
  });

  it('writes many parents into one short argument', () => {
    const parents = ['a', 'b', 'c'].map((token) => step(token));
    const dependencies = (['afterok', 'afterany', 'afterok'] as const).map((type, index) => ({ type, step: index }));
    stub('sbatch', `for word; do case $word in --dep*) echo "$word" >"$CALLS.edges" ;; esac; done; ${accept}`);
    write([...parents, step('last', { dependencies, held: false })]);
    expect(handOver()).toBe('done');
    expect(read('calls.edges')).toBe('--dependency=afterok:100:102,afterany:101\n');
  });

  it.each(['../x', 'a b', '', '.hidden', 'a;b', '-x\n'])('takes no token %j', (token) => {
    expect(() => renderHandoverScript(directory, [step(token)])).toThrow(BugError);
  });

  it.each(['A B', '1A', '', 'A=B', 'A;x'])('takes no variable %j', (key) => {
    expect(() => renderHandoverScript(directory, [step('a', { env: { [key]: '' } })])).toThrow(BugError);
  });

  it('takes no child before its parent', () => {
    const child = step('a', { dependencies: [{ type: 'afterok', step: 1 }] });
    expect(() => renderHandoverScript(directory, [child, step('b')])).toThrow(BugError);
  });
});

describe('a refusal', () => {
  /** Refuses one token in these words; everything else is accepted. */
  const refuseAt = (token: string, { text, code }: { text: string; code: number }) =>
    stub('sbatch', `case $* in *srunx:${token}*) echo '${text}' >&2; exit ${code} ;; esac\n${accept}`);

  it.each([
    [1, 'sbatch: error: Batch job submission failed: Invalid partition name specified'],
    [255, 'sbatch: error: Invalid --time specification'],
    [127, 'sh: 1: exec: sbatch: not found'],
  ])('with exit code %i withdraws what was submitted, for ever', (code, text) => {
    refuseAt('c', { text, code });
    write([...chain, step('d')]);
    expect([handOver(), handOver()]).toEqual(['withdrawn', 'withdrawn']);
    expect(parseRefusal(read('refused.txt'))).toEqual({ token: 'c', code, message: text });
    expect(calls()).toEqual(['sbatch a 100', 'sbatch b 101', 'scancel 101 100', 'scancel 101 100']);
    expect(receipts()).toEqual({ a: '100', b: '101', c: undefined });
  });

  it('of a directory that does not exist is one too', () => {
    write([step('a', { cwd: join(directory, 'no such') })]);
    expect(handOver()).toBe('withdrawn');
    expect(parseRefusal(read('refused.txt'))).toMatchObject({
      token: 'a',
      message: expect.stringContaining('no such'),
    });
    expect(calls()).toEqual([]);
  });

  it('tries to withdraw until it works', () => {
    refuseAt('b', { text: 'no', code: 1 });
    stub('scancel', 'echo "scancel $*" >>"$CALLS"; [ $(grep -c scancel "$CALLS") -ge 3 ]');
    write(chain);
    expect(handOver()).toBe('withdrawn');
    expect(calls()).toEqual(['sbatch a 100', 'scancel 100', 'sleep 2', 'scancel 100', 'sleep 4', 'scancel 100']);
  });

  it('leaves the withdrawal to the next start when it does not work', () => {
    refuseAt('b', { text: 'no', code: 1 });
    stub('scancel', 'exit 1');
    write(chain);
    expect(handOver()).toBe('stopped withdraw');
    stub('scancel', 'echo "scancel $*" >>"$CALLS"');
    expect(handOver()).toBe('withdrawn');
    expect(calls('scancel')).toEqual(['scancel 100']);
  });
});

describe('a run that is cancelled', () => {
  const mark = '${CALLS%calls}withdrawn';

  it('before the first submission: nothing is submitted', () => {
    write(chain);
    writeFileSync(join(directory, 'withdrawn'), '');
    expect([handOver(), calls()]).toEqual(['withdrawn', []]);
  });

  it('between two submissions: what was submitted is taken back, children first, and nothing is released', () => {
    stub('sbatch', `case $* in *srunx:b*) : >"${mark}" ;; esac\n${accept}`);
    write(chain);
    expect([handOver(), handOver()]).toEqual(['withdrawn', 'withdrawn']);
    expect(calls()).toEqual(['sbatch a 100', 'sbatch b 101', 'scancel 101 100', 'scancel 101 100']);
  });

  it('after the last submission: nothing is released', () => {
    stub('sbatch', `case $* in *srunx:c*) : >"${mark}" ;; esac\n${accept}`);
    write(chain);
    expect(handOver()).toBe('withdrawn');
    expect(calls().slice(3)).toEqual(['scancel 102 101 100']);
  });

  it('while the controller is waited for: that ends', () => {
    stub('sbatch', `case $* in *srunx:b*) : >"${mark}"; echo '${unreachable}' >&2; exit 1 ;; esac\n${accept}`);
    write(chain);
    expect([handOver(), handOver()]).toEqual(['stopped b', 'withdrawn']);
    expect(calls()).toEqual(['sbatch a 100', 'scancel 100']);
  });

  it('when it is handed over already: the mark has no meaning', () => {
    write(chain);
    handOver();
    writeFileSync(join(directory, 'withdrawn'), '');
    handOver();
    expect(calls('scancel')).toEqual([]);
  });
});

describe('a controller that does not answer', () => {
  it('at the first job is the end: nothing was sent', () => {
    stub('sbatch', `echo '${unreachable}' >&2; exit 1`);
    write(chain);
    expect(handOver()).toBe('withdrawn');
    expect(parseRefusal(read('refused.txt'))).toEqual({ token: 'a', code: 'unreachable', message: unreachable });
    expect(receipts()).toEqual({});
  });

  it('at a later job is waited for', () => {
    stub(
      'sbatch',
      `case $* in *srunx:b*) [ -e "$CALLS.up" ] || { : >"$CALLS.up"; echo '${unreachable}' >&2; exit 1; } ;; esac\n${accept}`,
    );
    write(chain);
    expect(handOver()).toBe('done');
    expect(calls().slice(0, 3)).toEqual(['sbatch a 100', 'sleep 2', 'sbatch b 101']);
  });

  it('for minutes leaves the rest to the next start', () => {
    stub('sbatch', `case $* in *srunx:b*) echo '${unreachable}' >&2; exit 1 ;; esac\n${accept}`);
    write(chain);
    expect(handOver()).toBe('stopped b');
    expect(calls('sleep')).toEqual([2, 4, 8, 16, 32, 64].map((seconds) => `sleep ${seconds}`));
    expect(receipts()).toEqual({ a: '100' });
    stub('sbatch', accept);
    expect(handOver()).toBe('done');
    expect(calls('sbatch')).toEqual(['sbatch a 100', 'sbatch b 101', 'sbatch c 102']);
  });

  it.each([
    'Unable to contact slurm controller (connect failure)',
    'Unexpected message received for job 100',
    'Job has already finished for job 100\\nUnexpected message received for job 102',
  ])('at the release is waited for, and left to the next start: %s', (text) => {
    stub('scontrol', `echo "scontrol $*" >>"$CALLS"; printf '${text}\\n'; exit 1`);
    write(chain);
    expect(handOver()).toBe('stopped release');
    expect(calls('scontrol')).toHaveLength(7);
    stub('scontrol', 'echo "again $*" >>"$CALLS"');
    expect(handOver()).toBe('done');
    expect(calls('again')).toEqual(['again release 100,102']);
    expect(calls('sbatch')).toHaveLength(3);
  });

  it('is not the reason when a job to be released is over already', () => {
    stub('scontrol', "echo 'Job has already finished for job 100'; exit 1");
    write(chain);
    expect(handOver()).toBe('done');
  });
});

describe('what may or may not have been received', () => {
  it.each([
    'Socket timed out on send/recv operation',
    'Zero Bytes were transmitted or received',
    'Unable to contact slurm controller (receive failure)',
    'Unable to contact slurm controller (send failure)',
    'Connection reset by peer',
    'Broken pipe',
    // Seen when slurmctld is ended while it has the request.
    'Transport endpoint is not connected',
    'Cannot send after transport endpoint shutdown',
    'Software caused connection abort',
    'No route to host',
    'Network is unreachable',
    'Network is down',
    'No error',
  ])('stops the hand-over: %s', (text) => {
    stub(
      'sbatch',
      `case $* in *srunx:b*) echo 'sbatch: error: Batch job submission failed: ${text}' >&2; exit 1 ;; esac\n${accept}`,
    );
    write(chain);
    expect([handOver(), handOver()]).toEqual(['unresolved b', 'unresolved b']);
    expect(calls('sbatch')).toEqual(['sbatch a 100']);
    expect(receipts()).toEqual({ a: '100', b: undefined });
  });

  it.each([
    ['an output without an id', 'echo Hello'],
    ['no output', ':'],
    ['a killed sbatch', 'kill -9 $$'],
    ['an interrupted sbatch', 'kill -TERM $$'],
  ])('stops the hand-over: %s', (_, body) => {
    stub('sbatch', body);
    write(chain);
    expect([handOver(), receipts()]).toEqual(['unresolved a', { a: undefined }]);
    expect(existsSync(join(directory, 'refused.txt'))).toBe(false);
  });

  it('goes on when somebody has found the job', () => {
    stub('sbatch', `case $* in *srunx:b*) exit 143 ;; esac\n${accept}`);
    write(chain);
    expect(handOver()).toBe('unresolved b');
    writeFileSync(join(directory, 'claims', 'b'), 'job 4711\n', { flag: 'a' });
    stub('sbatch', accept);
    expect(handOver()).toBe('done');
    expect(receipts()).toEqual({ a: '100', b: '4711', c: '101' });
  });
});

describe('killed at any point', () => {
  it.each(['a', 'b', 'c'])('before the job %s was registered: never sent again by itself', (token) => {
    stub('sbatch', `case $* in *srunx:${token}*) ${killHandover}; exit 1 ;; esac\n${accept}`);
    write(chain);
    expect(handOver()).toBeUndefined();
    stub('sbatch', accept);
    expect(handOver()).toBe(`unresolved ${token}`);
    expect(calls('sbatch').some((line) => line.includes(` ${token} `))).toBe(false);
  });

  it.each(['a', 'b', 'c'])('after the job %s was registered: never sent twice', (token) => {
    stub('sbatch', `${accept}\ncase $* in *srunx:${token}*) ${killHandover} ;; esac`);
    write(chain);
    expect(handOver()).toBeUndefined();
    stub('sbatch', accept);
    expect(handOver()).toBe(`unresolved ${token}`);
    expect(calls('sbatch').filter((line) => line.includes(` ${token} `))).toHaveLength(1);
  });

  it.each([
    ['before the release', undefined, `${killAboveRelease}; exit 0`],
    ['after the release', undefined, `echo "scontrol $*" >>"$CALLS"; ${killAboveRelease}`],
    ['in one of the releases', 'stopped release', killHandover],
  ])('%s: the next start releases', (_, end, body) => {
    stub('scontrol', body);
    write(chain);
    expect(handOver()).toBe(end);
    stub('scontrol', 'echo "again $*" >>"$CALLS"');
    expect(handOver()).toBe('done');
    expect(calls('again')).toEqual(['again release 100,102']);
    expect(calls('sbatch')).toHaveLength(3);
  });

  it('while it withdraws: the next start withdraws', () => {
    stub('sbatch', `case $* in *srunx:c*) echo no >&2; exit 1 ;; esac\n${accept}`);
    // scancel is a child of xargs, which is a child of the script's.
    stub('xargs', `${killHandover}; exit 0`);
    write(chain);
    expect(handOver()).toBeUndefined();
    rmSync(join(directory, 'bin', 'xargs'));
    expect(handOver()).toBe('withdrawn');
    expect(calls('scancel')).toEqual(['scancel 101 100']);
  });

  it('keeps others out until the call under way has ended', async () => {
    stub(
      'sbatch',
      `echo waiting >>"$CALLS"; ${killHandover}; while [ ! -e "$CALLS.go" ]; do /bin/sleep 0.02; done; ${accept}`,
    );
    write(chain);
    const first = spawn('sh', [join(directory, 'handover.sh')], { env: environment(), stdio: 'ignore' });
    await once(first, 'exit');
    const second = spawn('sh', [join(directory, 'handover.sh')], { env: environment(), stdio: 'ignore' });
    const locked = () => spawnSync('flock', ['-n', '-s', join(directory, 'handover.lock'), 'true']).status !== 0;
    expect(locked()).toBe(true);
    expect(read('handover.log').match(/begin/g)).toHaveLength(1);
    writeFileSync(join(directory, 'calls.go'), '');
    await once(second, 'exit');
    expect(read('handover.log')).toMatch(/begin .*\nbegin .*\nunresolved a\n$/);
    expect(calls('sbatch')).toEqual(['sbatch a 100']);
  });

  it('lets one of many starts do the work', async () => {
    write(chain);
    const starts = Array.from({ length: 5 }, () =>
      once(spawn('sh', [join(directory, 'handover.sh')], { env: environment(), stdio: 'ignore' }), 'exit'),
    );
    await Promise.all(starts);
    expect(calls('sbatch')).toEqual(['sbatch a 100', 'sbatch b 101', 'sbatch c 102']);
    expect(receipts()).toEqual({ a: '100', b: '101', c: '102' });
  });
});

describe('a large batch', () => {
  /** Every third step waits for the first of all: what stands beside what has to be found out. */
  const large = Array.from({ length: 24 }, (_, index) =>
    step(`t${index}`, index % 3 === 1 ? { held: false, dependencies: [{ type: 'afterok', step: 0 }] } : {}),
  );
  const tokens = large.map(({ options }) => options[0]?.replace('--comment=srunx:', '') ?? '').sort();
  const idOf = (token: string) => `${1000 + Number(token.slice(1))}`;
  /** The id follows from the token, so that those that are submitted at once do not need to count together. */
  const acceptAny = `for word; do case $word in *srunx:t*) n=\${word##*srunx:t} ;; esac; done
echo "sbatch t$n $$" >>"$CALLS"
echo $((1000 + n))`;
  const submitted = () => calls('sbatch').map((line) => line.split(' ')[1]);
  const allOnce = () => expect([...submitted()].sort()).toEqual(tokens);
  const hit = (names: readonly string[], body: string) =>
    `case " $* " in ${names.map((name) => `*srunx:${name}' '*`).join('|')}) ${body} ;; esac`;

  it.each([['sh'], ['bash'], ['bash --posix'], ['dash']])(
    'is submitted two by two, each job once, under %s',
    (shell) => {
      if (spawnSync(shell.split(' ')[0] ?? '', ['-c', ':']).error !== undefined) return;
      stub(
        'sbatch',
        `: >"$CALLS.busy.$$"
set -- "$@"; ls "\${CALLS%calls}" | grep -c busy >>"$CALLS.count"
for word; do case $word in --dep*) echo "$word" >>"$CALLS.edges" ;; esac; done
/bin/sleep 0.02
rm "$CALLS.busy.$$"
${acceptAny}`,
      );
      write(large);
      expect(handOver(shell.split(' '))).toBe('done');
      allOnce();
      expect(receipts()).toEqual(Object.fromEntries(tokens.map((token) => [token, idOf(token)])));
      const counts = read('calls.count').trim().split('\n').map(Number);
      expect(Math.max(...counts)).toBe(2);
      expect(new Set(read('calls.edges').trim().split('\n'))).toEqual(new Set(['--dependency=afterok:1000']));
      const released = calls('scontrol release').flatMap((line) => line.replace('scontrol release ', '').split(','));
      const roots = large.flatMap(({ held }, index) => (held ? [`${1000 + index}`] : []));
      expect(released.sort()).toEqual(roots);
      expect(handOver()).toBe('done');
      allOnce();
    },
  );

  it('waits for the parent before it submits the child', () => {
    stub('sbatch', `case $* in *srunx:p*) /bin/sleep 0.3; echo 77; exit 0 ;; esac\n${acceptAny}`);
    const parent = step('p');
    const child = (token: string) => step(token, { dependencies: [{ type: 'afterok', step: 0 }] });
    write([parent, ...tokens.map(child)]);
    expect(handOver()).toBe('done');
    expect(receipts()['p']).toBe('77');
  });

  it.each([
    ['one', ['t9']],
    ['the other', ['t10']],
    ['both', ['t9', 't10']],
    ['the last', ['t23']],
  ])('takes everything back when Slurm refuses %s of two', (_, refused) => {
    stub('sbatch', `${hit(refused, 'echo no >&2; exit 1')}\n${acceptAny}`);
    write(large);
    expect(handOver()).toBe('withdrawn');
    expect(parseRefusal(read('refused.txt'))).toEqual({ token: refused[0], code: 1, message: 'no' });
    const accepted = submitted().map((token) => idOf(token ?? ''));
    const cancelled = calls('scancel').flatMap((line) => line.replace('scancel ', '').split(' '));
    expect(cancelled.sort()).toEqual(accepted.sort());
    // Only of the one that is told of a claim without a job is left: of nothing else anybody has to find out anything.
    const open = Object.entries(receipts()).filter(([, id]) => id === undefined);
    expect(open).toEqual([[refused[0], undefined]]);
    expect(calls('scontrol')).toEqual([]);
  });

  it('takes nothing back while one of two is in doubt', () => {
    stub('sbatch', `${hit(['t9'], 'echo no >&2; exit 1')}\n${hit(['t10'], 'exit 143')}\n${acceptAny}`);
    write(large);
    expect(handOver()).toBe('unresolved t10');
    expect(calls('scancel')).toEqual([]);
    expect([receipts()['t10'], 't9' in receipts()]).toEqual([undefined, false]);
    writeFileSync(join(directory, 'claims', 't10'), 'job 1010\n', { flag: 'a' });
    expect(handOver()).toBe('withdrawn');
    expect(calls('scancel').join(' ')).toContain('1010');
  });

  it.each([
    ['before', `${killHandover}; exit 1`],
    ['after', `echo "sbatch t10 0" >>"$CALLS"; echo 1010; ${killHandover}`],
  ])('stops when one of two shells is killed %s its call', (_, body) => {
    stub('sbatch', `${hit(['t10'], body)}\n${acceptAny}`);
    write(large);
    expect(handOver()).toBe('unresolved t10');
    expect([receipts()['t9'], receipts()['t10'], receipts()['t11']]).toEqual(['1009', undefined, undefined]);
    stub('sbatch', acceptAny);
    expect(handOver()).toBe('unresolved t10');
    writeFileSync(join(directory, 'claims', 't10'), 'job 1010\n', { flag: 'a' });
    expect(handOver()).toBe('done');
    expect(
      submitted()
        .filter((token) => token !== 't10')
        .sort(),
    ).toEqual(tokens.filter((token) => token !== 't10'));
  });

  it('that was killed with two under way goes on, and nothing is sent twice', () => {
    stub('sbatch', `${hit(['t10'], `${killAboveRelease}; /bin/sleep 0.2`)}\n${acceptAny}`);
    write(large);
    expect(handOver()).toBeUndefined();
    // It waits for the two, which end by themselves.
    expect(handOver()).toBe('done');
    allOnce();
    expect(receipts()).toEqual(Object.fromEntries(tokens.map((token) => [token, idOf(token)])));
  });

  it('gives up at once where nothing can be reached', () => {
    stub('sbatch', `echo '${unreachable}' >&2; exit 1`);
    write(large);
    expect(handOver()).toBe('withdrawn');
    expect(parseRefusal(read('refused.txt'))).toMatchObject({ token: 't0', code: 'unreachable' });
    expect([receipts(), calls('sleep')]).toEqual([{}, []]);
  });

  it('stops where the disk is full, and goes on afterwards', () => {
    stub('sbatch', acceptAny);
    write(large);
    mkdirSync(join(directory, 'lane.2'));
    expect(handOver()).toBe('unresolved t2');
    rmSync(join(directory, 'lane.2'), { recursive: true });
    expect(handOver()).toBe('done');
    allOnce();
  });
});

describe('edges of tasks', () => {
  /** Notes down what it is told, as Slurm's does: each line by itself, and one that fails spoils the exit code. */
  const hear = (answer = ':') => `if [ $# -gt 0 ]; then echo "scontrol $*" >>"$CALLS"; exit 0; fi
code=0
while read -r line; do
  echo "scontrol: $line"
  echo "$line" >>"$CALLS"
  ${answer}
done
exit $code`;
  const fail = (pattern: string, text: string) => `case $line in ${pattern}) echo '${text}' >&2; code=1 ;; esac`;
  /** b and c wait by their tasks; d for c as a whole. */
  const withElements = (tasks = '0-1') => [
    step('a'),
    step('b', { elements: { tasks, edges: [{ type: 'afternotok', step: 0 }], after: [] } }),
    step('c', {
      dependencies: [{ type: 'aftercorr', step: 0 }],
      external: [{ type: 'afterok', jobId: '7' }],
      elements: { tasks, edges: [{ type: 'afterany', step: 1 }], after: [0] },
    }),
    step('d', { held: false, dependencies: [{ type: 'afterany', step: 2 }] }),
  ];
  const updates = () => calls('update');
  const submitted = ['sbatch a 100', 'sbatch b 101', 'sbatch c 102', 'sbatch d 103'];
  const told = [
    'update JobId=101_0 Dependency=afternotok:100_0',
    'update JobId=101_1 Dependency=afternotok:100_1',
    'update JobId=102_0 Dependency=aftercorr:100,afterany:101_0:100,afterok:7',
    'update JobId=102_1 Dependency=aftercorr:100,afterany:101_1:100,afterok:7',
  ];
  const released = 'scontrol release 100,101,102';
  beforeEach(() => stub('scontrol', hear()));

  it.each([['sh'], ['bash'], ['bash --posix'], ['dash']])(
    'are told behind the last submission and before the release, under %s',
    (shell) => {
      if (spawnSync(shell.split(' ')[0] ?? '', ['-c', ':']).error !== undefined) return;
      stub(
        'sbatch',
        `for word; do case $word in --dep* | --kill* | --hold) echo "$word" >>"$CALLS.words" ;; esac; done\n${accept}`,
      );
      write(withElements());
      // It has nothing to say, and what lies in the directories of jobs means nothing.
      expect(sayings(shell.split(' '))).toBe('');
      expect(calls()).toEqual([...submitted, ...told, released]);
      const held = ['--kill-on-invalid-dep=yes', '--hold'];
      expect(read('calls.words').trim().split('\n')).toEqual([
        ...['--hold', ...held, ...held],
        ...['--dependency=afterany:102', '--kill-on-invalid-dep=yes'],
      ]);
      expect(read('handover.log')).toMatch(/job d 103\nelements b\nelements c\ndone\n$/);
    },
  );

  it('stand behind a large batch too, in calls of a hundred', () => {
    stub('scontrol', hear().replace('code=0', 'code=0; echo call >>"$CALLS"'));
    // Two are submitted at once, so the id follows from the token.
    stub(
      'sbatch',
      'case $* in *srunx:t*) n=${*##*srunx:t}; echo $((1000 + ${n%% *})) ;; *srunx:a*) echo 100 ;; *) echo 101 ;; esac',
    );
    const others = Array.from({ length: 22 }, (_, index) => step(`t${index}`, { held: index % 2 === 0 }));
    write([
      step('a'),
      step('b', { elements: { tasks: '5,0-150:2,1,200-348%4', edges: [{ type: 'after', step: 0 }], after: [] } }),
      ...others,
    ]);
    expect(handOver()).toBe('done');
    expect(calls('call')).toHaveLength(3);
    const indices = updates().map((line) => Number(/_(\d+) /.exec(line)?.[1]));
    const wanted = [
      1,
      5,
      ...Array.from({ length: 76 }, (_, index) => 2 * index),
      ...Array.from({ length: 149 }, (_, index) => 200 + index),
    ];
    expect(indices).toEqual(wanted.sort((a, b) => a - b));
    expect(updates()[0]).toBe('update JobId=101_0 Dependency=after:100_0');
    expect(calls('scontrol release').join()).toContain('100,101');
  });

  it('may be those of a turn, also to arrays that stand behind', () => {
    const elements = { tasks: '0-3,5', edges: [], after: [] };
    const turns = [
      { first: 2, last: 3, shift: 2, steps: [0, 1] },
      { first: 5, last: 5, shift: -4, steps: [2] },
    ];
    write([
      step('a', { elements: { ...elements, turns } }),
      step('b', { elements: { ...elements, tasks: '1-2', edges: [{ type: 'afternotok', step: 0 }], turns } }),
      step('c'),
    ]);
    expect(handOver()).toBe('done');
    expect(updates()).toEqual([
      // One without a turn is told of all the same, so that the order is kept.
      ...['update JobId=100_0 Dependency=', 'update JobId=100_1 Dependency='],
      ...['0', '1'].map((task) => `update JobId=100_${Number(task) + 2} Dependency=afterany:100_${task}:101_${task}`),
      'update JobId=100_5 Dependency=afterany:102_9',
      'update JobId=101_1 Dependency=afternotok:100_1',
      'update JobId=101_2 Dependency=afternotok:100_2,afterany:100_0:101_0',
    ]);
  });

  it('stay in the queue where a driver wants them to', () => {
    stub('sbatch', `for word; do case $word in --kill*) echo "$word" >>"$CALLS.words" ;; esac; done\n${accept}`);
    write([
      step('a'),
      step('b', { waitsForDriver: true, elements: { tasks: '0', edges: [{ type: 'afterok', step: 0 }], after: [] } }),
    ]);
    expect([handOver(), read('calls.words')]).toEqual(['done', '--kill-on-invalid-dep=no\n']);
  });

  it.each(['1-', '', 'x', '0-1;x'])('take no set of tasks %j', (tasks) => {
    expect(() => renderHandoverScript(directory, withElements(tasks))).toThrow(BugError);
  });

  it('take no parent behind their array', () => {
    const elements = { tasks: '0', edges: [], after: [1] };
    expect(() => renderHandoverScript(directory, [step('a', { elements }), step('b')])).toThrow(BugError);
  });

  it.each([
    ['101_1: Invalid job id specified', '101_1: Invalid job id specified'],
    // Beside a task that was cancelled meanwhile.
    ['101_0: Job has already finished\\n101_1: Job dependency problem', '101_1: Job dependency problem'],
  ])('that Slurm refuses take everything back: %s', (text, message) => {
    stub('scontrol', hear(`case $line in *101_1*) printf '${text}\\n' >&2; code=1 ;; esac`));
    write(withElements());
    expect([handOver(), handOver()]).toEqual(['withdrawn', 'withdrawn']);
    expect(parseRefusal(read('refused.txt'))).toEqual({ token: 'b', code: 1, message });
    expect(calls()).toEqual([
      ...[...submitted, ...told.slice(0, 2)],
      ...['scancel 103 102 101 100', 'scancel 103 102 101 100'],
    ]);
  });

  it.each([
    ['nothing', 'exit 3', { code: 3, message: 'scontrol update ended with exit code 3' }],
    ['that there is no such command', undefined, { code: 127, message: expect.stringContaining('scontrol') }],
  ])('are refused by an scontrol that says %s', (_, body, refusal) => {
    if (body === undefined) rmSync(join(directory, 'bin', 'scontrol'));
    else stub('scontrol', body);
    write(withElements());
    // Slurm itself may be there.
    const tools = ['sh', 'flock', 'grep', 'sort', 'xargs', 'mkdir', 'rm', 'mv', 'date', 'uname', 'env', 'cat'];
    for (const tool of body === undefined ? tools : [])
      symlinkSync(spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim(), join(directory, 'bin', tool));
    expect(handOver(['/bin/sh'], body === undefined ? { PATH: join(directory, 'bin') } : {})).toBe('withdrawn');
    expect(parseRefusal(read('refused.txt'))).toEqual({ token: 'b', ...refusal });
    expect(calls('scancel')).toEqual(['scancel 103 102 101 100']);
  });

  it.each(['Job has already finished', 'Job is no longer pending execution'])(
    'of a task that somebody was faster with are passed over: %s',
    (text) => {
      stub('scontrol', hear(fail('*101_1*', `101_1: ${text}`)));
      write(withElements());
      expect([handOver(), calls()]).toEqual(['done', [...submitted, ...told, released]]);
    },
  );

  it.each([
    'Unexpected message received for job 101_0',
    'Unable to contact slurm controller (connect failure)',
    'slurm_update error: Socket timed out on send/recv operation',
    '101_0: Connection refused',
    '101_0: Job can not be altered now, try again later',
  ])('wait for a controller that does not answer, and are told from the start of a call: %s', (text) => {
    // Without a controller each line takes its time: nobody waits for the last.
    const outage = `[ -e "$CALLS.up" ] || { : >"$CALLS.up"; echo '${text}' >&2; code=1; exec /bin/sleep 60; }`;
    stub('scontrol', hear(outage));
    write(withElements());
    expect(handOver()).toBe('done');
    expect(calls()).toEqual([...submitted, told[0], 'sleep 2', ...told, released]);
  });

  it.each([
    ['is killed', `[ -e "$CALLS.once" ] || { : >"$CALLS.once"; kill -9 $$; }`, ':'],
    ['cannot be started', ':', `[ "$1" != -c ] || [ -e "$CALLS.once" ] || { : >"$CALLS.once"; exit 2; }`],
  ])('are told again when scontrol %s', (_, killed, unstarted) => {
    stub('scontrol', `${killed}\n${hear()}`);
    stub('sh', `${unstarted}\nexec /bin/sh "$@"`);
    write(withElements());
    expect(handOver()).toBe('done');
    expect(calls()).toEqual([...submitted, 'sleep 2', ...told, released]);
  });

  it('are told again when scontrol has not heard all of them', () => {
    // More than a pipe holds: whoever writes the lines is still at it, and is killed.
    const parents = Array.from({ length: 150 }, (_, index) => step(`t${index}`));
    const edges = parents.map((_, index) => ({ type: 'afterany' as const, step: index }));
    stub('sbatch', 'case $* in *srunx:t*) n=${*##*srunx:t}; echo $((1000 + ${n%% *})) ;; *) echo 9999 ;; esac');
    const kill = 'for pid in $(ps -o pid= --ppid $PPID); do [ "$pid" -eq $$ ] || kill -9 "$pid"; done';
    stub('scontrol', hear(`[ -e "$CALLS.once" ] || { : >"$CALLS.once"; ${kill}; }`));
    write([...parents, step('last', { elements: { tasks: '0-99', edges, after: [] } })]);
    expect(handOver()).toBe('done');
    const again = calls().indexOf('sleep 2');
    expect(again).toBeGreaterThan(0);
    const heard = calls()
      .slice(again)
      .flatMap((line) => /^update JobId=9999_(\d+) .*:1149_\d+$/.exec(line)?.[1] ?? []);
    expect(heard).toEqual(Array.from({ length: 100 }, (_, index) => `${index}`));
  });

  it('leave the rest to the next start when it does not answer for minutes', () => {
    stub('scontrol', hear(fail('*102_*', 'Unable to contact slurm controller (connect failure)')));
    write(withElements());
    expect(handOver()).toBe('stopped c');
    expect(calls('sleep')).toHaveLength(6);
    expect(calls('scontrol')).toEqual([]);
    rmSync(join(directory, 'calls'));
    stub('scontrol', hear());
    expect(handOver()).toBe('done');
    // What is marked is not told again.
    expect(calls()).toEqual([...told.slice(2), released]);
  });

  it.each([
    ['before the first', 'kill_now', told.slice(0, 0), told],
    ['in the middle of one array', `case $line in *101_1*) kill_now ;; esac`, told.slice(0, 2), told],
    ['in the middle of the second', `case $line in *102_1*) kill_now ;; esac`, told, told.slice(2)],
  ])('are told again when the hand-over was killed %s', (when, answer, before, after) => {
    const body = hear(when === 'before the first' ? ':' : answer);
    stub(
      'scontrol',
      `kill_now() { ${killAboveRelease}; exit 0; }\n${when === 'before the first' ? answer : ''}\n${body}`,
    );
    write(withElements());
    expect([handOver(), calls()]).toEqual([undefined, [...submitted, ...before]]);
    rmSync(join(directory, 'calls'));
    stub('scontrol', hear());
    expect([handOver(), calls()]).toEqual(['done', [...after, released]]);
  });

  it('are not told again when the hand-over was killed at the release', () => {
    stub('scontrol', `[ $# -eq 0 ] || { ${killAboveRelease}; exit 0; }\n${hear()}`);
    write(withElements());
    expect(handOver()).toBeUndefined();
    rmSync(join(directory, 'calls'));
    stub('scontrol', hear());
    expect([handOver(), calls()]).toEqual(['done', [released]]);
  });

  it('are told no further once the run is cancelled', () => {
    stub('scontrol', hear(`: >"\${CALLS%calls}withdrawn"`));
    write(withElements());
    expect([handOver(), handOver()]).toEqual(['withdrawn', 'withdrawn']);
    const back = 'scancel 103 102 101 100';
    expect(calls()).toEqual([...submitted, ...told.slice(0, 2), back, back]);
  });
});
