import { describe, expect, it } from 'vitest';
import { UsageError } from '../core/errors.ts';
import { parseContainerOption } from './container-option.ts';

describe('parseContainerOption', () => {
  it.each([
    ['docker://ubuntu:24.04', { image: 'docker://ubuntu:24.04' }],
    ['nvcr.io#nvidia/pytorch:24.01-py3', { image: 'nvcr.io#nvidia/pytorch:24.01-py3' }],
    ['/images/a=b.sif', { image: '/images/a=b.sif' }],
    ['image=a.sif', { image: 'a.sif' }],
    ['{image=a.sif}', { image: 'a.sif' }],
    [
      'image=a.sif,mounts=/a:/a;/b:/c,nv=true,runtime=apptainer',
      { image: 'a.sif', mounts: ['/a:/a', '/b:/c'], nv: true, runtime: 'apptainer' },
    ],
    ['image=a.sif, bind=/data', { image: 'a.sif', mounts: ['/data'] }],
    ['image=a.sif,env=A=1;B=x=y,cleanenv=no', { image: 'a.sif', env: { A: '1', B: 'x=y' }, cleanenv: false }],
  ])('reads %s', (text, expected) => {
    expect(parseContainerOption(text)).toEqual(expected);
  });

  it.each([
    ['image=a.sif,mount=/a', 'Did you mean `mounts`?'],
    ['image=a.sif,nv', 'Write KEY=VALUE, such as image=a.sif,nv=true.'],
    ['image=a.sif,nv=on', 'Write nv=true or nv=false.'],
    ['image=a.sif,env=A', 'Write env=NAME=VALUE;NAME=VALUE.'],
  ])('refuses %s instead of ignoring a part of it', (text, hint) => {
    expect(() => parseContainerOption(text)).toThrow(UsageError);
    expect(() => parseContainerOption(text)).toThrow(expect.objectContaining({ hint }));
  });
});
