import { parseScontrolConfig } from '../../core/slurm/scontrol-config.ts';
import { requireAnswer, type SlurmClient } from './slurm-client.ts';

interface KnownConfig {
  /** Who asks. */
  readonly user: string;
  readonly values: ReadonlyMap<string, string>;
}

export type ConfigQuestion = (signal?: AbortSignal) => Promise<KnownConfig>;

/** What needs it for one purpose needs it for another in the same moment; a process that lives is to hear of changes. */
const freshMs = 5_000;

/** `scontrol show config`, and who asks; an answer is good for some seconds. */
export function createConfigQuestion(client: SlurmClient): ConfigQuestion {
  let last: { readonly at: number; readonly answer: Promise<KnownConfig> } | undefined;
  return (signal) => {
    const now = performance.now();
    if (last !== undefined && now - last.at < freshMs) return last.answer;
    const answer = ask(client, signal);
    const asked = { at: now, answer };
    last = asked;
    // Whoever waits for it hears of a failure, and the next one asks anew.
    answer.catch(() => {
      if (last === asked) last = undefined;
    });
    return answer;
  };
}

async function ask(client: SlurmClient, signal?: AbortSignal): Promise<KnownConfig> {
  // Together: to another machine, each is a round trip.
  const reply = await client.ask(['sh', '-c', 'id -un; exec scontrol show config'], signal);
  const [user = '', ...lines] = reply.stdout.split('\n');
  const answer = { ...reply, stdout: lines.join('\n') };
  const config = requireAnswer({ argv: ['scontrol', 'show', 'config'], reply: answer, target: client.target });
  return { user, values: parseScontrolConfig(config) };
}
