import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { AppContext } from './app-context.ts';
import { readNames } from './name-cache.ts';

/** A plan larger than that is not read while somebody waits at the prompt. */
const maxBytes = 4_000_000;

/** The jobs of the run that stands among these words, else of the newest; none where its plan is not here. */
export function runJobNames(
  context: Pick<AppContext, 'cwd' | 'runRoot' | 'cacheDir'>,
  words: readonly string[],
): readonly string[] {
  for (const directory of directoriesOf(context, words)) {
    const path = `${directory}/run.json`;
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? maxBytes) >= maxBytes) continue;
    const { jobs } = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly jobs?: readonly { readonly name?: unknown }[];
    };
    return (jobs ?? []).flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
  }
  return [];
}

function directoriesOf(
  { cwd, runRoot, cacheDir }: Pick<AppContext, 'cwd' | 'runRoot' | 'cacheDir'>,
  words: readonly string[],
): readonly string[] {
  const { runs } = readNames({ cacheDir });
  const [word] = words;
  if (word === undefined || word === '' || word.startsWith('-'))
    return runs.slice(0, 1).map(({ id }) => `${runRoot}/${id}`);
  const ids = [word, ...runs.map(({ id }) => id).filter((id) => id.startsWith(word))];
  const path = resolve(cwd, word);
  return [...ids.map((id) => `${runRoot}/${id}`), basename(path) === 'run.json' ? dirname(path) : path];
}
