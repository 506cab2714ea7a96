import { importWorkflow, writeWorkflow } from '../../app/import-workflow.ts';
import { countOf } from '../../core/count-of.ts';
import { formatNote } from '../../core/import/import-scripts.ts';
import { addJsonOption } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { printable } from '../table.ts';

export const flowImport = defineCommand({
  name: 'flow import',
  summary: 'Make a workflow of batch scripts, or of a shell script that submits several',
  examples: ['srunx flow import train.sh', 'srunx flow import submit-all.sh -o pipeline.yaml --strict'],
  configure(command) {
    command
      .argument('<script...>', 'batch scripts, or shell scripts that call sbatch')
      .option('-o, --output <file>', 'write the workflow there')
      .option('--force', 'also over a file that is there')
      .option('--inline', 'take the commands out of the scripts into the workflow')
      .option('--strict', 'exit with 1 where something was not understood')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ args, options }, { app, out }) {
    const { yaml, jobs, notes } = await importWorkflow(app, {
      files: args[0] as string[],
      inline: options['inline'] === true,
    });
    for (const note of notes) out.note(`srunx: ${printable(formatNote(note))}`);
    const isIncomplete = notes.some(({ isMinor }) => isMinor !== true);
    const file = options['output'] as string | undefined;
    if (file !== undefined) writeWorkflow(app, { file, text: yaml, force: options['force'] === true });
    const listed = notes.map(({ file: source, line, text }) => ({ file: source, line, text }));
    if (out.json) out.result({ jobs, notes: listed, complete: !isIncomplete, workflow: yaml }, '');
    else if (file === undefined) out.bytes(new TextEncoder().encode(yaml));
    else out.note(`srunx: ${file}: ${countOf(jobs, 'job')}; \`srunx flow plan ${file}\` shows them`);
    return options['strict'] === true && isIncomplete ? 1 : 0;
  },
});
