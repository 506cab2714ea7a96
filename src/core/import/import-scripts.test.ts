import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planText } from '../../../test/support/plan-text.ts';
import { parseSbatchArgs } from '../job/sbatch-options.ts';
import { resolveRequest } from '../job/sbatch-request.ts';
import { parseDirectives } from '../job/script-directives.ts';
import type { Plan } from '../workflow/plan.ts';
import { type ImportedWorkflow, importScripts } from './import-scripts.ts';

const directory = mkdtempSync(join(tmpdir(), 'srunx-import-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Writes down how it was called, and answers as the real one does. */
const fakeSbatch = `#!/bin/bash
n=$(($(cat count 2>/dev/null || echo 100) + 1)); echo $n > count
{ printf '%s' "$n"; printf '\\t%s' "\${LR-}" "$@"; echo; } >> calls
for word in "$@"; do [ "$word" = --parsable ] && { echo "$n"; exit; }; done
echo "Submitted batch job $n"
`;
mkdirSync(join(directory, 'bin'));
writeFileSync(join(directory, 'bin', 'sbatch'), fakeSbatch);
chmodSync(join(directory, 'bin', 'sbatch'), 0o755);

const scripts: Readonly<Record<string, string>> = Object.fromEntries(
  ['a', 'b', 'c', 'd'].map((name) => [`${name}.sh`, `#!/bin/bash\n#SBATCH --time=10 -J ${name}\n\necho ${name} $1\n`]),
);

function readScript(path: string): string | undefined {
  return scripts[path];
}

function importText(text: string, { inline = false, file = 'chain.sh' } = {}): ImportedWorkflow {
  return importScripts({ sources: [{ file, text }], readScript, inline });
}

function planOf({ yaml }: ImportedWorkflow): Plan {
  return planText(yaml, { readScript });
}

interface Submitted {
  readonly edges: string;
  readonly request: unknown;
  readonly args: readonly string[];
  readonly env: string | undefined;
}

/** What the chain really submits, when a shell runs it. */
function runChain(text: string): readonly Submitted[] {
  for (const name of ['calls', 'count']) rmSync(join(directory, name), { force: true });
  writeFileSync(join(directory, 'chain.sh'), text);
  execFileSync('bash', ['chain.sh', 'first'], {
    cwd: directory,
    env: { PATH: `${join(directory, 'bin')}:/usr/bin:/bin` },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const calls = readFileSync(join(directory, 'calls'), 'utf8').trimEnd().split('\n');
  const names = new Map<string, string>();
  return calls.map((call) => {
    const [id = '', env = '', ...argv] = call.split('\t');
    const { options, rest } = parseSbatchArgs(argv);
    const [script = ''] = rest;
    names.set(id, `job${names.size}`);
    const dependency = options.find(({ name }) => name === 'dependency')?.value ?? '';
    const edges = dependency.split(',').flatMap((part) => {
      const [type = '', ...ids] = part.split(':');
      return ids.map((parent) => `${type}:${names.get(parent) ?? parent}`);
    });
    const kept = options.filter(
      ({ name }) => !/^(?:dependency|parsable|job-name|wrap|kill-on-invalid-dep)$/.test(name),
    );
    return {
      edges: edges.join(' '),
      request: requestOf(parseDirectives(scripts[script] ?? ''), kept),
      args: rest.slice(1),
      env: env === '' ? undefined : env,
    };
  });
}

function requestOf(...[directives, options]: readonly Parameters<typeof resolveRequest>[0]['options'][]): unknown {
  const {
    name: _,
    output,
    error: __,
    comment: ___,
    exportPolicy: ____,
    dependency: _____,
    ...request
  } = resolveRequest({
    directives: directives ?? [],
    options: options ?? [],
  });
  return request;
}

function planned(plan: Plan): readonly Submitted[] {
  const position = new Map(
    parse(JSON.stringify(plan.jobs.map(({ name }) => name))).map((name: string, index: number) => [
      name,
      `job${index}`,
    ]),
  );
  return plan.jobs.map(({ edges, options, kind, script, args, env }) => {
    const given = parseSbatchArgs(options).options;
    return {
      edges: edges.map(({ type, parent }) => `${type}:${position.get(parent)}`).join(' '),
      request: requestOf(kind === 'shell' ? parseDirectives(script) : [], given),
      args,
      env: env['LR'],
    };
  });
}

describe('a chain of submissions', () => {
  it.each([
    ['one job', 'sbatch a.sh'],
    ['arguments', `sbatch -p gpu --gpus=2 a.sh 1 "two words" 'a$b' it\\'s`],
    ['--parsable', 'x=$(sbatch --parsable a.sh)\nsbatch --dependency=afterok:$x b.sh'],
    ['backquotes', 'x=`sbatch --parsable a.sh`\nsbatch -d afterany:$x b.sh'],
    ['awk', "x=$(sbatch a.sh | awk '{print $4}')\nsbatch --dependency=afternotok:${x} b.sh"],
    ['cut', "x=$(sbatch a.sh | cut -d ' ' -f 4)\nsbatch --dependency afterok:$x b.sh"],
    ['grep', "x=$(sbatch a.sh | grep -o '[0-9]*')\nsbatch --dependency=after:$x b.sh"],
    ['tail of words', 'x=$(sbatch a.sh)\ny=${x##* }\nsbatch --dependency=afterok:$y b.sh'],
    ['echo and awk', "x=$(sbatch a.sh)\nsbatch --dependency=afterok:$(echo $x | awk '{print $4}') b.sh"],
    ['cluster', 'x=$(sbatch --parsable a.sh)\nsbatch --dependency=afterok:${x%%;*} b.sh'],
    [
      'lists',
      'a=$(sbatch --parsable a.sh); b=$(sbatch --parsable b.sh)\nsbatch --dependency=afterok:$a:$b,afterany:${a} c.sh',
    ],
    [
      'growing lists',
      'deps=afterok\na=$(sbatch --parsable a.sh)\ndeps="$deps:$a"\nb=$(sbatch --parsable b.sh)\ndeps=$deps:$b\nsbatch --dependency="$deps" c.sh',
    ],
    ['+=', 'deps=afterok\na=$(sbatch --parsable a.sh)\ndeps+=:$a\nsbatch --dependency=$deps c.sh'],
    ['nested', 'sbatch --dependency=afterok:$(sbatch --parsable a.sh) b.sh'],
    ['variables', 'P=gpu OPTS="-N 2 --ntasks-per-node=4"\nT="1:00:00"\nsbatch -p $P $OPTS -t "${T}" a.sh'],
    ['lines that go on', 'sbatch \\\n  --mem=4G \\\n  -c 4 \\\n  a.sh \\\n  x'],
    [
      'errors',
      'set -e\nx=$(sbatch --parsable a.sh) || exit 1\nsbatch -d afterok:$x b.sh || { echo no; exit 1; }\necho "$x done"',
    ],
    ['&&', 'x=$(sbatch --parsable a.sh) &&\n  sbatch --kill-on-invalid-dep=yes -d afterok:$x b.sh'],
    ['arrays and flags', 'sbatch -a 0-9%2 --exclusive --no-requeue --gpu-bind=closest -H a.sh'],
    ['variables of jobs', 'LR=0.1 sbatch a.sh\nexport LR=0.2\nsbatch b.sh'],
    ['--export', 'sbatch --export=ALL,A=1 a.sh'],
    ['echo', 'echo "submitted $(sbatch --parsable a.sh)"\nsbatch b.sh | tee log'],
    ['comments', '# sbatch d.sh\nsbatch a.sh # sbatch d.sh\n: <<E\nsbatch d.sh\nE\nsbatch b.sh'],
    ['the same twice', 'x=$(sbatch --parsable a.sh 1)\nsbatch -d afterok:$x a.sh 2'],
  ])('with %s becomes a workflow with the same edges and options', (_, text) => {
    const imported = importText(text);
    expect(imported.notes.filter(({ isMinor }) => isMinor !== true)).toEqual([]);
    expect(planned(planOf(imported))).toEqual(runChain(text));
  });

  it('may say the commands itself', () => {
    const { yaml } = importText(
      'x=$(sbatch --parsable --wrap \'echo ${#a[@]}\' -n 2)\nsbatch -d afterok:$x <<"E"\n#!/bin/sh\n#SBATCH -c 4\necho {{ $x }}\nE\n',
    );
    expect(parse(yaml).jobs).toEqual([
      { name: 'wrap', command: 'echo ${#a[@]}', launcher: 'none', ntasks: '2', log_dir: '.' },
      {
        name: 'sbatch',
        command: '{% raw %}echo {{ $x }}{% endraw %}',
        launcher: 'none',
        depends_on: ['wrap'],
        cpus_per_task: '4',
        log_dir: '.',
      },
    ]);
    expect(planText(yaml).jobs[1]?.script).toContain('echo {{ $x }}');
  });

  it('waits with --wait, and looks for scripts where it stands', () => {
    const { yaml } = importText('#!/bin/sh -e\ncd "$(dirname "$0")"\nsbatch --wait a.sh\nsbatch b.sh\n', {
      file: 'dir/chain.sh',
    });
    expect(parse(yaml).jobs).toEqual([
      { name: 'a', script_path: 'dir/a.sh', work_dir: 'dir' },
      { name: 'b', script_path: 'dir/b.sh', depends_on: ['a'], work_dir: 'dir' },
    ]);
  });

  it.each([
    [
      'for i in 1 2; do\n  sbatch a.sh $i\ndone',
      [1, '(to line 3): what runs more than once, or perhaps not at all, is not understood; 1 call of sbatch'],
    ],
    ['if [ -f x ]; then sbatch a.sh; else sbatch b.sh; fi', [1, '; 2 calls of sbatch']],
    ['while read x; do case $x in a) sbatch a.sh;; esac; done < list', [1, 'while ']],
    ['go() { sbatch a.sh; }\n\ngo', [3, 'calls a function']],
    ['(cd x && sbatch a.sh)', [1, '1 call']],
    ['sbatch $1', [1, 'which script is known only when it runs']],
    ['sbatch *.sh', [1, 'which script']],
    ['sbatch a.sh "$1"', [1, 'an argument of a.sh is known only when it runs']],
    ['sbatch -t $T a.sh', [1, '--time: its value is known only']],
    ['sbatch --dependency=singleton a.sh', [1, '`singleton` cannot be said']],
    ['sbatch --dependency=afterok:123 a.sh', [1, '`123` is no job of this chain']],
    [
      'x=$(sbatch --parsable a.sh)\ny=$(sbatch --parsable b.sh)\nsbatch -d "afterok:$x?afterok:$y" c.sh',
      [3, 'any one of them'],
    ],
    ['x=$(sbatch a.sh)\nsbatch -d afterok:$x b.sh', [2, 'the id of a is not taken out']],
    ['x=$(sbatch --parsable a.sh)\nsbatch -d aftercorr:$x b.sh', [2, 'aftercorr']],
    ['x=$(sbatch --parsable a.sh)\nsbatch -d after:$x+5 b.sh', [2, 'delay of 5 minutes']],
    ['x=$(sbatch a.sh | weird)\nsbatch -d afterok:$x b.sh', [1, 'which id that is']],
    ['d=afterok\nfor x in 1 2; do d=$d:$x; done\nsbatch -d $d a.sh', [3, '`$d` cannot be said']],
    ['read -r _ _ _ x <<< "$(sbatch a.sh)"', [1, 'not understood']],
    ['x=$(ssh host sbatch a.sh)', [1, 'what it submits is left out']],
    ['module load cuda\nsbatch a.sh', [1, 'module load cuda: runs when the jobs are submitted']],
    ['sbatch -o out/%j.txt a.sh', [1, '--output=out/%j.txt']],
    ['sbatch --nods=2 a.sh', [1, 'no option `--nods`']],
    ['sbatch missing.sh', [1, 'there is no readable script missing.sh']],
    ['sbatch <<E\n#!/bin/sh\necho $HOME\nE', [1, 'here-document']],
    ['true sbatch', [1, 'no call of sbatch']],
  ])('%j: says what it does not understand, and where', (text, [line, words]) => {
    const { notes, yaml } = importText(`${text}\n`);
    const found = notes.find((note) => note.text.includes(String(words)));
    expect(found?.line, JSON.stringify(notes)).toBe(line);
    expect(yaml).toContain(`# chain.sh:${line}: ${found?.text}`);
  });
});

const train = `#!/bin/bash
#SBATCH --job-name=train --partition=gpu
#SBATCH --gres=gpu:2
#SBATCH --array=0-9%2
#SBATCH --gpu-bind=closest
#SBATCH --output=out/%x_%j.log

python train.py "$1"
`;

describe('a batch script', () => {
  it('stays as it is, and its requests stand in the workflow too', () => {
    const { yaml, notes } = importText(train, { file: 'train.sh' });
    expect(notes).toEqual([]);
    expect(parse(yaml)).toEqual({
      name: 'train',
      jobs: [{ name: 'train', script_path: 'train.sh', partition: 'gpu', gres: 'gpu:2', array: '0-9%2' }],
    });
    expect(planText(yaml, { readScript: () => train }).jobs[0]).toMatchObject({
      script: train,
      array: '0-9%2',
      wrapped: false,
    });
  });

  it('can become a command', () => {
    const { yaml } = importText(train, { file: 'train.sh', inline: true });
    expect(parse(yaml).jobs).toEqual([
      {
        ...{
          name: 'train',
          command: 'python train.py "$1"',
          launcher: 'none',
          partition: 'gpu',
          gres: 'gpu:2',
          array: '0-9%2',
        },
        ...{ log_dir: 'out', sbatch_args: ['--gpu-bind=closest'] },
      },
    ]);
    expect(planText(yaml).jobs[0]?.script).toBe('#!/bin/bash\n\npython train.py "$1"\n');
  });

  it('keeps its arguments and options where a chain starts it', () => {
    const { yaml } = importText('sbatch a.sh 1 "b c"', { inline: true });
    expect(parse(yaml).jobs[0].command).toBe("set -- 1 'b c'\n\necho a $1");
  });

  it.each([
    ['#!/usr/bin/env python3\n#SBATCH -n 1\nprint(1)\n', 'another program'],
    ['#!/bin/bash -l\n#SBATCH -n 1\ntrue\n', 'login shell'],
    ['#!/bin/bash\n#SBATCH -n 1 -M other\ntrue\n', '--clusters=other'],
    ['#!/bin/bash\n#SBATCH -n 1\nsbatch next.sh\n', 'submits jobs itself'],
    ['#!/bin/bash\n#SBATCH -d afterok:12\ntrue\n', 'waits for jobs that are no part'],
  ])('says what is not as it was: %j', (text, words) => {
    const { notes } = importText(text, { inline: true });
    expect(notes.map((note) => note.text).join('\n')).toContain(words);
  });

  it('may be one of several', () => {
    const sources = ['x/a.sh', 'y/a.sh', 'chain.sh'].map((file) => ({
      file,
      text: file === 'chain.sh' ? 'sbatch b.sh' : '#!/bin/sh\ntrue\n',
    }));
    const { yaml } = importScripts({ sources, readScript, inline: false });
    expect(parse(yaml).jobs.map(({ name }: { readonly name: string }) => name)).toEqual(['a', 'a_2', 'b']);
  });
});
