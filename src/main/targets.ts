import type { AppContext } from '../app/app-context.ts';
import { chooseTarget, type TargetChoice } from '../app/choose-target.ts';
import { isRemote } from '../app/target-name.ts';
import type { Config } from '../core/config/config.ts';
import { type Accounts, createAccounts } from './ssh-accounts.ts';

interface Surroundings extends Pick<AppContext, 'runRoot' | 'hasSlurm' | 'signal'> {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly config: () => Config;
  readonly choice: () => TargetChoice;
}

interface Targets
  extends Pick<
    AppContext,
    'selection' | 'profileNames' | 'isTarget' | 'isReady' | 'describeTarget' | 'connection' | 'placeOn'
  > {
  readonly accounts: Accounts;
  /** Begins to connect to the target of a choice, where that is another machine: what follows will ask it. */
  warmUp(choice: TargetChoice): void;
}

/** Where jobs may go from here, and which of these places is meant. */
export function createTargets({ env, home, runRoot, hasSlurm, config, choice, signal }: Surroundings): Targets {
  const accounts = createAccounts({ env, home, config });
  return {
    accounts,
    selection: once(() => chooseTarget({ env, hasSlurm, config }, choice())),
    profileNames: () => accounts.names(),
    isTarget: (name) => !isRemote(name) || accounts.has(name),
    isReady: (target) => !isRemote(target) || accounts.isConnected(target),
    describeTarget: (target) => (isRemote(target) ? accounts.describe(target) : target),
    connection: (profile) => accounts.connection(profile, signal),
    async placeOn(target) {
      if (!isRemote(target)) return { cwd: process.cwd(), runRoot, env };
      return { ...(await accounts.place(target, signal)), env: {} };
    },
    warmUp(guess) {
      try {
        const { name } = chooseTarget({ env, hasSlurm, config }, guess);
        if (isRemote(name)) accounts.shell(name).warm();
      } catch {
        // Said when the command needs it.
      }
    },
  };
}

/** What is made when it is first asked for. */
export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
