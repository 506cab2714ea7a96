import { type ControlVerb, controlJobs } from '../app/control-jobs.ts';
import { selectJobs } from '../app/select-jobs.ts';
import { UsageError } from '../core/errors.ts';
import { quoteWords } from '../core/quote.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { addJsonOption } from './common-options.ts';
import { type ControlWords, sayControl } from './control-words.ts';
import type { CommandContext, CommandDefinition, ParsedInput } from './define-command.ts';
import { confirmJobs, previewJobs } from './job-question.ts';
import { type JobOutcome, reportJobs } from './job-report.ts';
import { addJobSelection, jobSelectionOf } from './job-selection.ts';

/** A command that does one thing to jobs: what differs between `hold`, `release` and the like. */
export interface JobVerb extends ControlWords {
  readonly summary: string;
  readonly examples: readonly string[];
  /** Options of its own. */
  readonly configure?: (command: Parameters<CommandDefinition['configure']>[0]) => void;
  /** Whether the letters of the filter are its own options. */
  readonly ownNames?: true;
  /** Throws a UsageError for options that make no sense. */
  readonly verb: (options: ParsedInput['options']) => ControlVerb;
  /** Which jobs a filter may hit. */
  readonly applies: (job: JobObservation) => boolean;
  /** Who may do it, where that is not the owner. */
  readonly deniedHint?: string;
}

export function defineJobVerb(definition: JobVerb): CommandDefinition {
  const { name, summary, examples } = definition;
  return {
    name,
    summary,
    examples,
    configure(command) {
      addJobSelection(command, { letters: definition.ownNames !== true })
        .option('--dry-run', 'show which jobs it would be')
        .option('-y, --yes', 'do not ask where a filter matches several jobs');
      definition.configure?.(command);
      addJsonOption(command);
    },
    run: (input, context) => runJobVerb(definition, input, context),
  };
}

async function runJobVerb(definition: JobVerb, input: ParsedInput, context: CommandContext): Promise<number> {
  const { options } = input;
  const { app, out } = context;
  const words = { verb: definition.name, past: definition.past, code: `${definition.name}.not_confirmed` };
  const verb = definition.verb(options);
  const selection = jobSelectionOf(input, { verb: definition.name, context, letters: definition.ownNames !== true });
  const { target } = selection;
  if (target === 'embedded' && verb.embedded === undefined) throw notEmbedded(verb.name);
  const applies = selection.states.length > 0 ? undefined : definition.applies;
  const selected = await selectJobs(app, { ...selection, applies, preview: options['dryRun'] === true });
  if (options['dryRun'] === true && target !== 'embedded' && selected.jobIds.length > 0)
    out.note(`srunx: scontrol ${quoteWords(verb.words(selected.jobIds.join(','), selected.jobs[0]))}`);
  if (options['dryRun'] === true || (selection.isFiltered && selected.jobs.length === 0))
    return previewJobs(selected, { filter: selection, context });
  if (selected.needsConfirmation && options['yes'] !== true) await confirmJobs(selected, words, context);
  const results = await controlJobs(app, { target, jobIds: selected.jobIds, verb });
  const { past, deniedHint } = definition;
  const say = (result: JobOutcome<string>) => sayControl(result, definition);
  const told = results.map((result) => (result.outcome === 'done' ? { ...result, outcome: past } : result));
  return reportJobs(told, { say, isFailure: (outcome) => outcome !== past, past, deniedHint }, out);
}

function notEmbedded(name: string): UsageError {
  return new UsageError(`the embedded runner cannot ${name} jobs; only Slurm can`, {
    code: 'usage.embedded',
    hint: 'Use --local for the Slurm of this machine, or --profile for a cluster behind ssh (`srunx ssh add` makes a profile).',
  });
}
