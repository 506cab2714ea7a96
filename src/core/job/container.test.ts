import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors.ts';
import { type ContainerSpec, misfitFields, renderContainer } from './container.ts';

/** The words as a shell reads them. */
function words(text: readonly string[]): string[] {
  const script = `for word in ${text.join(' ')}; do printf '%s\\0' "$word"; done`;
  const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8', env: { HOME: '/home/a b' } });
  return stdout.split('\0').slice(0, -1);
}

const hostile = [`a b`, `a'b`, '$(x)', '`x`', '-rf', 'a\nb', '日本語', '*', '"', '\\'];

describe('pyxis', () => {
  it('needs nothing but an image', () => {
    expect(renderContainer({ image: 'nvcr.io#nvidia/pytorch:24.01-py3' })).toEqual({
      srunArgs: ["--container-image='nvcr.io#nvidia/pytorch:24.01-py3'"],
      prefix: [],
    });
  });

  it('gives srun everything, one word each', () => {
    const rendered = renderContainer({
      runtime: 'pyxis',
      image: '~/my image.sqsh',
      mounts: ['/a b:/c:ro', '~/data:/data'],
      workdir: '/w $x',
      name: 'n',
      save: '/s',
      writable: true,
      remapRoot: false,
      mountHome: false,
      entrypoint: true,
      env: { A: '1' },
    });
    expect(words(rendered?.srunArgs ?? [])).toEqual([
      '--container-image=/home/a b/my image.sqsh',
      '--container-mounts=/a b:/c:ro,/home/a b/data:/data',
      '--container-workdir=/w $x',
      '--container-name=n',
      '--container-save=/s',
      '--container-writable',
      '--no-container-remap-root',
      '--no-container-mount-home',
      '--container-entrypoint',
    ]);
    expect(rendered?.prefix).toEqual(['env', 'A=1']);
  });

  it('refuses the fields of the others, by name', () => {
    const render = () =>
      renderContainer({ image: 'x', nv: true, writableTmpfs: true, overlay: 'o', extraArgs: ['--x'] });
    expect(render).toThrow(ConfigError);
    expect(render).toThrow(
      'nv, writable_tmpfs, overlay, extra_args: only for apptainer and singularity, not for pyxis',
    );
  });

  it('does not mind fields of the others that say nothing', () => {
    expect(misfitFields({ nv: false, extraArgs: [] }, 'pyxis')).toBeUndefined();
  });
});

describe.each(['apptainer', 'singularity'] as const)('%s', (runtime) => {
  it('stands before the command', () => {
    expect(renderContainer({ runtime, image: 'a.sif' })).toEqual({ srunArgs: [], prefix: [runtime, 'exec', 'a.sif'] });
  });

  it('keeps the order of its options', () => {
    const rendered = renderContainer({
      runtime,
      image: '~/a b.sif',
      mounts: ['/a b:/c', '~/d:/d:ro'],
      workdir: '/w x',
      env: { A: 'b c', B: '' },
      nv: true,
      rocm: true,
      cleanenv: true,
      fakeroot: true,
      writableTmpfs: true,
      noHome: true,
      contain: true,
      tmpSandbox: true,
      overlay: '~/o.img',
      extraArgs: ['--net', '--dns=1.1.1.1,8.8.8.8'],
    });
    expect(rendered?.srunArgs).toEqual([]);
    expect(words(rendered?.prefix ?? [])).toEqual([
      ...[runtime, 'exec', '--nv', '--rocm', '--cleanenv', '--fakeroot', '--writable-tmpfs', '--no-home', '--contain'],
      ...['--tmp-sandbox', '--overlay=/home/a b/o.img', '--bind=/a b:/c', '--bind=/home/a b/d:/d:ro', '--pwd=/w x'],
      ...['--net', '--dns=1.1.1.1,8.8.8.8', '/home/a b/a b.sif', 'env', 'A=b c', 'B='],
    ]);
  });

  it('refuses the fields of pyxis, by name, whatever they say', () => {
    expect(misfitFields({ mountHome: false, name: 'x' }, runtime)).toBe(
      `mount_home, name: only for pyxis, not for ${runtime}`,
    );
  });
});

describe('every runtime', () => {
  it.each<[string, ContainerSpec | null | undefined]>([
    ['undefined', undefined],
    ['null', null],
    ['a runtime without an image', { runtime: 'apptainer', nv: true }],
    ['fields without an image', { nv: true }],
  ])('is left out for %s', (_, container) => expect(renderContainer(container)).toBeUndefined());

  it.each(hostile)('passes %j as it is', (text) => {
    const spec = { image: `i${text}`, mounts: [`/m${text}:/x`], workdir: `/w${text}`, env: { A: text } };
    const pyxis = renderContainer(spec);
    expect(words(pyxis?.srunArgs ?? [])).toEqual([
      `--container-image=i${text}`,
      `--container-mounts=/m${text}:/x`,
      `--container-workdir=/w${text}`,
    ]);
    expect(words(pyxis?.prefix ?? [])).toEqual(['env', `A=${text}`]);
    const apptainer = renderContainer({ ...spec, runtime: 'apptainer', overlay: text, extraArgs: [text] });
    expect(words(apptainer?.prefix ?? [])).toEqual([
      ...['apptainer', 'exec', `--overlay=${text}`, `--bind=/m${text}:/x`, `--pwd=/w${text}`, text, `i${text}`],
      ...['env', `A=${text}`],
    ]);
  });
});

describe.each(['docker', 'podman'] as const)('%s', (runtime) => {
  it('runs the command as the user, with everything one word each', () => {
    const rendered = renderContainer({
      ...{ runtime, image: 'reg.io/a/b:1', mounts: ['/a b:/c', '~/d:/d:ro'], workdir: '/w x', env: { A: 'b c' } },
      ...{ nv: true, entrypoint: false, extraArgs: ['--network=host', "a'b"] },
    });
    expect(rendered?.srunArgs).toEqual([]);
    const prefix = (rendered?.prefix ?? []).map((word) => word.replace('$(id -u):$(id -g)', '1:2'));
    expect(words(prefix)).toEqual([
      ...[runtime, 'run', '--rm', runtime === 'docker' ? '--user=1:2' : '--userns=keep-id'],
      runtime === 'docker' ? '--gpus=all' : '--device=nvidia.com/gpu=all',
      ...['--volume=/a b:/c', '--volume=/home/a b/d:/d:ro', '--workdir=/w x', '--entrypoint='],
      ...['--network=host', "a'b", 'reg.io/a/b:1', 'env', 'A=b c'],
    ]);
  });

  it('refuses the fields of the others, by name', () => {
    const render = () => renderContainer({ runtime, image: 'x', writableTmpfs: true, overlay: 'o', save: 's' });
    expect(render).toThrow(`writable_tmpfs, overlay, save: not for ${runtime}`);
  });
});
