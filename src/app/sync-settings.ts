import { type Config, valuesBelow } from '../core/config/config.ts';

export interface SyncSettings {
  /** Code is sent before a submission. */
  readonly auto: boolean;
  readonly lockTimeoutMs: number;
  readonly warnDirty: boolean;
  readonly requireClean: boolean;
  readonly ownerCheck: boolean;
  /** The script that is submitted must have arrived with its content. */
  readonly verifyRemoteHash: boolean;
}

export function readSyncSettings(config: Config): SyncSettings {
  const said = valuesBelow(config, 'sync');
  const flag = (name: string, other: boolean) => (typeof said[name] === 'boolean' ? said[name] : other);
  const seconds = Number(said['lock_timeout_seconds'] ?? 120);
  return {
    auto: flag('auto', true),
    lockTimeoutMs: 1_000 * (seconds >= 1 ? seconds : 120),
    warnDirty: flag('warn_dirty', true),
    requireClean: flag('require_clean', false),
    ownerCheck: flag('owner_check', true),
    verifyRemoteHash: flag('verify_remote_hash', false),
  };
}
