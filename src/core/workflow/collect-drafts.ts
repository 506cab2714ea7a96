import { handlerOf } from './failure-handler.ts';
import { type FilePart, reduceNames } from './file-part.ts';
import { childNode, type FileNode } from './file-tree.ts';
import type { Problem } from './problems.ts';
import { type Draft, type DraftContext, readDrafts } from './read-drafts.ts';
import type { TemplateRenderer } from './renderer.ts';
import type { Unit } from './unit.ts';

/**
 * All jobs of a file by name and edges: those of the files that it includes, those of `jobs`, and those of `finally`, which wait for
 * the end of all others. A matrix has become the jobs that it stands for.
 */
export function collectDrafts(
  unit: Unit,
  { renderer, part }: { readonly renderer: TemplateRenderer; readonly part?: FilePart | undefined },
): readonly Draft[] {
  const { root, scope, problems } = unit;
  const context = { unit, scope, renderer, problems };
  if (part?.kind === 'reduce') return collectReduce(readJobList(childNode(root, 'reduce'), context), part);
  const included = unit.included.flatMap((entry) => {
    const place = { file: unit.file, offset: entry.offset };
    const drafts = collectDrafts(entry.unit, { renderer, part }).map((draft) => ({
      ...draft,
      via: [place, ...(draft.via ?? [])],
    }));
    return entry.prefix === '' ? drafts : drafts.map((draft) => withPrefix(draft, entry.prefix));
  });
  const written = readJobList(childNode(root, 'jobs'), context);
  const atEnd = readJobList(childNode(root, 'finally'), context);
  const all = [...included, ...written, ...atEnd];
  const own = ownNames(all);
  const known = new Set(all.flatMap(({ name, family = name }) => [name, family]));
  const later = new Set([...reduceNames(root)].filter((name) => !known.has(name)));
  const ofCell = (drafts: readonly Draft[]) =>
    own(drafts).map((draft) => withoutEdgesTo(later, { draft, problems, ...afterCells }));
  const [others, final] = [ofCell(written), ofCell(atEnd)];
  const sound = others.map((draft) => withoutEdgesTo(namesOf(final), { draft, problems, ...beforeTheEnd }));
  const ends = [...included, ...others].map(({ name, offset }) => {
    return { type: 'afterany', parent: name, offset, implied: true } as const;
  });
  const last = final.map((draft): Draft => {
    const { edges, ...rest } = withoutEdgesTo(namesOf([...included, ...others]), { draft, problems, ...atTheEnd });
    return { ...rest, edges: [...ends, ...edges], isFinal: true };
  });
  return [...included, ...sound, ...last];
}

/** Those of `reduce`, which wait for the end of all cells; what they are to each other, they say. */
function collectReduce(
  drafts: readonly Draft[],
  { cellJobs }: Extract<FilePart, { readonly kind: 'reduce' }>,
): readonly Draft[] {
  return ownNames(drafts)(drafts).map((draft) => {
    const { problems } = draft.unit;
    const { name, family = name, offset } = draft;
    if (cellJobs.has(name) || cellJobs.has(family)) {
      const message = `a job of \`reduce\` and one of the cells are called \`${family}\``;
      problems.push({ offset, message, hint: 'Give one of them another name.' });
    }
    return withoutEdgesTo(cellJobs, { draft, problems, ...atReduce });
  });
}

/** Gives jobs their edges to matrices. */
function ownNames(all: readonly Draft[]): (drafts: readonly Draft[]) => Draft[] {
  const members = groupFamilies(all);
  const families = new Map([...members].map(([family, names]) => [family, names.length]));
  return (drafts) => drafts.map((draft) => ({ ...nameMembers(draft, members), families }));
}

function namesOf(drafts: readonly Draft[]): ReadonlySet<string> {
  return new Set(drafts.map(({ name }) => name));
}

/** As the including file knows the job; its own file goes on with the names that stand there. */
function withPrefix(draft: Draft, prefix: string): Draft {
  const { name, edges, family, handles } = draft;
  return {
    ...draft,
    name: `${prefix}${name}`,
    edges: edges.map((edge) => ({ ...edge, parent: `${prefix}${edge.parent}`, local: edge.local ?? edge.parent })),
    ...(family === undefined ? {} : { family: `${prefix}${family}` }),
    ...(handles === undefined ? {} : { handles: `${prefix}${handles}` }),
  };
}

/** Each followed by the job that answers its failure. */
function readJobList(list: FileNode | undefined, context: DraftContext): readonly Draft[] {
  return readDrafts(list, context).flatMap((draft) => [draft, ...handlerOf(draft, context)]);
}

type Families = ReadonlyMap<string, readonly string[]>;

/** The names of the jobs of each matrix. */
function groupFamilies(drafts: readonly Draft[]): Families {
  const groups = Map.groupBy(drafts, ({ family }) => family);
  return new Map(
    [...groups].flatMap(([family, members]) =>
      family === undefined ? [] : [[family, members.map(({ name }) => name)]],
    ),
  );
}

/** Who depends on a matrix depends on all of its jobs. */
function nameMembers(draft: Draft, families: Families): Draft {
  if (!draft.edges.some(({ parent }) => families.has(parent))) return draft;
  const edges = draft.edges.flatMap(
    (edge) => families.get(edge.parent)?.map((parent) => ({ ...edge, parent })) ?? [edge],
  );
  return { ...draft, edges };
}

interface Misplaced {
  readonly message: (name: string, parent: string) => string;
  readonly hint: string;
}

const beforeTheEnd: Misplaced = {
  message: (name, parent) => `job \`${name}\` depends on \`${parent}\`, which runs after all jobs`,
  hint: 'A job of `finally` waits for every other job, so none of them can wait for it: move one of the two.',
};

const atTheEnd: Misplaced = {
  message: (name, parent) => `job \`${name}\` of \`finally\` depends on \`${parent}\`, for which it waits anyway`,
  hint: 'Remove the dependency: jobs of `finally` run however the others ended.',
};

const afterCells: Misplaced = {
  message: (name, parent) => `job \`${name}\` depends on \`${parent}\`, which runs after all cells`,
  hint: 'A job of `reduce` waits for every job of every cell, so none of them can wait for it: move one of the two.',
};

const atReduce: Misplaced = {
  message: (name, parent) => `job \`${name}\` of \`reduce\` depends on \`${parent}\`, for which it waits anyway`,
  hint: 'Remove the dependency: jobs of `reduce` run when all cells have ended, however. $SRUNX_CELLS says how each did.',
};

/** An edge that cannot be is told as such, and not as the cycle that it makes. */
function withoutEdgesTo(
  names: ReadonlySet<string>,
  { draft, problems, message, hint }: Misplaced & { readonly draft: Draft; readonly problems: Problem[] },
): Draft {
  const misplaced = draft.edges.filter(({ parent }) => names.has(parent));
  for (const { parent, offset } of misplaced) problems.push({ offset, message: message(draft.name, parent), hint });
  return misplaced.length === 0 ? draft : { ...draft, edges: draft.edges.filter((edge) => !misplaced.includes(edge)) };
}
