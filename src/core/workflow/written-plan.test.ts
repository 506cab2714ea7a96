import { expect, it } from 'vitest';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { type PlanInput, planWorkflow } from './plan.ts';

const files: Readonly<Record<string, string>> = {
  'part.yaml': 'args: {x: 1}\njobs:\n  - {name: part, command: "echo {{ x }}"}\n',
};

const text = `args: {lr: 0.10, list: [1, 2], unused: 3, twice: "python: args.lr * 2"}
include:
  - {file: part.yaml, as: p, args: {x: 7}}
  - {file: part.yaml, as: q}
jobs:
  - {name: a, command: "echo {{ lr }} {{ list }} {{ twice }} {{ new }}"}
`;

const input: PlanInput = {
  text,
  source: 'flow.yaml',
  overrides: { new: 'x' },
  selection: { from: undefined, to: undefined, only: [] },
  renderer: createRenderer(),
  launcher: 'none',
  python: 'allowed',
  readScript: () => undefined,
  readWorkflow: (path) => ({ source: path, text: files[path] ?? '', id: path }),
  hash: (content) => `hash of ${content.length}`,
};

it('keeps the text of every file once, and the args as typed and as evaluated', () => {
  const part = files['part.yaml'] ?? '';
  expect(planWorkflow(input).written).toEqual({
    files: [
      { source: 'flow.yaml', text, hash: `hash of ${text.length}` },
      { source: 'part.yaml', text: part, hash: `hash of ${part.length}` },
    ],
    given: { new: 'x' },
    args: { lr: '0.10', list: '[1,2]', twice: '0.2', new: 'x' },
  });
});
