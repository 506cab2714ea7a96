import { describe, expect, it } from 'vitest';
import { isSecretName, maskValues, maskWords, surroundingsOf } from './provenance.ts';

const hash = (content: string) => content;

describe('the surroundings', () => {
  it('name modules, environments and variables, and no value', () => {
    const env = {
      LOADEDMODULES: 'gcc/12:cuda/12.2',
      CONDA_DEFAULT_ENV: 'research',
      VIRTUAL_ENV: '/home/u/venv',
      PYTHONPATH: '/home/u/lib',
      CUDA_HOME: '/opt/cuda',
      NOTHING: undefined,
    };
    expect(surroundingsOf(env, () => 'h')).toEqual({
      modules: ['gcc/12', 'cuda/12.2'],
      conda: 'research',
      venv: '/home/u/venv',
      variables: ['CONDA_DEFAULT_ENV', 'CUDA_HOME', 'PYTHONPATH', 'VIRTUAL_ENV'],
      hash: 'h',
    });
    expect(surroundingsOf({}, hash)).toEqual({ modules: [], variables: [], hash: '' });
  });

  it('have a hash that does not depend on the terminal, nor on secrets', () => {
    const env = { PATH: '/bin', WANDB_API_KEY: 'abc', A: 'b' };
    expect(surroundingsOf(env, hash).hash).toBe('A=b\0PATH=/bin\0WANDB_API_KEY');
    const other = { ...env, TERM: 'xterm', SHLVL: '3', SSH_AUTH_SOCK: '/tmp/x', WANDB_API_KEY: 'xyz', _: 'srunx' };
    expect(surroundingsOf(other, hash)).toEqual(surroundingsOf(env, hash));
    expect(surroundingsOf({ ...env, A: 'c' }, hash)).not.toEqual(surroundingsOf(env, hash));
  });
});

it.each([
  ['WANDB_API_KEY', true],
  ['HF_TOKEN', true],
  ['db_password', true],
  ['AWS_SECRET_ACCESS_KEY', true],
  ['lr', false],
  ['AUTHOR', false],
  ['keyboard', false],
  ['max_tokens', false],
  ['tokenizer', false],
])('%s is secret: %s', (name, secret) => {
  expect(isSecretName(name)).toBe(secret);
});

it('hides and shortens values', () => {
  expect(maskValues({ lr: '0.1', hf_token: 'x', long: 'y'.repeat(2000) })).toEqual({
    lr: '0.1',
    hf_token: '***',
    long: `${'y'.repeat(1000)}...`,
  });
  const words = ['flow', 'run', '--arg', 'hf_token=x', '--arg=api_key=y', '--arg', 'a=b'];
  expect(maskWords(words)).toEqual(['flow', 'run', '--arg', 'hf_token=***', '--arg=api_key=***', '--arg', 'a=b']);
});
