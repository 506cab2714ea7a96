import { candidatesOf } from '../completion/candidates.ts';
import { type Candidate, completeLine } from '../completion/complete-line.ts';
import { lineWords } from '../completion/line-words.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { type CommandDescription, describeCommand } from '../describe-command.ts';
import { printable } from '../table.ts';

export const complete = defineCommand({
  name: '__complete',
  summary: 'Answer the completion script of a shell',
  examples: ["srunx __complete -- 'srunx squeue --pa'", "srunx __complete -- 'srunx flow run '"],
  configure(command) {
    command.argument('<line>', 'the line up to the cursor');
  },
  async run({ args }, context) {
    const found = await completeLine(lineWords(String(args[0])), {
      names: context.commands.filter(({ hidden }) => hidden !== true),
      describe: (name) => describe(name, context),
    });
    if (found.kind === 'none') return answer('words', [], context);
    if (found.kind === 'words') return answer('words', found.words, context);
    const { of } = found;
    if (of === 'files' || of === 'directories') return answer(of, [], context);
    const option = /^--[a-z-]+=/.exec(found.words.at(-1) ?? '')?.[0] ?? '';
    const candidates = await candidatesOf(found, context);
    return answer(
      'words',
      candidates.map((candidate) => ({ ...candidate, text: option + candidate.text })),
      context,
    );
  },
});

async function describe(name: string, { commands }: CommandContext): Promise<CommandDescription> {
  const entry = commands.find((command) => command.name === name);
  if (entry === undefined) return { name, summary: '', usage: [], args: [], options: [], examples: [], columns: [] };
  return describeCommand(await entry.load());
}

function answer(kind: string, words: readonly Candidate[], { out }: CommandContext): number {
  out.line(kind);
  for (const { text, description } of words)
    out.line(printable(text) + (description === undefined ? '' : `\t${printable(description)}`));
  return 0;
}
