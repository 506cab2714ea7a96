import { mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory and its missing parents; one that is there stays as it is. Node's own recursive `mkdirSync` never returns
 * where the system answers ENOENT below a directory that exists, as it does below /proc.
 *
 * @param mode bits of each directory that is made, less the umask
 * @throws what the system says; EEXIST or ENOTDIR where something on the way is not a directory
 */
export function makeDirectory(path: string | Buffer, mode = 0o777): void {
  try {
    makeOne(path, mode);
  } catch (error) {
    const parent = typeof path === 'string' ? dirname(path) : parentOf(path);
    if (codeOf(error) !== 'ENOENT' || String(parent) === String(path)) throw error;
    makeDirectory(parent, mode);
    makeOne(path, mode);
  }
}

/** The directory of a path that need not be UTF-8. */
export function parentOf(path: Buffer): Buffer {
  return Buffer.from(dirname(path.toString('latin1')), 'latin1');
}

function makeOne(path: string | Buffer, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // EROFS and EACCES too are told for what exists already.
    if (codeOf(error) === 'ENOENT' || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Magic numbers of statfs(2) for file systems that several hosts share, and for FUSE, behind which anything may be. */
const sharedFileSystems = new Set([
  0x6969, // NFS
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x19830326, // BeeGFS
  0x00c36400, // Ceph
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x65735546, // FUSE
]);

/** Whether other hosts may write to the directory too: SQLite's write-ahead log needs memory that all writers share. */
export function isOnSharedDisk(directory: string): boolean {
  return sharedFileSystems.has(statfsSync(directory).type);
}
