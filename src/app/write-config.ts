import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import process from 'node:process';
import { StorageError } from '../core/errors.ts';
import { makeDirectory } from '../shell/disk.ts';

/** The directory of one's own configuration is for its owner alone; those of the system and of a project are not. */
export function makePlaceFor(file: string): void {
  try {
    if (!existsSync(dirname(file))) makeDirectory(dirname(file), isShared(file) ? 0o755 : 0o700);
  } catch (error) {
    throw unwritable(file, error);
  }
}

function isShared(file: string): boolean {
  return file.startsWith('/etc/') || basename(file) === 'srunx.json';
}

/** In one step, and on the disk before it counts, so that nobody ever reads half a file. One's own is for its owner alone. */
export function writeConfigFile(name: string, text: string): void {
  // Whoever keeps the file elsewhere behind a link keeps the link.
  const file = existsSync(name) ? realpathSync(name) : name;
  const draft = `${file}.${process.pid}.new`;
  const mode = isShared(name) ? (statSync(file, { throwIfNoEntry: false })?.mode ?? 0o644) & 0o777 : 0o600;
  makePlaceFor(file);
  try {
    const fd = openSync(draft, 'w', mode);
    fchmodSync(fd, mode);
    writeFileSync(fd, text);
    fsyncSync(fd);
    closeSync(fd);
    renameSync(draft, file);
  } catch (error) {
    if (existsSync(draft)) rmSync(draft, { force: true });
    throw unwritable(file, error);
  }
}

/** Says what could not be written, and where to look. */
export function unwritable(file: string, cause: unknown): StorageError {
  return new StorageError(`${file} could not be written`, {
    code: 'config.unwritable',
    detail: cause instanceof Error ? cause.message : String(cause),
    hint: `Look at the permissions and the free space of ${existingPart(dirname(file))}.`,
    cause,
  });
}

function existingPart(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existingPart(dirname(path));
}
