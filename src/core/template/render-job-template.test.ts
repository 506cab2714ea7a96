import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { parseDirectives } from '../job/script-directives.ts';
import { builtInTemplates } from './built-in-templates.ts';
import { renderJobTemplate } from './render-job-template.ts';
import { type TemplateInput, templateValues } from './template-values.ts';

const renderer = createRenderer();

const nothing: TemplateInput = {
  options: [],
  resources: {},
  jobName: 'job',
  command: undefined,
  usesSrun: true,
  srunArgs: [],
  launchPrefix: [],
  setUp: [],
  container: undefined,
  logDir: undefined,
  workDir: undefined,
  variables: {},
};

function render(text: string, input: Partial<TemplateInput> = {}, asked: { option: string; names: string[] }[] = []) {
  const given = { ...nothing, ...input };
  const variables = Object.keys(given.variables);
  return renderJobTemplate({ what: 'it', text, values: templateValues(given), variables, asked, renderer }).script;
}

describe('renderJobTemplate', () => {
  const command = "bash -c 'a; b'";

  it.each<[string, string, Partial<TemplateInput>, string]>([
    ['a variable as it was written', '{{ lr }}', { variables: { lr: '1e-5' } }, '1e-5'],
    ['a number as a number in conditions', '{% if n > 9 %}many{% endif %}', { variables: { n: '10' } }, 'many'],
    ['false as false', '{% if x %}yes{% else %}no{% endif %}', { variables: { x: 'False' } }, 'no'],
    ['what is typed', '{{ nodes }}', { options: [{ name: 'nodes', value: '2-4' }], resources: { nodes: 9 } }, '2-4'],
    ['what is configured', '{{ memory_per_node }}', { resources: { memory_per_node: '8G' } }, '8G'],
    ['none where nothing is given', '{% if partition %}x{% endif %}{{ nodes or 1 }}', {}, '1'],
    [
      'no configured value beside a typed one that says the same otherwise',
      '{{ gpus_per_node or "none" }} {{ gpus }}',
      { options: [{ name: 'gpus', value: '4' }], resources: { gpus_per_node: 1 } },
      'none 4',
    ],
    [
      'the command as srun starts it',
      '{{ launch }}',
      { command, srunArgs: ['-l'], launchPrefix: ['x'] },
      `srun -l x ${command}`,
    ],
    ['the command without Slurm', '{{ launch }}', { command, usesSrun: false }, command],
    ['empty texts for what may be empty', '[{{ srun_args }}{{ log_dir }}{{ environment_setup }}]', {}, '[]'],
    ['a word for the shell', '{{ f|shell }}', { variables: { f: "a'b $(x)" } }, `'a'\\''b $(x)'`],
    ['arrays of the shell as they are', '${#a[@]} {{ n }}', { variables: { n: '1' } }, '${#a[@]} 1'],
    ['a variable in place of a known name', '{{ nodes }}', { variables: { nodes: '3' } }, '3'],
  ])('prints %s', (_, text, input, expected) => {
    expect(render(text, input)).toBe(expected);
  });

  it.each<[string, string, Partial<TemplateInput>, string, string]>([
    ['a name without a value', '{{ partition }}', {}, 'usage.template_value', '--partition'],
    ['a missing command', '{{ launch }}', {}, 'usage.template_value', '--wrap'],
    ['a name that nobody knows', '{{ partitoin }}', {}, 'usage.template', '--var'],
    ['a variable that nothing uses', '{{ lr }}', { variables: { lr: '1', ll: '2' } }, 'usage.template_variable', 'lr'],
    ['what the engine cannot read', '{% if %}', {}, 'usage.template', '--var'],
  ])('refuses %s', (_, text, input, code, hint) => {
    expect(() => render(text, input)).toThrow(
      expect.objectContaining({ code, hint: expect.stringContaining(hint) as string }) as Error,
    );
  });

  it('refuses what was asked for and has no place', () => {
    const asked = [{ option: '--conda', names: ['environment_setup'] }];
    expect(() => render('#!/bin/sh', {}, asked)).toThrow('--conda has no effect on it');
    expect(render('{{ environment_setup }}', { setUp: ['x'] }, asked)).toBe('x');
  });
});

describe('the built-in templates', () => {
  const command = "bash -c 'python train.py'";

  it.each(builtInTemplates.map((template) => [template.name, template] as const))(
    '%s',
    (_, { text, description, useCase }) => {
      const container = { image: 'train.sif' };
      const script = render(text, { command, container, setUp: ['module load cuda'] });
      expect(script).toMatch(/^#!\/bin\/bash\n/);
      expect(script).toContain(command);
      expect(script).toContain('\nmodule load cuda\n');
      expect(script).not.toMatch(/[{%#]\}|\n\n\n| $/m);
      expect(description + useCase).not.toMatch(/\.$/);
    },
  );

  it.each([
    ['gpu', [], ['nodes=1', 'ntasks=1', 'gpus-per-node=1']],
    ['gpu', [{ name: 'gres', value: 'gpu:a100:2' }], ['nodes=1', 'ntasks=1']],
    ['gpu', [{ name: 'gpus-per-node', value: '4' }], ['nodes=1', 'ntasks=1', 'gpus-per-node=4']],
    ['cpu', [{ name: 'cpus-per-task', value: '16' }], ['nodes=1', 'ntasks=1', 'cpus-per-task=16']],
    ['torchrun', [{ name: 'nodes', value: '8' }], ['nodes=8', 'ntasks-per-node=1', 'gpus-per-node=1']],
    ['array', [{ name: 'array', value: '0-99%5' }], ['array=0-99%5']],
    ['base', [], []],
  ])('%s asks with %j for %j', (name, options, expected) => {
    const text = builtInTemplates.find((template) => template.name === name)?.text ?? '';
    const directives = parseDirectives(render(text, { command, options }));
    expect(directives.map(({ name: option, value }) => `${option}=${value}`)).toEqual(expected);
  });
});
