import { mayProvide } from '../job/file-pattern.ts';
import type { JobFiles } from '../job/files-shell.ts';
import { parseDirectives } from '../job/script-directives.ts';
import { offsetOf } from './file-tree.ts';
import type { PlannedJob } from './plan.ts';
import type { Problem } from './problems.ts';
import type { ReadJob } from './read-jobs.ts';

/** The files that the jobs of a workflow work with, where they are. */
export interface FileFinder {
  /** The whole path; a directory of the job's own may be relative to the one that the workflow is started in. */
  readonly resolve: (directory: string | undefined, path: string) => string;
  /** Whether there is a file of this name, or one that the pattern matches. */
  readonly exists: (path: string) => boolean;
}

/** What a job needs and makes; `undefined` where nothing is said of it. What is wrong is added to the problems. */
export function planFiles(
  { name, job, node, control }: ReadJob,
  { userScript, problems }: { readonly userScript: string; readonly problems: Problem[] },
): JobFiles | undefined {
  const { inputs = [], outputs = [], hash = false } = job;
  const directives = parseDirectives(userScript);
  const given = (option: string) => directives.findLast((directive) => directive.name === option)?.value;
  if (outputs.length > 0 && (control.array ?? given('array')) !== undefined) {
    problems.push({
      offset: offsetOf(node, ['outputs'], { atKey: true }),
      message: `job \`${name}\` is an array, so it cannot have \`outputs\`: each of its tasks would have to make all of them`,
      hint: 'Give them to a job that depends on the array.',
    });
  }
  if (inputs.length + outputs.length === 0) return undefined;
  const directory = job.work_dir || given('chdir');
  return { inputs, outputs, hash, ...(directory === undefined ? {} : { directory }) };
}

/** An input has to be there, or one of the jobs that come before has to make it. */
export function blameMissingInputs(
  kept: readonly ReadJob[],
  { planned, finder }: { readonly planned: readonly PlannedJob[]; readonly finder: FileFinder },
): void {
  const jobs = new Map(planned.map((job) => [job.name, job]));
  const pathsOf = (files: JobFiles | undefined, key: 'inputs' | 'outputs') =>
    files?.[key].map((path) => finder.resolve(files.directory, path)) ?? [];
  const made = new Map(planned.map(({ name, files }) => [name, pathsOf(files, 'outputs')]));
  const told = new Set<string>();
  for (const { name, node, unit, family = name } of kept) {
    const { files } = jobs.get(name) ?? {};
    for (const [index, path] of pathsOf(files, 'inputs').entries()) {
      const place = `${unit.file.source} ${family} ${index}`;
      if (told.has(place) || finder.exists(path) || isMade(path, { by: name, jobs, made })) continue;
      told.add(place);
      unit.problems.push({
        offset: offsetOf(node, ['inputs', index]),
        message: `job \`${name}\`: there is no input ${files?.inputs[index]}, and no job that it depends on has it among its \`outputs\``,
        hint: 'Make the file, or name it in the `outputs` of the job that makes it.',
      });
    }
  }
}

interface Making {
  readonly by: string;
  readonly jobs: ReadonlyMap<string, PlannedJob>;
  /** The whole paths of what each job makes. */
  readonly made: ReadonlyMap<string, readonly string[]>;
}

/** By one of the jobs before; mostly by one of the nearest, so these are looked at first. */
function isMade(path: string, { by, jobs, made }: Making): boolean {
  const before = new Set([by]);
  for (const name of before) {
    if (name !== by && made.get(name)?.some((output) => mayProvide(output, path)) === true) return true;
    for (const { parent } of jobs.get(name)?.edges ?? []) before.add(parent);
  }
  return false;
}
