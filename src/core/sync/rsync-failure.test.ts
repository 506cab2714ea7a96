import { describe, expect, it } from 'vitest';
import { rsyncFailure } from './rsync-failure.ts';

describe('a failed rsync', () => {
  it.each([
    [2, 'protocol version mismatch -- is your shell clean?', 'rsync.noisy_login', 6],
    [12, 'bash: line 1: rsync: command not found\nrsync: connection unexpectedly closed', 'rsync.missing', 6],
    [127, '', 'rsync.missing', 6],
    [11, 'rsync: write failed on "/x": No space left on device (28)', 'rsync.no_space', 1],
    [25, 'Deletions stopped due to --max-delete limit (2 skipped)', 'rsync.max_delete', 8],
    [12, 'rsync: --mkpath: unknown option', 'rsync.too_old', 6],
    [12, 'rsync: connection unexpectedly closed (0 bytes received so far)', 'rsync.connection_lost', 6],
    [255, '', 'rsync.connection_lost', 6],
    [20, 'rsync error: received SIGINT', 'rsync.interrupted', 6],
    [137, '', 'rsync.interrupted', 6],
    [23, 'rsync: send_files failed to open "/x": Permission denied (13)', 'rsync.files', 1],
    [5, 'odd', 'rsync.failed', 1],
  ])('with %i and %j is %s', (returncode, stderr, code, exitCode) => {
    const error = rsyncFailure({ returncode, stderr }, '/p could not be sent to dgx');
    expect(error).toMatchObject({ code, exitCode, hint: expect.stringMatching(/\.$/) });
    expect(error.message).toMatch(/^\/p could not be sent to dgx: /);
    expect(error.detail).toBe(stderr === '' ? `rsync ended with exit code ${returncode}` : stderr);
  });
});
