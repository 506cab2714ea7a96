import { expect, it } from 'vitest';
import type { Provenance } from '../core/workflow/provenance.ts';
import { provenanceFacts, provenanceJson } from './provenance-facts.ts';

const code = {
  root: '/home/u/code',
  commit: '0123456789abcdef0123456789abcdef01234567',
  branch: 'main',
  dirty: true,
  untracked: ['a b', 'c', 'd', 'e', 'f', 'g'],
  untrackedCount: 9,
  diff: { file: 'dirty.diff', bytes: 10, sha256: 'd'.repeat(64), isCut: true },
};

const provenance: Provenance = {
  argv: ['flow', 'run', 'a b.yaml'],
  srunx: '1.0',
  user: 'u',
  host: 'login1',
  file: { path: '/home/u/a b.yaml', sha256: 'a'.repeat(64) },
  given: { lr: '0.1' },
  args: { lr: '0.1', note: 'x y' },
  code,
  environment: { modules: ['gcc/12', 'cuda'], conda: 'research', variables: ['CUDA_HOME'], hash: 'b'.repeat(64) },
};

it('says where a run came from, one fact a line', () => {
  expect(provenanceFacts({ provenance, repeats: { run: 'k3v9', how: 'rerun' } })).toEqual([
    ['repeats', 'k3v9 (rerun)'],
    ['submitted by', 'u on login1, with srunx 1.0'],
    ['typed', "srunx flow run 'a b.yaml'"],
    ['workflow file', '/home/u/a b.yaml (sha256 aaaaaaaaaaaa)'],
    ['args', "lr=0.1 'note=x y'"],
    ['code', '0123456789ab on main, with changes (the beginning of them in dirty.diff of the run) in /home/u/code'],
    ['unknown to git', 'a b, c, d, e, f, and 4 more'],
    ['modules', 'gcc/12, cuda'],
    ['environment', 'conda research, 1 telling variable, fingerprint bbbbbbbbbbbb'],
  ]);
});

it('leaves out what is not known', () => {
  expect(provenanceFacts({})).toEqual([]);
  expect(provenanceJson({})).toEqual({ repeats: null, provenance: null });
  const clean = { ...code, commit: null, branch: null, dirty: false, untracked: [], untrackedCount: 0 };
  const { diff: _diff, ...without } = clean;
  const bare = { argv: [], srunx: '1.0', user: 'u', host: 'h', given: {}, args: {} };
  const surroundings = { modules: [], variables: [], hash: 'c'.repeat(64) };
  expect(provenanceFacts({ provenance: { ...bare, code: without, environment: surroundings } })).toEqual([
    ['submitted by', 'u on h, with srunx 1.0'],
    ['code', 'no commit yet in /home/u/code'],
    ['environment', 'fingerprint cccccccccccc'],
  ]);
});

it('has a JSON without words of its own spelling', () => {
  expect(provenanceJson({ provenance })).toMatchObject({
    provenance: {
      file: { sha256: 'a'.repeat(64) },
      code: { untracked_count: 9, diff: { file: 'dirty.diff', bytes: 10, is_cut: true } },
      environment: { conda: 'research', venv: null },
    },
  });
});
