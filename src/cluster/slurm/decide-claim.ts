import { ConnectionError } from '../../core/errors.ts';
import { requireSuccess, type SlurmClient } from './slurm-client.ts';

export interface ClaimDecision {
  /** Of the batch. */
  readonly directory: string;
  readonly token: string;
  /** `undefined`: it was not submitted. */
  readonly jobId: string | undefined;
}

/** Under the lock of the hand-over: while one is at work, nothing is in question. */
export async function decideClaim(
  client: SlurmClient,
  { directory, token, jobId = '' }: ClaimDecision,
  signal?: AbortSignal,
): Promise<boolean> {
  const result = await client.shell.run({ argv: ['sh', '-c', script, 'sh', directory, token, jobId], signal });
  if (result.exitCode === notInQuestion) return false;
  if (result.exitCode === atWork) {
    throw new ConnectionError(`a hand-over is at work in ${directory} on ${client.target}`, {
      code: 'slurm.handover_at_work',
      hint: 'Try again when it is over.',
    });
  }
  requireSuccess(result, { what: `write into ${directory}/claims`, target: client.target });
  return true;
}

const notInQuestion = 9;
const atWork = 75;

const script = `[ -d "$1" ] || exit ${notInQuestion}
cd "$1" || exit 1
exec 9>>handover.lock || exit 1
if command -v flock >/dev/null 2>&1; then flock -w 10 -E ${atWork} 9 || exit; fi
[ -e "claims/$2" ] && ! grep -q '^job ' "claims/$2" || exit ${notInQuestion}
if [ -n "$3" ]; then printf 'job %s\\n' "$3" >>"claims/$2"; else rm -f "claims/$2"; fi`;
