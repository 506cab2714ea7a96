import type { JobPlan } from '../app/history-entry.ts';
import { countOf } from '../core/count-of.ts';
import { quoteWords } from '../core/quote.ts';
import type { CodeState, Provenance } from '../core/workflow/provenance.ts';

export type Fact = readonly [title: string, value: string];

type Origin = Pick<JobPlan, 'provenance' | 'repeats'>;

/** Where a run came from, one fact a line. Nothing of an older srunx, which did not write it down. */
export function provenanceFacts({ provenance, repeats }: Origin): Fact[] {
  const repeated = repeats && [['repeats', `${repeats.run} (${repeats.how})`] as const];
  if (provenance === undefined) return repeated ?? [];
  const { argv, srunx, user, host, file, args, code, environment } = provenance;
  const words: readonly (readonly [string, string | undefined])[] = [
    ...(repeated ?? []),
    ['submitted by', `${user} on ${host}, with srunx ${srunx}`],
    ['typed', argv.length === 0 ? undefined : quoteWords(['srunx', ...argv])],
    ['workflow file', file && `${file.path} (sha256 ${file.sha256.slice(0, 12)})`],
    ['args', pairs(args)],
    ['code', code && codeText(code)],
    ['unknown to git', code && untrackedText(code)],
    ['modules', environment.modules.join(', ')],
    ['environment', environmentText(environment)],
  ];
  return words.flatMap(([title, value]) => (value === undefined || value === '' ? [] : [[title, value]]));
}

function pairs(values: Readonly<Record<string, string>>): string {
  return quoteWords(Object.entries(values).map(([name, value]) => `${name}=${value}`));
}

function codeText({ root, commit, branch, dirty, diff }: CodeState): string {
  const at = commit === null ? 'no commit yet' : commit.slice(0, 12);
  const where = branch === null ? '' : ` on ${branch}`;
  const state = dirty === null ? ', not looked through in time' : dirty ? ', with changes' : '';
  const kept = diff === undefined ? '' : ` (${diff.isCut ? 'the beginning of them ' : ''}in ${diff.file} of the run)`;
  return `${at}${where}${state}${kept} in ${root}`;
}

function untrackedText({ untracked, untrackedCount }: CodeState): string {
  const shown = untracked.slice(0, 5);
  const more = untrackedCount - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function environmentText({ conda, venv, variables, hash }: Provenance['environment']): string {
  return [
    ...(conda === undefined ? [] : [`conda ${conda}`]),
    ...(venv === undefined ? [] : [`venv ${venv}`]),
    ...(variables.length === 0 ? [] : [countOf(variables.length, 'telling variable')]),
    `fingerprint ${hash.slice(0, 12)}`,
  ].join(', ');
}

/** The documented JSON; `null` where it is not known. */
export function provenanceJson({ provenance, repeats }: Origin): Record<string, unknown> {
  return { repeats: repeats ?? null, provenance: provenance === undefined ? null : documentOf(provenance) };
}

function documentOf({ file, code, environment, ...facts }: Provenance): Record<string, unknown> {
  const { conda = null, venv = null, ...others } = environment;
  return {
    ...facts,
    file: file ?? null,
    code: code === undefined ? null : codeJson(code),
    environment: { ...others, conda, venv },
  };
}

function codeJson({ untrackedCount, diff, ...code }: CodeState): Record<string, unknown> {
  const stored =
    diff === undefined ? null : { file: diff.file, bytes: diff.bytes, sha256: diff.sha256, is_cut: diff.isCut };
  return { ...code, untracked_count: untrackedCount, diff: stored };
}
