#!/usr/bin/env node
import { commandTable } from '../cli/command-table.ts';
import { findCommand } from '../cli/find-command.ts';
import { foldHelp } from '../cli/fold-help.ts';
import { rootHelp } from '../cli/root-help.ts';
import { version } from './version.ts';

// Help and version are answered from the static table: nothing else is loaded for them.
const given = withoutConfigOption(process.argv.slice(2));
// `srunx help sbatch` is `srunx sbatch --help`.
const argv = given[0] === 'help' && given.length > 1 ? [...given.slice(1), '--help'] : given;
const [first] = argv;
if (first === '--version' || first === '-v' || first === '-V') process.stdout.write(`srunx ${version}\n`);
else if (first === '--help' || first === '-h' || first === 'help')
  process.stdout.write(foldHelp(rootHelp(version), process.stdout.columns));
else {
  const entry = findCommand(commandTable, argv);
  // Our own directory: the default one is shared by all users of the machine. An import of `node:module` would need another file.
  const home = [process.env['XDG_CACHE_HOME'], `${process.env['HOME']}/.cache`].find((path) =>
    /^\/(?!\.cache$)/.test(path ?? ''),
  );
  const cache = home === undefined ? undefined : makeCache([home, `${home}/srunx`, `${home}/srunx/node`]);
  if (cache !== undefined) process.getBuiltinModule('node:module').enableCompileCache(cache);
  const { runCommandLine } = await import('./run-command-line.ts');
  await runCommandLine(argv, entry);
}

/** Step by step: where the first directory cannot be made, as below /proc, Node itself would try for ever. Without a cache all works. */
function makeCache(steps: readonly string[]): string | undefined {
  const { mkdirSync, existsSync } = process.getBuiltinModule('node:fs');
  for (const path of steps) {
    try {
      if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
    } catch {
      return undefined;
    }
  }
  return steps.at(-1);
}

/** `srunx --config FILE COMMAND …` is `SRUNX_CONFIG=FILE srunx COMMAND …`. */
function withoutConfigOption(words: readonly string[]): readonly string[] {
  const [first = '', second] = words;
  if (first === '--config' && second !== undefined) process.env['SRUNX_CONFIG'] = second;
  else if (first.startsWith('--config=')) process.env['SRUNX_CONFIG'] = first.slice('--config='.length);
  else return words;
  return words.slice(first === '--config' ? 2 : 1);
}
