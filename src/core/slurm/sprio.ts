/** What `sprio -o` is asked for, by its letters. */
const letters = ['i', 'r', 'Y', 'A', 'F', 'J', 'P', 'Q', 'T', 'N', 'S', 'B'] as const;

/** The weighted factors that add up to the priority of a waiting job, in one of its partitions. */
export interface PriorityFactors {
  /** The controller's own number. */
  readonly rawId: string;
  readonly partition: string;
  readonly priority: number;
  readonly age: number;
  readonly fairShare: number;
  readonly jobSize: number;
  readonly partitionFactor: number;
  readonly qos: number;
  /** `cpu=50,mem=25` */
  readonly tres: string;
  readonly nice: number;
  readonly site: number;
  readonly association: number;
}

/** Arguments of the one question about all waiting jobs. The mark stands behind every field. */
export function sprioArgs(mark: string): string[] {
  return ['-h', '-o', letters.map((letter) => `%${letter}${mark}`).join('')];
}

export function parseSprio(text: string, mark: string): PriorityFactors[] {
  return text.split('\n').flatMap((line) => {
    const values = line.split(mark);
    if (values.length !== letters.length + 1) return [];
    const field = (letter: (typeof letters)[number]) => (values[letters.indexOf(letter)] ?? '').trim();
    const number = (letter: (typeof letters)[number]) => Number.parseFloat(field(letter)) || 0;
    return [
      {
        ...{ rawId: field('i'), partition: field('r'), priority: number('Y'), age: number('A') },
        ...{ fairShare: number('F'), jobSize: number('J'), partitionFactor: number('P'), qos: number('Q') },
        ...{ tres: field('T'), nice: number('N'), site: number('S'), association: number('B') },
      },
    ];
  });
}

/** `sshare -h -P`: what part of the machine an account or user may expect, and how much of that is left (1: all, 0: none). */
export interface FairShare {
  readonly account: string;
  readonly user: string;
  readonly fairShare: number | undefined;
}

export const sshareArgs: readonly string[] = ['-h', '-P', '-a', '-o', 'Account,User,FairShare'];

/** Names have no `|`: Slurm does not accept it in accounts, nor Unix in users. */
export function parseSshare(text: string): FairShare[] {
  return text.split('\n').flatMap((line) => {
    const [account = '', user = '', share = ''] = line.split('|').map((value) => value.trim());
    if (account === '' || user === '') return [];
    return [{ account, user, fairShare: share === '' ? undefined : Number(share) }];
  });
}
