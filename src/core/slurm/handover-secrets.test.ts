import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type HandoverStep, renderHandoverScript } from './handover-script.ts';
import { renderRelayScript } from './relay-script.ts';

// A stand-in for sbatch, which notes down what it gets. Real jobs get secrets in test/ssh.
const root = mkdtempSync(join(tmpdir(), 'srunx-handover-secrets-'));
afterAll(() => rmSync(root, { recursive: true }));

let directory = '';
let count = 0;
beforeEach(() => {
  count += 1;
  directory = join(root, `${count}`);
  mkdirSync(join(directory, 'bin'), { recursive: true });
  const note = `for word; do case $word in *relay.sh) stub=relay ;; *srunx:*) stub=\${word##*srunx:} ;; esac; done
echo "$stub $*" >>"$CALLS"
env -0 >"$CALLS.$stub"
echo 100`;
  writeFileSync(join(directory, 'bin/sbatch'), `#!/bin/sh\n${note}\n`, { mode: 0o755 });
  writeFileSync(join(directory, 'bin/scontrol'), '#!/bin/sh\nenv -0 >"$CALLS.scontrol"\n', { mode: 0o755 });
});

function step(token: string, changes: Partial<HandoverStep> = {}): HandoverStep {
  return {
    ...{ token, options: [`--comment=srunx:${token}`], script: `/${token}.sh`, args: [], dependencies: [] },
    ...{ external: [], held: true, env: {}, cwd: '/', ...changes },
  };
}

const surroundings = () => ({
  PATH: `${join(directory, 'bin')}:${process.env['PATH']}`,
  CALLS: join(directory, 'calls'),
  HOME: join(directory, 'home'),
});

function run(script: string, env: Record<string, string>, shell = ['sh']): void {
  const [program = 'sh', ...words] = shell;
  spawnSync(program, [...words, join(directory, script), '1'], {
    env: { ...surroundings(), ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const callOf = (token: string) =>
  readFileSync(join(directory, 'calls'), 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${token} `)) ?? '';

function environmentOf(token: string): Record<string, string | undefined> {
  const entries = readFileSync(join(directory, `calls.${token}`), 'utf8').split('\0');
  return Object.fromEntries(entries.filter(Boolean).map((entry) => entry.split(/=(.*)/s, 2)));
}

const secrets = "export A='it'\\''s $(id)'\nexport token='t'\nexport plan='p'\nexport secrets='s'";

describe.each([['sh'], ['bash'], ['bash', '--posix'], ['dash']])('secrets in a hand-over with %s %s', (...shell) => {
  it('reach sbatch and nothing else, below variables of the job', () => {
    const steps = [
      step('a'),
      step('b', { env: { A: 'mine' } }),
      step('c', { options: ['--export=NONE', '--comment=srunx:c'] }),
    ];
    writeFileSync(join(directory, 'handover.sh'), renderHandoverScript(directory, steps));
    run('handover.sh', { SRUNX_SECRETS: secrets, export_all: 'theirs' }, shell.filter(Boolean));
    expect(environmentOf('a')).toMatchObject({ A: "it's $(id)", token: 't', plan: 'p', secrets: 's' });
    expect(environmentOf('a')).not.toHaveProperty('SRUNX_SECRETS');
    expect(environmentOf('b')).toMatchObject({ A: 'mine', token: 't' });
    for (const name of ['A', 'SRUNX_SECRETS', 'secrets']) expect(environmentOf('scontrol')).not.toHaveProperty(name);
    expect(callOf('a')).toContain('--export=ALL');
    expect(callOf('b')).toContain('--export=ALL');
    expect(callOf('c')).not.toContain('--export=ALL');
  });

  it('change nothing where there are none', () => {
    writeFileSync(join(directory, 'handover.sh'), renderHandoverScript(directory, [step('a')]));
    run('handover.sh', { secrets: 'theirs' }, shell.filter(Boolean));
    expect(callOf('a')).not.toContain('--export');
    expect(environmentOf('a')).not.toHaveProperty('SRUNX_SECRETS');
  });
});

describe('secrets in windows', () => {
  const write = () => {
    const steps = [step('a', { window: 0 }), step('b', { window: 1 })];
    const windows = { tasks: [1, 1], room: ['users=ann'], relay: ['--export=ALL', '--comment=srunx:relay'] };
    writeFileSync(join(directory, 'handover.sh'), renderHandoverScript(directory, steps, windows));
    writeFileSync(join(directory, 'relay.sh'), renderRelayScript(directory));
  };
  const keep = (content: string) => {
    mkdirSync(join(directory, 'home/.config/srunx'), { recursive: true });
    writeFileSync(join(directory, 'home/.config/srunx/secrets.env'), content);
  };
  /** As Slurm starts it: with the variables with which it was submitted. */
  const relay = () => {
    const { SRUNX_SECRETS: handed = '' } = environmentOf('relay');
    run('relay.sh', { ...(handed === '' ? {} : { SRUNX_SECRETS: handed }), SLURM_JOB_ID: '100' });
  };

  it('go on with the relay, as they are when it runs', () => {
    write();
    run('handover.sh', { SRUNX_SECRETS: "export A='old'" });
    expect(environmentOf('relay')).toMatchObject({ SRUNX_SECRETS: "export A='old'" });
    keep("export A='new'\nexport B='more'\n");
    relay();
    expect(environmentOf('b')).toMatchObject({ A: 'new', B: 'more' });
    expect(callOf('b')).toContain('--export=ALL');
  });

  it('are those of the submission on a node that does not see the file, or must not trust it', () => {
    write();
    run('handover.sh', { SRUNX_SECRETS: "export A='old'" });
    keep("export A='new'\nid\n");
    relay();
    expect(environmentOf('b')).toMatchObject({ A: 'old' });
  });

  it('are not looked for by the relay of a batch without them', () => {
    write();
    run('handover.sh', {});
    expect(environmentOf('relay')).not.toHaveProperty('SRUNX_SECRETS');
    keep("export A='new'\n");
    relay();
    expect(environmentOf('b')).not.toHaveProperty('A');
    expect(callOf('b')).not.toContain('--export');
  });
});
