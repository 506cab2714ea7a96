import { describe, expect, it } from 'vitest';
import { mergeLayers } from '../core/config/config.ts';
import { readConfigFile } from '../core/config/read-config.ts';
import { NotFoundError, UsageError } from '../core/errors.ts';
import { chooseTarget, type TargetChoice } from './choose-target.ts';

const choose = (
  choice: TargetChoice,
  {
    env = {},
    current,
    use,
    hasSlurm = true,
  }: { env?: object; current?: string; use?: boolean; hasSlurm?: boolean } = {},
) => {
  const text = JSON.stringify({
    current_profile: current ?? null,
    profiles: { dgx: { ssh_host: 'dgx' }, lab: { hostname: 'lab' } },
    ...(use === undefined ? {} : { cli: { use_current_profile: use } }),
  });
  const config = () => mergeLayers([readConfigFile(text, 'config.json')]);
  return chooseTarget({ env: env as Record<string, string>, hasSlurm: () => hasSlurm, config }, choice);
};

describe('chooseTarget', () => {
  it('takes what is named, then the variable, then the current profile, then this machine', () => {
    const env = { SRUNX_SSH_PROFILE: ' lab ' };
    expect(choose({ profile: 'dgx' }, { env, current: 'lab' })).toEqual({ name: 'dgx', via: '--profile' });
    expect(choose({}, { env, current: 'dgx' })).toEqual({ name: 'lab', via: '$SRUNX_SSH_PROFILE' });
    expect(choose({}, { env: { SRUNX_SSH_PROFILE: ' ' }, current: 'dgx' })).toEqual({
      name: 'dgx',
      via: 'current profile',
    });
    expect(choose({}, { current: 'dgx', use: false })).toEqual({ name: 'local' });
    expect(choose({}, { hasSlurm: false })).toMatchObject({
      name: 'embedded',
      notice: expect.stringContaining('embedded'),
    });
    expect(choose({}, { hasSlurm: false }).notice).toContain('--profile names a cluster: ');
    expect(choose({ embedded: true }, { env })).toEqual({ name: 'embedded', via: '--embedded' });
  });

  it('says that --local overrules a profile, and nothing where there is none to overrule', () => {
    expect(choose({ local: true })).toEqual({ name: 'local', via: '--local' });
    expect(choose({ local: true }, { current: 'dgx' }).notice).toContain('--local');
    expect(choose({ local: true }, { env: { SRUNX_SSH_PROFILE: 'dgx' } }).notice).toContain('--local');
  });

  it.each<[TargetChoice, object, unknown]>([
    [{ profile: '  ' }, {}, UsageError],
    [{ profile: 'dgx', local: true }, {}, UsageError],
    [{ local: true, embedded: true }, {}, UsageError],
    [{ profile: 'nope' }, {}, NotFoundError],
    [{ profile: 'energy' }, {}, UsageError],
    [{ profile: 'dgx,lab' }, {}, UsageError],
    [{ profile: 'dgx,' }, {}, UsageError],
    [{}, { SRUNX_SSH_PROFILE: 'nope' }, NotFoundError],
  ])('refuses %j with %j', (choice, env, kind) => {
    expect(() => choose(choice, { env })).toThrow(kind as typeof UsageError);
  });
});
