import { initialFacts } from '../../app/initial-facts.ts';
import { setConfig } from '../../app/save-config.ts';
import { RefusedError, UsageError } from '../../core/errors.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { printable } from '../table.ts';

export const init = defineCommand({
  name: 'init',
  summary: 'Set up srunx for this machine: a few questions, and the answers are kept',
  examples: ['srunx init', 'srunx init && srunx config show --origin'],
  configure() {},
  async run(_, context) {
    const { app, out } = context;
    const facts = await initialFacts(app);
    out.note(`Slurm here: ${facts.slurm ?? 'none; jobs run on this machine with the embedded runner'}`);
    if (facts.sshHosts.length > 0)
      out.note(
        `Hosts in ~/.ssh/config: ${printable(facts.sshHosts.join(', '))} (\`srunx ssh import\` makes profiles of them)`,
      );
    const answers = [
      ...(facts.partitions.length === 0
        ? []
        : [{ key: 'resources.partition', what: 'Partition', among: facts.partitions }]),
      ...(facts.accounts.length < 2 ? [] : [{ key: 'account', what: 'Account', among: facts.accounts }]),
      { key: 'resources.time_limit', what: 'Time limit, such as 2:00:00', among: [] },
      { key: 'environment.conda', what: 'Conda environment to activate', among: [] },
    ];
    let kept = 0;
    for (const question of answers) {
      const file = await keepAnswer(question, context);
      if (file === undefined) continue;
      out.note(`  kept in ${printable(file)}`);
      kept += 1;
    }
    out.note(
      kept === 0 ? 'Nothing was written.' : 'Done. `srunx config show` shows it, `srunx config set` changes it.',
    );
    return 0;
  },
});

interface Question {
  readonly key: string;
  readonly what: string;
  /** What the cluster knows; empty: anything. */
  readonly among: readonly string[];
}

/** Asks until the answer can be kept. An empty one leaves the key out. */
async function keepAnswer(question: Question, context: CommandContext): Promise<string | undefined> {
  const { key, what, among } = question;
  const known = among.length === 0 ? '' : ` (${printable(among.join(', '))})`;
  for (;;) {
    const answer = await context.ask(`${what}${known}, or Enter for none: `);
    if (answer === undefined) {
      throw new RefusedError('`srunx init` asks at a terminal, and there is none', {
        code: 'init.no_terminal',
        hint: 'Use `srunx config set KEY VALUE` in scripts.',
      });
    }
    const text = answer.trim();
    if (text === '') return undefined;
    const unknown = among.length === 0 ? undefined : text.split(',').find((name) => !among.includes(name));
    try {
      if (unknown === undefined) return setConfig(context.app, { key, text, scope: 'user' });
      context.out.note(`  there is no ${printable(unknown)}`);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      context.out.note(`  ${printable(error.message)}. ${error.hint ?? ''}`);
    }
  }
}
