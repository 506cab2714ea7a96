import { UsageError } from '../core/errors.ts';
import { type Launcher, renderScript } from '../core/job/render-script.ts';
import type { TargetName } from './app-context.ts';
import { type EnvironmentRequest, parseEnvironment, renderEnvironment } from './parse-environment.ts';

export interface WrapRequest extends EnvironmentRequest {
  /** Shell text. */
  readonly command: string;
  readonly target: TargetName;
}

/** The batch script of a command: on Slurm started by srun, so that it runs on the nodes in all its tasks. */
export async function wrapCommand({ command, target, ...request }: WrapRequest): Promise<Uint8Array> {
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
  const environment = await parseEnvironment(request);
  const script = renderEnvironment(request, () => renderScript({ command, launcher, environment }));
  return new TextEncoder().encode(script);
}
