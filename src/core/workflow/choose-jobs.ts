/** A job of a run, as far as a person names it. */
export interface NamedJob {
  readonly name: string;
  /** One of a matrix is named by what they have in common, too. */
  readonly matrix?: unknown;
}

export interface ChosenJobs<Job> {
  /** In the order of the run. */
  readonly jobs: readonly Job[];
  /** Words that name none. */
  readonly unknown: readonly string[];
}

/** The jobs that names or patterns (`train-*`, `eval-[0-3]`, `?`) choose; all where there are none. */
export function chooseJobs<Job extends NamedJob>(all: readonly Job[], words: readonly string[]): ChosenJobs<Job> {
  if (words.length === 0) return { jobs: all, unknown: [] };
  const tests = words.map((word) => ({ word, matches: testOf(word) }));
  const isNamed = ({ name, matrix }: Job, matches: (name: string) => boolean) =>
    matches(name) || (matrix !== undefined && matches(name.replace(/-\d+$/, '')));
  return {
    jobs: all.filter((job) => tests.some(({ matches }) => isNamed(job, matches))),
    unknown: tests.filter(({ matches }) => !all.some((job) => isNamed(job, matches))).map(({ word }) => word),
  };
}

/** As a shell reads a pattern. A bracket that is not closed is one. */
function testOf(word: string): (name: string) => boolean {
  const parts = word.match(/\[[!^]?\]?[^\]]*\]|[\s\S]/g) ?? [];
  const source = parts.map((part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length === 1) return literal(part);
    const [, negated = '', members = ''] = /^\[([!^]?)([\s\S]*)\]$/.exec(part) ?? [];
    return `[${negated === '' ? '' : '^'}${members.replace(/[\\\]^[]/g, '\\$&')}]`;
  });
  try {
    const pattern = new RegExp(`^${source.join('')}$`, 's');
    return (name) => pattern.test(name);
  } catch {
    // A range that runs backwards, such as `[9-0]`, has no members.
    return (name) => name === word;
  }
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
