import { SrunxError } from '../core/errors.ts';
import type { RemoteFacts } from '../core/remote/preamble.ts';
import type { AppContext, Connection } from './app-context.ts';
import { checkRunDirectory } from './check-machine.ts';
import { checkSlurm } from './check-slurm.ts';
import { attemptCheck, type HealthCheck } from './health-check.ts';

export interface NamedConnection extends Connection {
  readonly profile: string;
}

/** From here on each command is felt to wait. */
const slowMs = 1_500;

/** Each step of the way to an account, and what is at its end. Stops at the step behind which nothing can be seen. */
export async function checkConnection(
  context: AppContext,
  connection: NamedConnection,
): Promise<readonly HealthCheck[]> {
  const { profile } = connection;
  const opened = await attemptCheck('connection', async () => {
    const startedAt = context.monotonicNow();
    const wasOpen = await connection.isOpen();
    await connection.open();
    const took = `${Math.round(context.monotonicNow() - startedAt)} ms`;
    const where = context.describeTarget(profile);
    return { status: 'ok', message: wasOpen ? `${where}: is open already` : `${where}: logged in within ${took}` };
  });
  if (opened.status === 'fail') return [opened];
  let facts: RemoteFacts | undefined;
  const login = await attemptCheck('login', async () => {
    const startedAt = context.monotonicNow();
    facts = await connection.facts();
    return describeLogin(facts, context.monotonicNow() - startedAt);
  });
  if (facts === undefined) return [opened, login];
  // Loaded before, so that both ask in one turn.
  await context.cluster(profile);
  const [runDirectory, slurm] = await Promise.all([
    attemptCheck('run directory', () => checkRunDirectory(context, profile)),
    checkSlurmThere(context, profile),
  ]);
  return [opened, login, checkTools(facts), runDirectory, ...slurm];
}

function describeLogin({ user, host, home, shell }: RemoteFacts, ms: number): Omit<HealthCheck, 'name'> {
  const message = `${user} on ${host}, home ${home}, ${shell}, answered within ${Math.round(ms)} ms`;
  if (ms < slowMs) return { status: 'ok', message };
  return {
    status: 'warn',
    message,
    hint: 'The start-up files of the login shell take so long: what they do only for people belongs behind a test for a terminal.',
  };
}

const losses: Readonly<Record<string, string>> = {
  base64: 'nothing can be sent to commands there',
  tar: 'no files can be written there',
  setsid: 'what a command has started cannot be ended with it',
  awk: 'a command that a signal has ended looks like one that has failed',
};

function checkTools({ missing }: RemoteFacts): HealthCheck {
  if (missing.length === 0) return { name: 'tools', status: 'ok', message: 'all that srunx uses is there' };
  const words = missing.map((tool) => `${tool} (${losses[tool]})`);
  return {
    name: 'tools',
    status: missing.includes('base64') || missing.includes('tar') ? 'fail' : 'warn',
    message: `not there: ${words.join(', ')}`,
    hint: 'Ask the administrators of the machine, or add its directory to PATH in a start-up file of the login shell.',
  };
}

/** Slurm itself may be what is missing: that is a result, too. */
async function checkSlurmThere(context: AppContext, profile: string): Promise<readonly HealthCheck[]> {
  try {
    return await checkSlurm(context, profile);
  } catch (error) {
    if (!(error instanceof SrunxError)) throw error;
    return [{ name: 'slurm', status: 'fail', message: error.message, hint: error.hint }];
  }
}
