import { UsageError } from '../core/errors.ts';
import { type Launcher, renderScript } from '../core/job/render-script.ts';
import type { TargetName } from './app-context.ts';

export interface WrapRequest {
  /** Shell text. */
  readonly command: string;
  readonly target: TargetName;
  /** As written for `environment` in a workflow file: conda, venv, container. */
  readonly environment: Readonly<Record<string, unknown>>;
}

/** The batch script of a command: on Slurm started by srun, so that it runs on the nodes in all its tasks. */
export async function wrapCommand({ command, target, environment }: WrapRequest): Promise<Uint8Array> {
  if (command.trim() === '') {
    throw new UsageError('--wrap holds no command', {
      code: 'usage.wrap',
      hint: "Write for example --wrap 'hostname'.",
    });
  }
  if (command.includes('\0')) {
    throw new UsageError('--wrap holds a NUL byte', { code: 'usage.wrap', hint: 'A command is text.' });
  }
  const launcher: Launcher = target === 'embedded' ? 'none' : 'srun';
  const script = renderScript({ command, launcher, environment: await parseEnvironment(environment) });
  return new TextEncoder().encode(script);
}

/** The schema is loaded only where somebody asks for more than a command. */
export async function parseEnvironment(
  given: WrapRequest['environment'],
): Promise<Parameters<typeof renderScript>[0]['environment']> {
  if (Object.keys(given).length === 0) return {};
  const { environmentSchema } = await import('../core/job/environment-schema.ts');
  const result = environmentSchema.safeParse(given);
  if (result.success) return result.data;
  const [first, ...others] = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UsageError(first ?? 'the environment of the command is wrong', {
    code: 'usage.environment',
    detail: others.join('\n'),
    hint: 'Correct the option that is named.',
  });
}
