import { lstat, realpath } from 'node:fs/promises';
import { RefusedError } from '../../core/errors.ts';
import { makeDirectory, parentOf } from '../disk.ts';
import { ifMissing } from './partial-file.ts';

/** Directories below one of them: what is to be written there never leads out of it by a symbolic link. */
export class InnerDirectories {
  readonly #root: Buffer;
  #real: Promise<Buffer> | undefined;
  readonly #known = new Map<string, Promise<void>>();

  constructor(root: string) {
    this.#root = Buffer.from(root);
  }

  /** Makes the directory and its missing parents. */
  make(directory: Buffer): Promise<void> {
    const key = directory.toString('latin1');
    const known = this.#known.get(key) ?? this.#make(directory);
    this.#known.set(key, known);
    return known;
  }

  async #make(directory: Buffer): Promise<void> {
    this.#real ??= this.#makeRoot();
    const root = await this.#real;
    let there = directory;
    while ((await lstat(there).catch(ifMissing)) === undefined) there = parentOf(there);
    if (!isWithin(await realpath(there, { encoding: 'buffer' }), root)) throw leadsOut(there.toString());
    makeDirectory(directory);
  }

  async #makeRoot(): Promise<Buffer> {
    makeDirectory(this.#root);
    return realpath(this.#root, { encoding: 'buffer' });
  }
}

function isWithin(path: Buffer, root: Buffer): boolean {
  const start = root.toString('latin1').replace(/\/?$/, '/');
  return `${path.toString('latin1')}/`.startsWith(start);
}

function leadsOut(path: string): RefusedError {
  return new RefusedError(`${path} leads out of the directory of the copies`, {
    code: 'get.leads_out',
    detail: 'It is a symbolic link, or lies behind one.',
    hint: 'Name the directory that is meant with --to.',
  });
}
