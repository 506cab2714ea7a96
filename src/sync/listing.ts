import { displayName } from '../core/sync/rsync-names.ts';
import { parseItem, parseLink, type RsyncItemType } from '../core/sync/rsync-output.ts';
import { withoutSorted } from '../core/sync/sorted-names.ts';
import { NameTable } from './name-table.ts';
import { textOf } from './run-rsync.ts';

/** A `LocalInventory`, however long it is. */
export interface ListedNames {
  /** Files and links; those that begin with a blank come last. */
  readonly names: NameTable;
  readonly blankCount: number;
  readonly directories: NameTable;
  readonly emptyDirectories: readonly string[];
  readonly isWhole: boolean;
  readonly warnings: readonly string[];
}

const slash = 0x2f;

/** What is in a directory, by the lines that rsync writes of a transfer of it to an empty one. */
export class Listing {
  readonly #isMarked: boolean;
  readonly #names = new NameTable();
  readonly #blank = new NameTable();
  readonly #directories = new NameTable();
  readonly #parents = new NameTable();
  #parent: Buffer = Buffer.alloc(0);
  readonly #warnings: string[] = [];
  #isWhole = true;
  /** What stands before a name, and says what it is: there are few of these. */
  readonly #heads = new Map<string, RsyncItemType>();

  /** @param isMarked there are two slashes behind each name */
  constructor(isMarked: boolean) {
    this.#isMarked = isMarked;
  }

  read(line: Buffer): void {
    const start = line.indexOf(' ') + 1;
    const type = start === line.length ? undefined : this.#typeOf(line.toString('latin1', 0, start));
    if (type === undefined) return;
    // A directory has one more slash behind it.
    const end = this.#isMarked ? line.indexOf('//', start) : line.length - (line.at(-1) === slash ? 1 : 0);
    const marked = line.subarray(start, end);
    if (type === 'directory' && !marked.equals(itself)) this.#add(this.#directories, marked);
    if (type !== 'file' && type !== 'link') return;
    const name = type === 'link' && !this.#isMarked ? linkIn(marked) : marked;
    // Of a deletion, the blanks at its beginning are not known: the two could not be compared.
    const isBlank = name !== undefined && beginsBlank(name);
    if (name === undefined) this.#isWhole = false;
    else this.#add(isBlank ? this.#blank : this.#names, name);
    if (name === undefined || isBlank) {
      this.#warnings.push(`${displayName(textOf(marked))} cannot be kept track of: rename it`);
    }
  }

  close(isVanished: boolean): ListedNames {
    this.#names.addAll(this.#blank);
    const emptyDirectories = [...withoutSorted(this.#directories.sorted(), this.#parents.sorted())];
    const vanished = isVanished ? ['some files vanished while they were listed'] : [];
    return {
      ...{ names: this.#names, blankCount: this.#blank.length, directories: this.#directories, emptyDirectories },
      isWhole: this.#isWhole && !isVanished,
      warnings: [...this.#warnings, ...vanished],
    };
  }

  #typeOf(head: string): RsyncItemType | undefined {
    const known = this.#heads.get(head);
    if (known !== undefined) return known;
    const item = parseItem(`${head}name`);
    if (item?.kind !== 'changed') return undefined;
    this.#heads.set(head, item.type);
    return item.type;
  }

  #add(table: NameTable, name: Buffer): void {
    table.add(name);
    const end = Math.max(0, name.lastIndexOf(slash));
    // What is in one directory stands side by side, mostly.
    if (end === this.#parent.length && this.#parent.compare(name, 0, end) === 0) return;
    this.#parent = Buffer.from(name.subarray(0, end));
    this.#parents.add(this.#parent);
  }
}

const itself = Buffer.from('.');

function linkIn(marked: Buffer): Buffer | undefined {
  const name = parseLink(marked.toString('latin1'));
  return name === undefined ? undefined : marked.subarray(0, name.length);
}

function beginsBlank(name: Buffer): boolean {
  const [first = 0] = name;
  const isPlain = first > 0x20 && first < 0x80;
  return !isPlain && /^\s/.test(textOf(name));
}
