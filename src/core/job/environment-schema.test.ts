import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerSchema, environmentKeys, environmentSchema } from './environment-schema.ts';

function problems(schema: typeof environmentSchema | typeof containerSchema, value: unknown): string[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).map(({ path, message }) => [...path, message].join(': '));
}

describe('environment', () => {
  it.each([
    [{}, {}],
    [{ conda: 'my env' }, { conda: 'my env' }],
    [
      { conda: null, venv: '/v' },
      { conda: null, venv: '/v' },
    ],
    [
      { conda: null, venv: null, container: null },
      { conda: null, venv: null, container: null },
    ],
    [{ modules: ['gcc/12', 'cuda'] }, { modules: ['gcc/12', 'cuda'] }],
    [{ modules: 'gcc/12' }, { modules: ['gcc/12'] }],
    [{ modules: null }, { modules: [] }],
    [{ env_setup: ['export A=1', 'ulimit -c 0'] }, { envSetup: ['export A=1', 'ulimit -c 0'] }],
    [{ env_setup: 'if x; then\n  y\nfi\n' }, { envSetup: ['if x; then\n  y\nfi\n'] }],
    [{ env_vars: { A: 'b c', _B2: '' } }, { envVars: { A: 'b c', _B2: '' } }],
    [
      { env_vars: { A: 1, B: 0.5, C: true, D: '0.10', E: 'a\nb' } },
      { envVars: { A: '1', B: '0.5', C: 'true', D: '0.10', E: 'a\nb' } },
    ],
    [{ container: 'a.sif' }, { container: { image: 'a.sif' } }],
    [
      { container: { image: 'x', writable_tmpfs: true, runtime: 'apptainer' } },
      { container: { image: 'x', writableTmpfs: true, runtime: 'apptainer' } },
    ],
  ])('%j becomes %j', (written, expected) => expect(environmentSchema.parse(written)).toEqual(expected));

  it.each([
    [null, 'expected a mapping'],
    ['conda', 'expected a mapping'],
    [{ cnda: 'x' }, 'Unrecognized key: "cnda"'],
    [{ conda: 'a', venv: 'b' }, 'venv: only one of conda and venv can be active'],
    [{ conda: '' }, 'conda: must not be empty'],
    [{ conda: 3 }, 'conda: expected text'],
    [{ conda: 'a\nb' }, 'conda: must be one line of text, without NUL'],
    [{ venv: 'a\0' }, 'venv: must be one line of text, without NUL'],
    [{ modules: ['-rf'] }, 'modules: 0: a module is one word that does not begin with `-`'],
    [{ modules: ['a b'] }, 'modules: 0: a module is one word'],
    [{ modules: {} }, 'modules: expected a list of modules'],
    [{ modules: 7 }, 'modules: expected a list of modules'],
    [{ env_setup: ['a\0'] }, 'env_setup: 0: must not contain NUL'],
    [{ env_setup: [''] }, 'env_setup: 0: must not be empty'],
    [{ env_setup: [1] }, 'env_setup: 0: expected shell text'],
    [{ env_vars: { 'a b': '1' } }, 'env_vars: a b: "a b" is no name of a variable'],
    [{ env_vars: { '': '1' } }, 'env_vars: : "" is no name of a variable'],
    [{ env_vars: { 'A\n': '1' } }, 'env_vars: A\n: "A\\n" is no name of a variable'],
    [{ env_vars: { '1A': '1' } }, 'env_vars: 1A: "1A" is no name'],
    [{ env_vars: { Ä: '1' } }, 'env_vars: Ä: "Ä" is no name'],
    [{ env_vars: { SLURM_JOB_ID: '1' } }, 'env_vars: SLURM_JOB_ID: SLURM_JOB_ID: names that begin with'],
    [{ env_vars: { SBATCH_X: '1' } }, 'env_vars: SBATCH_X: SBATCH_X: names that begin with'],
    [{ env_vars: { A: null } }, 'env_vars: A: expected text, a number, true or false'],
    [{ env_vars: { A: ['x'] } }, 'env_vars: A: expected text, a number, true or false'],
    [{ env_vars: { A: 'a\0' } }, 'env_vars: A: must not contain NUL'],
    [{ env_vars: ['A=1'] }, 'env_vars: expected variables and their values'],
    [{ container: { imgae: 'x' } }, 'container: Unrecognized key: "imgae"'],
  ])('refuses %j', (written, message) => expect(problems(environmentSchema, written)[0]).toContain(message));

  it('says all that is wrong at once', () => {
    const written = { conda: '', env_vars: { 'a b': 1, SLURM_X: 2 }, container: { nv: 1 } };
    expect(problems(environmentSchema, written)).toHaveLength(4);
  });

  it('names its keys', () => {
    expect(environmentKeys).toEqual(['conda', 'venv', 'modules', 'env_setup', 'env_vars', 'container']);
  });

  it('never throws', () => {
    const key = fc.constantFrom(...environmentKeys, 'other');
    fc.assert(fc.property(fc.dictionary(key, fc.jsonValue()), (value) => void environmentSchema.safeParse(value)));
    fc.assert(fc.property(fc.jsonValue(), (value) => void environmentSchema.safeParse({ container: value })));
  });
});

describe('container', () => {
  it.each([
    ['a.sif', { image: 'a.sif' }],
    [{}, {}],
    [{ image: 'x', mounts: ['/a', '/a:/b', '~/a:/b:ro', 'rel:/b', '~/a', "/a b'$(x):/c"] }, expect.anything()],
    [
      { image: 'x', env: { A: 1, B: true } },
      { image: 'x', env: { A: '1', B: 'true' } },
    ],
    [
      { runtime: 'pyxis', image: 'x', nv: false, mount_home: true },
      { runtime: 'pyxis', image: 'x', nv: false, mountHome: true },
    ],
    // Which runtime it will be, the configuration may say.
    [
      { image: 'x', nv: true },
      { image: 'x', nv: true },
    ],
    [
      { runtime: 'singularity', nv: true, extra_args: ['--net'] },
      { runtime: 'singularity', nv: true, extraArgs: ['--net'] },
    ],
  ])('%j becomes %j', (written, expected) => expect(containerSchema.parse(written)).toEqual(expected));

  it.each([
    [{ runtime: 'lxc' }, 'runtime: expected one of pyxis, apptainer, singularity'],
    [3, 'expected an image, or a mapping with `image`'],
    ['', 'image: must not be empty'],
    ['-rf', 'image: an image does not begin with `-`'],
    ['a\nb', 'image: must be one line'],
    [{ image: 'x', nv: 'yes' }, 'nv: expected true or false'],
    [{ image: 'x', mounts: '/a' }, 'mounts: expected a list of mounts'],
    [{ image: 'x', mounts: ['/a,/b'] }, 'mounts: 0: `/a,/b`: a mount must not contain a comma'],
    [{ image: 'x', mounts: ['/a:b'] }, 'mounts: 0: `b`: the path inside the container must begin with /'],
    [{ image: 'x', mounts: ['a'] }, 'mounts: 0: `a`: the path inside the container must begin with /'],
    [{ image: 'x', mounts: ['/a:~/b'] }, 'mounts: 0: `~/b`: the path inside the container must begin with /'],
    [{ image: 'x', mounts: ['/a:'] }, 'mounts: 0: `/a:` is no mount'],
    [{ image: 'x', mounts: ['/a:/b:ro:x'] }, 'mounts: 0: `/a:/b:ro:x` is no mount'],
    [{ image: 'x', mounts: ['$HOME/a:/b'] }, 'mounts: 0: `$HOME/a:/b`: variables are not expanded'],
    [{ image: 'x', mounts: ['${HOME}/a:/b'] }, 'mounts: 0: `${HOME}/a:/b`: variables are not expanded'],
    [{ image: 'x', mounts: [''] }, 'mounts: 0: must not be empty'],
    [{ image: 'x', env: { 'a-b': 1 } }, 'env: a-b: "a-b" is no name of a variable'],
    [{ image: 'x', env: { SLURM_X: 1 } }, 'env: SLURM_X: SLURM_X: names that begin with'],
    [
      { runtime: 'pyxis', image: 'x', nv: true, overlay: 'o' },
      'nv, overlay: only for apptainer and singularity, not for pyxis',
    ],
    [{ runtime: 'apptainer', image: 'x', remap_root: true }, 'remap_root: only for pyxis, not for apptainer'],
  ])('refuses %j', (written, message) => expect(problems(containerSchema, written)[0]).toContain(message));
});
