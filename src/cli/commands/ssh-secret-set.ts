import { requireAccount, setSecret } from '../../app/account-secrets.ts';
import { RefusedError, UsageError } from '../../core/errors.ts';
import { requireSecretName, requireUsableName } from '../../core/remote/secret.ts';
import { targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { addProfileOption } from '../profile-argument.ts';

export const sshSecretSet = defineCommand({
  name: 'ssh secret set',
  summary: 'Keep a secret on the cluster: a variable for all jobs that go there over ssh',
  examples: [
    'srunx ssh secret set WANDB_API_KEY --profile dgx',
    'srunx ssh secret set HF_TOKEN --from-env HF_TOKEN',
    'pass show hf | srunx ssh secret set HF_TOKEN --stdin',
  ],
  configure(command) {
    addProfileOption(
      command
        .argument('<name>', 'of the variable; its value is asked for, and is never an argument')
        .usage('[options] <name>')
        // For a message that does not repeat it.
        .argument('[value...]', 'refused: others could read it')
        .option('--from-env <variable>', 'take the value of a variable of this shell')
        .option('--stdin', 'take it from standard input, without the line break at its end'),
    );
  },
  async run(input, context) {
    const name = nameOf(input);
    const target = requireAccount(targetOf(context));
    const value = await readValue(input.options, { name, context });
    const isNew = !(await setSecret(context.app, { target, name, value }));
    context.out.note(`srunx: ${name} is ${isNew ? 'set' : 'changed'} on ${target}; jobs that are submitted now get it`);
    return 0;
  },
});

function nameOf({ args: [name, values] }: ParsedInput): string {
  const isInline = Array.isArray(values) && values.length > 0;
  return requireUsableName(isInline ? `${String(name)}=` : String(name));
}

interface Wanted {
  readonly name: string;
  readonly context: CommandContext;
}

async function readValue(options: ParsedInput['options'], { name, context }: Wanted): Promise<string> {
  const variable = options['fromEnv'];
  if (variable !== undefined && options['stdin'] === true) {
    throw new UsageError('--from-env and --stdin cannot be used together', {
      code: 'usage.option_conflict',
      hint: 'Keep the one you mean.',
    });
  }
  if (variable !== undefined) return ofVariable(String(variable), context);
  return options['stdin'] === true ? ofInput(name, context) : ofPerson(name, context);
}

function ofVariable(variable: string, { app: { env } }: CommandContext): string {
  const value = env[requireSecretName(variable)];
  if (value !== undefined) return value;
  throw new UsageError(`there is no variable ${variable} here`, {
    code: 'usage.secret_source',
    hint: 'Export it first, or leave --from-env out to be asked.',
  });
}

async function ofInput(name: string, { readStdin }: CommandContext): Promise<string> {
  const bytes = await readStdin();
  if (bytes?.length === 0) {
    // As from a program that has failed: its words are on the terminal already, and the shell goes on.
    throw new RefusedError(`${name} stays as it is: nothing came on standard input`, {
      code: 'secret.nothing_read',
      hint: '`srunx ssh secret unset` removes a secret; a line break alone sets an empty one.',
    });
  }
  if (bytes !== undefined) return new TextDecoder().decode(bytes).replace(/\r?\n$/, '');
  throw new UsageError('--stdin reads what is piped into srunx, and standard input is a terminal', {
    code: 'usage.secret_source',
    hint: 'Leave --stdin out to be asked.',
  });
}

async function ofPerson(name: string, { askHidden }: CommandContext): Promise<string> {
  const value = await askHidden(`${name}: `);
  if (value === undefined) {
    throw new UsageError('there is no terminal to ask at', {
      code: 'usage.secret_source',
      hint: 'Use --from-env, or --stdin.',
    });
  }
  if (value !== '') return value;
  throw new RefusedError(`${name} stays as it is: nothing was typed`, {
    code: 'secret.nothing_typed',
    hint: '`srunx ssh secret unset` removes a secret; --stdin takes a line break alone for an empty one.',
  });
}
