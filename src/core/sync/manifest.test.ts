import { describe, expect, it } from 'vitest';
import {
  type Baseline,
  type Manifest,
  manifestMode,
  manifestName,
  parseManifest,
  renderInvalidated,
  renderManifest,
} from './manifest.ts';
import { planInvalidation, planManifest } from './record-upload.ts';
import { staleUploads } from './stale-uploads.ts';

const whole = (pieces: Iterable<string>) => [...pieces].join('');
const writer = { host: 'laptop', at: '2026-08-12T10:00:00.123Z' };
const f = '740f8918449277c7d922e41e389ec3861bf8917e6f412124587cd92d3045aa9f';
const g = 'f1400fef1a9f6591fd56efe167bd925e771b4cb84fcf5e476fcd6519d7acea82';

/** As older tools write it. */
const older = JSON.stringify(
  {
    exclude_fingerprint: f,
    generation: 3,
    paths: ['a.py', 'b/\\#303\\#244.py'],
    schema_version: 2,
    writer_host: 'desk',
    written_at: '2026-08-12T10:00:00+00:00',
  },
  null,
  2,
);
const baseline: Baseline = { paths: ['a.py', 'b/\\#303\\#244.py'], fingerprint: f, generation: 3, earlier: [] };
const live: Manifest = { kind: 'live', ...baseline };
const invalidated = (change: object = {}) =>
  JSON.stringify({
    ...{ schema_version: 2, invalidated: true, reason: 'disk full', written_at: 'x', writer_host: 'y' },
    superseded: { paths: ['a.py'], exclude_fingerprint: f, generation: 7 },
    ...change,
  });
const changed = (change: object) => JSON.stringify({ ...JSON.parse(older), ...change });

describe('the record of uploads', () => {
  it('is for its account alone', () => {
    expect([manifestName, manifestMode]).toEqual(['.srunx-manifest.json', '600']);
  });

  it('is read as older tools write it', () => {
    expect(parseManifest(older)).toEqual(live);
    expect(parseManifest(invalidated())).toEqual({
      kind: 'invalidated',
      reason: 'disk full',
      superseded: { paths: ['a.py'], fingerprint: f, generation: 7, earlier: [] },
    });
    expect(parseManifest(undefined)).toEqual({ kind: 'absent' });
  });

  it.each([
    ['nothing', '', 'it is no JSON object'],
    ['half of it', older.slice(0, 40), 'it is no JSON object'],
    ['a list', '[]', 'it is no JSON object'],
    ['null', 'null', 'it is no JSON object'],
    ['another version', changed({ schema_version: 3 }), 'its version is 3'],
    ['a version in words', changed({ schema_version: '2' }), 'its version is "2"'],
    ['no version', changed({ schema_version: undefined }), 'its version is not said'],
    ['a path that is none', changed({ paths: ['a', 5] }), 'missing or of another kind'],
    ['no paths', changed({ paths: undefined }), 'missing or of another kind'],
    ['paths in an object', changed({ paths: {} }), 'missing or of another kind'],
    ['a generation in words', changed({ generation: 'three' }), 'missing or of another kind'],
    ['no generation', changed({ generation: undefined }), 'missing or of another kind'],
    ['no fingerprint', changed({ exclude_fingerprint: undefined }), 'missing or of another kind'],
    ['a flag that is not quite true', changed({ invalidated: 'true' }), 'missing or of another kind'],
    ['a flag of 1', changed({ invalidated: 1 }), 'missing or of another kind'],
    ['earlier paths of another kind', changed({ earlier_paths: [1] }), 'missing or of another kind'],
  ])('is not trusted with %s', (_, text, reason) => {
    expect(parseManifest(text)).toEqual({ kind: 'unusable', reason: expect.stringContaining(reason) });
  });

  it.each([
    ['of another version', { schema_version: 1 }, 'unusable'],
    ['with a path that is none', { superseded: { paths: [1], exclude_fingerprint: f, generation: 7 } }, undefined],
    ['without its fingerprint', { superseded: { paths: [], generation: 7 } }, undefined],
    ['without its generation', { superseded: { paths: [], exclude_fingerprint: f } }, undefined],
    ['that is text', { superseded: 'a.py' }, undefined],
  ])('has nothing before it %s', (_, change, kind) => {
    const found = parseManifest(invalidated(change));
    expect(found.kind).toBe(kind ?? 'invalidated');
    expect(found).not.toHaveProperty('superseded.paths');
  });

  it('is written so that older tools read it', () => {
    expect(JSON.parse(whole(renderManifest(baseline, writer)))).toEqual({
      ...JSON.parse(older),
      writer_host: 'laptop',
      written_at: '2026-08-12T10:00:00+00:00',
    });
    expect(JSON.parse(whole(renderInvalidated({ reason: 'r', superseded: baseline }, writer)))).toEqual({
      ...{ schema_version: 2, invalidated: true, reason: 'r' },
      ...{ writer_host: 'laptop', written_at: '2026-08-12T10:00:00+00:00' },
      superseded: { paths: baseline.paths, exclude_fingerprint: f, generation: 3 },
    });
    expect(JSON.parse(whole(renderInvalidated({ reason: 'r', superseded: undefined }, writer)))).not.toHaveProperty(
      'superseded',
    );
  });

  it('says again what was read', () => {
    const found = { ...baseline, earlier: ['x'] };
    expect(parseManifest(whole(renderManifest(found, writer)))).toEqual({ kind: 'live', ...found });
    const lost = { reason: 'r', superseded: found };
    expect(parseManifest(whole(renderInvalidated(lost, writer)))).toEqual({ kind: 'invalidated', ...lost });
  });
});

describe('after an upload', () => {
  const upload = { inventory: ['a.py', 'new'], fingerprint: f, isMirror: false };
  const written = (found: Manifest, change: object = {}) => {
    const plan = planManifest(found, { ...upload, ...change }, writer);
    if (plan.kind !== 'write') throw new Error(plan.kind);
    const recorded = { ...plan.recorded, paths: [...plan.recorded.paths] };
    expect(parseManifest(whole(plan.text))).toEqual({ kind: 'live', ...recorded });
    return recorded;
  };
  const lost: Manifest = { kind: 'invalidated', reason: 'r', superseded: baseline };
  const nothing: Manifest = { kind: 'invalidated', reason: 'r', superseded: undefined };

  it('the first record is of what was here', () => {
    expect(written({ kind: 'absent' })).toEqual({ paths: ['a.py', 'new'], fingerprint: f, generation: 1, earlier: [] });
  });

  it.each([
    ['a good one', live],
    ['the last good one', lost],
  ])('%s is added to', (_, found) => {
    expect(written(found)).toEqual({
      ...{ paths: ['a.py', 'b/\\#303\\#244.py', 'new'], fingerprint: f, generation: 4, earlier: [] },
    });
  });

  it('other filters begin anew, and keep what was before for those who look', () => {
    const after = written(live, { fingerprint: g });
    expect(after).toEqual({
      ...{ paths: ['a.py', 'new'], fingerprint: g, generation: 4, earlier: ['b/\\#303\\#244.py'] },
    });
    expect(written({ kind: 'live', ...after }, { inventory: ['b/\\#303\\#244.py'], fingerprint: f })).toEqual({
      ...{ paths: ['b/\\#303\\#244.py'], fingerprint: f, generation: 5, earlier: ['a.py', 'new'] },
    });
  });

  it('a mirror leaves only what is here', () => {
    expect(written(live, { isMirror: true })).toMatchObject({ paths: ['a.py', 'new'], generation: 4, earlier: [] });
    expect(written({ kind: 'unusable', reason: 'r' }, { isMirror: true })).toMatchObject({ generation: 1 });
    expect(written(nothing, { isMirror: true })).toMatchObject({ paths: ['a.py', 'new'], generation: 1 });
  });

  it.each<[string, Manifest]>([
    ['cannot be used', { kind: 'unusable', reason: 'its version is 3' }],
    ['has lost all', nothing],
  ])('a record that %s is not begun anew by itself', (_, found) => {
    expect(planManifest(found, upload, writer)).toEqual({
      kind: 'leave',
      warning: expect.stringContaining('remove it and sync'),
    });
  });

  it.each<[string, Manifest, object]>([
    ['that nobody could read', { kind: 'unread', reason: 'r' }, {}],
    ['whose files were not listed', live, { inventory: undefined }],
    ['that is one already', lost, { inventory: undefined }],
  ])('one %s counts for nothing', (_, found, change) => {
    const plan = planManifest(found, { ...upload, ...change }, writer);
    if (plan.kind !== 'invalidate') throw new Error(plan.kind);
    const superseded = found.kind === 'unread' ? undefined : baseline;
    expect(parseManifest(whole(plan.text))).toMatchObject({ kind: 'invalidated', superseded });
  });

  it('that could not be recorded, the last good record is kept', () => {
    const kept = { ...baseline, generation: 9 };
    const textOf = (found: Manifest, change: object) => {
      const plan = planInvalidation(found, { reason: 'disk full', ...change }, writer);
      return plan.kind === 'invalidate' ? parseManifest(whole(plan.text)) : plan;
    };
    expect(textOf(live, {})).toEqual({ kind: 'invalidated', reason: 'disk full', superseded: baseline });
    expect(textOf(live, { kept })).toMatchObject({ superseded: kept });
    expect(textOf(lost, {})).toMatchObject({ superseded: baseline });
    expect(textOf({ kind: 'absent' }, { kept })).toMatchObject({ superseded: kept });
    expect(textOf({ kind: 'absent' }, {})).toMatchObject({ kind: 'leave' });
    expect(textOf({ kind: 'unread', reason: 'r' }, {})).toMatchObject({ kind: 'invalidated', superseded: undefined });
  });
});

describe('what was uploaded and is gone here', () => {
  const here = { fingerprint: f, inventory: ['a.py'] };

  it('is known by a good record', () => {
    expect(staleUploads(live, here)).toEqual({ known: true, paths: ['b/\\#303\\#244.py'] });
    expect(staleUploads(live, { ...here, candidates: [] })).toEqual({ known: true, paths: [] });
    const found: Manifest = { ...live, earlier: ['old'] };
    const candidates = ['out.log', 'dir/', 'old', 'b/\\#303\\#244.py'];
    expect(staleUploads(found, { ...here, candidates })).toEqual({ known: true, paths: ['old', 'b/\\#303\\#244.py'] });
    expect(staleUploads(found, here)).toEqual({ known: true, paths: ['b/\\#303\\#244.py'] });
  });

  it.each<[string, Manifest, string]>([
    ['no record', { kind: 'absent' }, 'no upload has been recorded'],
    ['other filters', { ...live, fingerprint: g }, 'what is left out has changed'],
    ['a lost one', parseManifest(invalidated()), 'an upload has not been recorded: disk full'],
    ['one that cannot be used', parseManifest('{}'), 'cannot be used: its version is not said'],
    ['one that nobody could read', { kind: 'unread', reason: 'r' }, 'could not be read: r'],
  ])('is not known by %s', (_, found, reason) => {
    expect(staleUploads(found, here)).toEqual({ known: false, reason: expect.stringContaining(reason) });
  });
});
