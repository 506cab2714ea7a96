import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { SrunxError } from '../src/core/errors.ts';
import { containerKeys, environmentKeys } from '../src/core/job/environment-schema.ts';
import { resourceKeys } from '../src/core/job/resources-schema.ts';
import { rootKeys } from '../src/core/workflow/check-root.ts';
import { jobKeys, unsupportedKeys } from '../src/core/workflow/job-schema.ts';
import { planWorkflow } from '../src/core/workflow/plan.ts';
import { createRenderer } from '../src/templates/minijinja-renderer.ts';
import { parseMarkdown } from './tools/markdown.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(read('schemas/workflow.schema.json')) as object,
);

/** What an editor would underline: `/jobs/0/nodes type`. */
function complaints(text: string): string[] {
  validate(parse(text, { merge: true, schema: 'core' }));
  return (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

const renderer = createRenderer();

/** Whether `srunx flow validate` takes it. */
function isValid(text: string): boolean {
  try {
    planWorkflow({
      text,
      source: 'f.yaml',
      overrides: {},
      selection: { from: undefined, to: undefined, only: [] },
      renderer,
      launcher: 'none',
      python: 'allowed',
      readScript: () => '#!/bin/sh\n',
      hash: (content) => createHash('sha256').update(content).digest('hex'),
    });
    return true;
  } catch (error) {
    if (error instanceof SrunxError) return false;
    throw error;
  }
}

const job = (lines: string) => `args: {a: 1, t: true}\njobs:\n  - name: a\n    ${lines.replaceAll('\n', '\n    ')}\n`;

describe('the schema of workflow files takes', () => {
  it.each(globSync('examples/*/*.yaml', { cwd: root }))('%s', (file) => expect(complaints(read(file))).toEqual([]));

  const documented = globSync(['README.md', 'docs/**/*.md'], { cwd: root }).flatMap((file) =>
    parseMarkdown(read(file))
      .fences.filter(({ language }) => language === 'yaml')
      .map(({ lines }) => ({ place: `${file}:${lines[0]?.line}`, text: lines.map(({ text }) => text).join('\n') })),
  );
  it.each(documented)('the one at $place', ({ text }) => expect(complaints(text)).toEqual([]));

  it.each([
    'jobs: [{name: a, command: x}]',
    'x-note: {any: [thing]}\njobs: [{name: a, command: x, x-note: 1}]',
    'x-base: &base {command: x, nodes: 2}\njobs: [{name: a, <<: *base}]',
    'args: {a: 1}\njobs: [{name: "job_{{ a }}", command: "{{ a }}"}]',
    'args:\njobs: [{name: a, command: x}]',
    job('path: train.sh\nscript_args: [1, "a b", true]\nscript_vars: {lr: 1e-5}'),
    job('command: x\ndepends_on:'),
    job("command: [x, 'a''b', $(x), -rf, 日本語, 3, true]\ndepends_on: []\nexports: {k: 1}"),
    job('command: x\nresources:\nenvironment: ~'),
    job('command: x\nresources: {nodes: 2-4, x-note: 1}\nenvironment: {x-note: {a: 1}, conda: null}'),
    job('command: x\nlauncher: "{{ \'none\' }}"\nexclusive: user\nrequeue: "{{ t }}"\ngres: [gpu:1, shard:2]'),
    job('command: x\nmodules: cuda\nenv_setup: ulimit -c 0\nlauncher: srun\ncontainer: a.sif'),
    job('command: x\nmodules: ["{{ a }}", gcc/12]\ncontainer: {image: a, nv: "{{ t }}", runtime: apptainer, x-b: 1}'),
    job('command: x\nwhen: "{{ a == 1 }}"'),
    'jobs: [{name: a, command: x}]\nfinally: [{name: b, command: x}]',
    'jobs: [{name: a, command: x}]\nfinally:',
    'jobs: [{name: a, command: x}]\nreduce: []',
    'include:\njobs: [{name: a, command: x}]',
    'include: []\njobs: [{name: a, command: x}]',
    job('command: "{{ matrix.a }}"\nmatrix: {a: [1, x, true, "{{ a }}"], x-note: 1}'),
    job('command: x\nmatrix: {a: [1], include: [{a: 1, b: x}], exclude: }'),
    job('command: x\nmatrix: {include: [{b: x}]}'),
    job('command: x\non_failure: x'),
    job('command: x\non_failure:'),
    job('command: x\non_failure: [x, 1]'),
    job('command: x\non_failure: {path: x, nodes: 2, when: "{{ t }}", x-a: 1}'),
    job('command: x\non_error: ignore'),
    job('command: x\narray: 0-9%2'),
    job('command: x\narray: 3'),
    job('command: x\non_error: finish'),
    job('command: x\non_error: terminate'),
    job('command: x\non_error: "{{ \'keep-going\' }}"'),
    'on_error: ignore\njobs: [{name: a, command: x}]',
    'jobs: [{name: a, command: x}, {name: b, command: x, when: false}]',
    'jobs:\n  - {name: a, command: x}\n  - {name: b, command: x, depends_on: ["afternotok:a"]}',
    'jobs:\n  - {name: a, command: x}\n  - {name: b, command: x, depends_on: "after : a"}',
  ])('%j', (text) => {
    expect(complaints(text)).toEqual([]);
    expect(isValid(text)).toBe(true);
  });

  /** Of a job that is left out, the loader reads no more than that. */
  const keysOfSoundJobs = jobKeys.filter((key) => key !== 'when');

  it('whatever the loader takes', () => {
    const values = [
      ...['x', '', '{{ a }}', '{% if t %}x{% endif %}', 'true', 'a:x', 'after:a', '/a:/b', 'srun', 'pyxis', 'a\nb'],
      ...[0, 1, 1.5, -1, true, false, null],
      ...[[], ['x'], [1], [null], ['{{ a }}'], ['--x=y'], [['x']], {}, { A: 1 }, { A: '{{ a }}' }, { A: null }],
      ...[{ 'x-a': 1 }, { nodes: 1 }, { conda: 'x' }, { image: 'x', nv: true }, { SLURM_A: 1 }],
    ];
    const group = (keys: readonly string[], value = fc.constantFrom(...values)) =>
      fc.dictionary(fc.constantFrom(...keys, 'x-y', 'other'), value, { maxKeys: 3 });
    const anything = fc.oneof(
      fc.constantFrom(...values),
      group(resourceKeys),
      group(environmentKeys),
      group(['container'], group(containerKeys)),
    );
    let taken = 0;
    fc.assert(
      fc.property(group(keysOfSoundJobs, anything), group(rootKeys), (inJob, atTop) => {
        const first = { name: 'a', ...('script_path' in inJob || 'path' in inJob ? {} : { command: 'x' }), ...inJob };
        const text = stringify({ ...atTop, args: { a: 1, t: true }, jobs: [first] });
        if (!isValid(text)) return;
        taken += 1;
        expect(complaints(text), text).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});

describe('the schema of workflow files refuses', () => {
  it.each([
    ['', ' type'],
    ['[]', ' type'],
    ['name: x', ' required'],
    ['jobs:', '/jobs type'],
    ['jobs: []', '/jobs minItems'],
    ['jobs: {a: 1}', '/jobs type'],
    ['jobs: [x]', '/jobs/0 type'],
    ['job: []\njobs: [{name: a, command: x}]', ' additionalProperties'],
    ['name: [x]\njobs: [{name: a, command: x}]', '/name type'],
    ['name: 3\njobs: [{name: a, command: x}]', '/name type'],
    ['description: 3\njobs: [{name: a, command: x}]', '/description type'],
    ['args: [x]\njobs: [{name: a, command: x}]', '/args type'],
    ['jobs: [{command: x}]', '/jobs/0 required'],
    ['jobs: [{name: 3, command: x}]', '/jobs/0/name type'],
    ['jobs: [{name: ../x, command: x}]', '/jobs/0/name pattern'],
    ['jobs: [{name: a}]', '/jobs/0 oneOf'],
    [job('command: x\npath: y'), '/jobs/0 oneOf'],
    [job('command: x\nscript_path: y'), '/jobs/0 oneOf'],
    [job('command: 3'), '/jobs/0/command type'],
    [job('command: []'), '/jobs/0/command minItems'],
    [job('command: [[x]]'), '/jobs/0/command/0 type'],
    [job('command: x\ngpu_per_node: 1'), '/jobs/0 additionalProperties'],
    [job('command: x\nnodes: 1.5'), '/jobs/0/nodes type'],
    [job('command: x\nnodes: [1]'), '/jobs/0/nodes type'],
    [job('command: x\naccount: 123'), '/jobs/0/account type'],
    [job('command: x\nlauncher: slurm'), '/jobs/0/launcher enum'],
    [job('command: x\ndepends_on: 3'), '/jobs/0/depends_on type'],
    [job('command: x\ndepends_on: [aftercorr:b]'), '/jobs/0/depends_on/0 pattern'],
    [job('command: x\nexports: {a-b: 1}'), '/jobs/0/exports propertyNames'],
    [job('command: x\nexports: {x-b: 1}'), '/jobs/0/exports propertyNames'],
    [job('command: x\nexports: {b: [1]}'), '/jobs/0/exports/b type'],
    [job('command: x\nenv_vars: {SLURM_X: 1}'), '/jobs/0/env_vars propertyNames'],
    [job('command: x\nenv_vars: {x-b: 1}'), '/jobs/0/env_vars propertyNames'],
    [job('command: x\nresources: [x]'), '/jobs/0/resources type'],
    [job('command: x\nresources: {gpu: 1}'), '/jobs/0/resources additionalProperties'],
    [job('command: x\nenvironment: {vnv: x}'), '/jobs/0/environment additionalProperties'],
    [job('command: x\nmodules: 3'), '/jobs/0/modules type'],
    [job('command: x\nmodules: ["-rf"]'), '/jobs/0/modules/0 pattern'],
    ['include: []', ' anyOf'],
    ['include: x\njobs: [{name: a, command: x}]', '/include type'],
    ['include: [{as: x}]\njobs: [{name: a, command: x}]', '/include/0 anyOf'],
    ['include: [{file: x, as: -y}]\njobs: [{name: a, command: x}]', '/include/0 anyOf'],
    ['finally: [{name: b}]\njobs: [{name: a, command: x}]', '/finally/0 oneOf'],
    ['on_error: no\njobs: [{name: a, command: x}]', '/on_error enum'],
    [job('command: x\narray: [1]'), '/jobs/0/array type'],
    [job('command: x\nmatrix: [1]'), '/jobs/0/matrix type'],
    [job('command: x\nmatrix: {a: 1}'), '/jobs/0/matrix/a type'],
    [job('command: x\nmatrix: {a: []}'), '/jobs/0/matrix/a minItems'],
    [job('command: x\nmatrix: {a: [[1]]}'), '/jobs/0/matrix/a/0 type'],
    [job('command: x\nmatrix: {a-b: [1]}'), '/jobs/0/matrix propertyNames'],
    [job('command: x\nmatrix: {a: [1], include: [x]}'), '/jobs/0/matrix/include/0 type'],
    [job('command: x\nmatrix: {a: [1], exclude: {a: 1}}'), '/jobs/0/matrix/exclude type'],
    [job('command: x\non_failure: []'), '/jobs/0/on_failure anyOf'],
    [job('command: x\non_failure: {name: b, command: x}'), '/jobs/0/on_failure anyOf'],
    [job('command: x\non_failure: {nodes: 1}'), '/jobs/0/on_failure anyOf'],
    [job('command: x\non_error: no'), '/jobs/0/on_error enum'],
    [job('command: x\nwhen: [true]'), '/jobs/0/when type'],
    [job('command: x\ncontainer: {imgae: x}'), '/jobs/0/container additionalProperties'],
    [job('command: x\ncontainer: {image: x, nv: 1}'), '/jobs/0/container/nv type'],
    [job('command: x\ncontainer: {image: x, runtime: lxc}'), '/jobs/0/container/runtime enum'],
  ])('%j', (text, complaint) => {
    expect(complaints(text)).toContain(complaint);
    expect(isValid(text)).toBe(false);
  });

  it.each([...unsupportedKeys])('the key %s, which has no meaning yet', (key) => {
    const text = job(`command: x\n${key}: 1`);
    expect(complaints(text)).toEqual(['/jobs/0 additionalProperties']);
    expect(isValid(text)).toBe(false);
  });
});
