import { UsageError } from '../core/errors.ts';
import { renderContainer } from '../core/job/container.ts';
import { type Launcher, launchers, renderScript } from '../core/job/render-script.ts';
import { didYouMean } from '../core/suggest.ts';
import type { TargetName } from './app-context.ts';
import { type EnvironmentRequest, parseEnvironment, renderEnvironment } from './parse-environment.ts';

export interface WrapRequest extends EnvironmentRequest {
  /** Shell text. */
  readonly command: string;
  readonly target: TargetName;
  /** As typed. Without it the command runs once, on the first node, as with Slurm's own sbatch. */
  readonly launcher?: string | undefined;
}

/** The batch script of a command. Only a container of pyxis makes it a step by itself: nothing else can start one. */
export async function wrapCommand({ command, target, launcher, ...request }: WrapRequest): Promise<Uint8Array> {
  if (command.trim() === '') {
    throw new UsageError('--wrap holds no command', {
      code: 'usage.wrap',
      hint: "Write for example --wrap 'hostname'.",
    });
  }
  if (command.includes('\0')) {
    throw new UsageError('--wrap holds a NUL byte', { code: 'usage.wrap', hint: 'A command is text.' });
  }
  const typed = launcher === undefined ? undefined : requireLauncher(launcher);
  const environment = await parseEnvironment(request);
  const script = renderEnvironment(request, () => {
    const needsSrun = target !== 'embedded' && (renderContainer(environment.container)?.srunArgs ?? []).length > 0;
    return renderScript({ command, launcher: typed ?? (needsSrun ? 'srun' : 'none'), environment });
  });
  return new TextEncoder().encode(script);
}

function requireLauncher(name: string): Launcher {
  const launcher = launchers.find((candidate) => candidate === name);
  if (launcher !== undefined) return launcher;
  throw new UsageError(`\`${name}\` is no launcher`, {
    code: 'usage.option_value',
    hint: `${didYouMean(name, launchers) ?? ''} There are: ${launchers.join(', ')}.`.trimStart(),
  });
}
