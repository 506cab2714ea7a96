import { resolve } from 'node:path';
import { decodeTemplate, readTemplateFile } from '../../app/read-template.ts';
import { saveTemplate } from '../../app/save-template.ts';
import { UsageError } from '../../core/errors.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';

export const templateAdd = defineCommand({
  name: 'template add',
  summary: 'Keep a batch script with blanks as a template',
  examples: [
    'srunx template add finetune finetune.slurm.jinja --description "Fine-tuning on one node"',
    'srunx template show gpu | srunx template add mine -',
  ],
  configure(command) {
    command
      .argument('<name>', 'the name that it gets: letters, digits, _ and -')
      .argument('<file>', 'the file, or - for standard input')
      .option('--description <text>', 'what it is')
      .option('--use-case <text>', 'what it is for')
      .option('--force', 'replace a template of this name')
      .option('-q, --quiet', 'no remarks on standard error');
  },
  async run({ args, options }, context) {
    const name = String(args[0]);
    const path = await saveTemplate(context.app, {
      name,
      description: options['description'] as string | undefined,
      useCase: options['useCase'] as string | undefined,
      text: await readText(String(args[1]), context),
      force: options['force'] === true,
    });
    context.out.note(`srunx: the template ${name} is kept in ${path}`);
    return 0;
  },
});

async function readText(file: string, { app, readStdin }: CommandContext): Promise<string> {
  if (file !== '-') return readTemplateFile(resolve(app.cwd, file), `the template ${file}`);
  const bytes = await readStdin();
  if (bytes !== undefined) return decodeTemplate(bytes, 'the template on standard input');
  throw new UsageError('standard input is a terminal, so there is no template in it', {
    code: 'usage.no_input',
    hint: 'Name a file, or send the text through a pipe.',
  });
}
