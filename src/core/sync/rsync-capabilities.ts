/** What an rsync can do, as its own help says. */
export interface RsyncCapabilities {
  /** Such as `3.2.7`; openrsync says that it is like 2.6.9. */
  readonly version: string | undefined;
  /** Long options, such as `--mkpath`. */
  readonly options: ReadonlySet<string>;
  /** Where it is; `undefined`: wherever the other end finds it. */
  readonly path?: string | undefined;
}

/** Of one that could not be asked, nothing is expected. */
export const unknownCapabilities: RsyncCapabilities = { version: undefined, options: new Set() };

/** @param text of `rsync --version` and `rsync --help`, in any order */
export function parseCapabilities(text: string): RsyncCapabilities {
  return {
    version: /\bversion v?(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1],
    options: new Set(text.match(/--[a-z0-9][a-z0-9-]*/g) ?? []),
  };
}
