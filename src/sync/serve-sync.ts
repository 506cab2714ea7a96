import { gzipSync } from 'node:zlib';
import { keepLockScript, releaseLockCall, renderIsHeld } from '../core/sync/lock-shell.ts';
import { type CloseAnswer, parseClose, renderClose } from '../core/sync/mount-scripts.ts';
import { parseServe, renderServe } from '../core/sync/serve-script.ts';
import { randomHex } from '../shell/random-bytes.ts';
import { lockLost } from './mount-lock.ts';
import type { Records } from './record-sync.ts';
import { textOf } from './run-rsync.ts';
import { type Locked, lookMs, placeOf, type SyncJob } from './sync-job.ts';

/** What is recorded there by the rsync at the other end, as soon as all has arrived: a question less. */
export interface Serve {
  /**
   * What is run there, given how rsync is called; `undefined` where that is too long.
   *
   * @param check to be looked at before
   */
  readonly render: (check?: string) => ((rsync: string) => string) | undefined;
  /** Takes what rsync has said on standard error. Throws where the lock was lost before it began. */
  readonly hear: (stderr: string) => Heard;
  /** Runs there without rsync: does the work, and records it where everything is there as it is here. Whether it is. */
  readonly runAlone: (alone: Alone) => Promise<boolean>;
  /** What is known there, in lists that need not be sent: all names, and all directories. */
  readonly knows: { readonly names: boolean; readonly directories: boolean };
  /** What was recorded; `undefined` where that is still to be done. */
  readonly answer: () => CloseAnswer | undefined;
}

export interface Alone {
  /** As of {@link CloseScript}. */
  readonly work: readonly string[];
  /** As of {@link SentState}. */
  readonly whole: string | undefined;
  /** How it is run there, where not over a channel: returns what it has said. */
  readonly run?: ((script: string) => Promise<Uint8Array>) | undefined;
}

export interface Heard {
  /** What rsync itself has said. */
  readonly rest: string;
  /** The check has something to tell; nothing was sent. */
  readonly isStopped: boolean;
}

/** It goes through the command line of the login shell there. */
const mostBytes = 60_000;

/** `undefined` where it cannot be told in advance what is to be recorded. */
export function serveOf(job: SyncJob, { held, keepsLock }: Locked, records: Records): Serve | undefined {
  const { state, ...rest } = records;
  if (state === undefined || job.mirror !== undefined) return undefined;
  // What was packed once does not become less.
  const longest = Math.max(...[rest.manifest, state.list, state.directories].map((text) => text?.length ?? 0));
  if (longest > mostBytes) return undefined;
  const mark = `srunx-${randomHex(16)}`;
  const release = keepsLock ? undefined : releaseLockCall(held.key);
  const script = { ...rest, state, mark, release, place: placeOf(job), keep: keepLockScript(held.key) };
  const render = (check: string | undefined) => (rsync: string) => {
    const packed = gzipSync(renderServe({ ...script, check }, rsync), { level: 6 }).toString('base64');
    return `eval "$(printf %s '${packed}' | base64 -d | gzip -dc)"`;
  };
  let answer: CloseAnswer | undefined;
  const runThere = async (stdin: string) =>
    (await job.shell.run({ argv: ['sh'], stdin, timeoutMs: lookMs, signal: held.signal })).stdout;
  const take = (told: CloseAnswer) => {
    answer = told;
    if (!keepsLock) held.markReleased();
  };
  return {
    knows: { names: state.list === undefined, directories: state.directories === undefined },
    async runAlone({ work, whole, run = runThere }) {
      const close = renderClose({ ...script, work, state: { ...state, whole } }, true);
      const text = `${script.keep} || { echo unheld; exit; }\n${renderIsHeld(held.key)}${close}`;
      const said = textOf(await run(text));
      if (said.startsWith('unheld')) throw lockLost(held.key, job.shell.name);
      const told = parseClose(said);
      if (told.isWhole) take(told);
      return told.isWhole;
    },
    render(check) {
      const words = render(check);
      return words('/usr/bin/rsync').length > mostBytes ? undefined : words;
    },
    hear(stderr) {
      const said = parseServe(stderr, mark);
      const told = parseClose(said.text);
      if (told.isWhole) take(told);
      else if (said.isUnheld) throw lockLost(held.key, job.shell.name);
      return { rest: said.rest, isStopped: said.isStopped };
    },
    answer: () => answer,
  };
}
