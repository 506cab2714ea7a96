import { describe, expect, it } from 'vitest';
import {
  findStranger,
  type Owner,
  ownerMarkerMode,
  ownerMarkerName,
  parseOwnerMarker,
  renderOwnerMarker,
  type Syncer,
} from './owner-marker.ts';

/** As older tools write it. */
const older = `{
  "hostname": "desk",
  "last_sync_at": "2026-04-23T10:00:00.123456+00:00",
  "mount_name": "code"
}
`;
const owner: Owner = {
  ...{ hostname: 'desk', machineId: 'm1', user: 'ada', local: '/home/ada/code' },
  ...{ mountName: 'code', profile: 'dgx', version: '1.0.0', lastSyncAt: '2026-04-23T10:00:00.123Z' },
};

describe('the marker of an owner', () => {
  it('is for everybody to read', () => {
    expect([ownerMarkerName, ownerMarkerMode]).toEqual(['.srunx-owner.json', '644']);
  });

  it('is read as older tools write it', () => {
    expect(parseOwnerMarker(older)).toEqual({
      kind: 'owner',
      owner: { hostname: 'desk', mountName: 'code', lastSyncAt: '2026-04-23T10:00:00.123456+00:00' },
    });
    expect(parseOwnerMarker(undefined)).toEqual({ kind: 'absent' });
  });

  it('is written so that older tools read it', () => {
    const { hostname, mountName, lastSyncAt } = owner;
    expect(renderOwnerMarker({ hostname, mountName, lastSyncAt })).toBe(older.replace('123456', '123000'));
    expect(renderOwnerMarker(owner)).toBe(`{
  "hostname": "desk",
  "last_sync_at": "2026-04-23T10:00:00.123000+00:00",
  "local": "/home/ada/code",
  "machine_id": "m1",
  "mount_name": "code",
  "profile": "dgx",
  "user": "ada",
  "version": "1.0.0"
}
`);
    expect(parseOwnerMarker(renderOwnerMarker(owner))).toMatchObject({
      owner: { ...owner, lastSyncAt: expect.stringMatching(/^2026/) },
    });
  });

  it.each([
    ['', 'no JSON'],
    ['{', 'no JSON'],
    ['null', 'no JSON object'],
    ['[]', 'missing or of another kind'],
    ['"desk"', 'no JSON object'],
    [older.replace('"desk"', '5'), 'missing or of another kind'],
    [older.replace('mount_name', 'mount'), 'missing or of another kind'],
  ])('%j is none', (text, reason) => {
    expect(parseOwnerMarker(text)).toEqual({ kind: 'unreadable', reason: expect.stringContaining(reason) });
    expect(findStranger(parseOwnerMarker(text), owner)).toBeUndefined();
  });

  it('is one whatever else it says', () => {
    const more = older.replace('{', '{ "user": 5, "x": [],');
    expect(parseOwnerMarker(more)).toEqual(parseOwnerMarker(older));
  });
});

describe('somebody else', () => {
  const marker = parseOwnerMarker(renderOwnerMarker(owner));
  const strangerTo = (change: Partial<Syncer>) => findStranger(marker, { ...owner, ...change });

  it.each<[string, Partial<Syncer>]>([
    ['with another name', { hostname: 'dhcp-17' }],
    ['that knows only its name', { machineId: undefined, user: undefined, local: undefined }],
  ])('is not the same machine %s', (_, change) => {
    expect(strangerTo(change)).toBeUndefined();
  });

  it.each<[Partial<Syncer>, string, string]>([
    [{ machineId: 'm2' }, 'machine', 'ada on desk'],
    [{ machineId: undefined, hostname: 'other' }, 'machine', 'ada on desk'],
    [{ user: 'bob' }, 'account', 'ada, another account of this machine'],
    [{ local: '/home/ada/clone' }, 'directory', '/home/ada/code, another directory of this machine'],
  ])('is whoever has %j', (change, kind, words) => {
    expect(strangerTo(change)).toEqual({ kind, words });
  });

  it('is known to older tools by the name of the machine', () => {
    expect(findStranger(parseOwnerMarker(older), owner)).toBeUndefined();
    expect(findStranger(parseOwnerMarker(older), { ...owner, hostname: 'x' })).toEqual({
      kind: 'machine',
      words: 'desk',
    });
    expect(findStranger({ kind: 'absent' }, owner)).toBeUndefined();
  });
});
