import { type LabelChange, labelJobs } from '../app/label-jobs.ts';
import { countOf } from '../core/count-of.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { historyJson } from './history-listing.ts';
import { namedTarget } from './named-target.ts';
import { printable } from './table.ts';

/** Changes what people say about jobs, and says what they say now. */
export async function runLabelChange(
  { args }: ParsedInput,
  { change, context }: { readonly change: LabelChange; readonly context: CommandContext },
): Promise<number> {
  const { app, out } = context;
  const word = String(args[0]);
  const { entries, remark } = await labelJobs(app, { word, target: namedTarget(context) }, change);
  if (remark !== undefined) out.note(`srunx: ${printable(remark)}`);
  const [first] = entries;
  const who = entries.length === 1 ? printable(first?.jobId ?? first?.name ?? word) : countOf(entries.length, 'job');
  const now = change.kind === 'note' ? (first?.note ?? 'no note') : first?.tags.join(', ') || 'no tags';
  out.result(entries.map(historyJson), `${who}: ${printable(now)}`);
  return 0;
}
