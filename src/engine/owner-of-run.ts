/**
 * The account that submits the jobs of a run, as its plan says; `undefined` in runs of srunx 0.1. A plan may have megabytes, so
 * its text is searched: only where a log is described is such a name followed by such a flag.
 */
export function ownerOfRun({ plan }: { readonly plan: string }): string | undefined {
  const [, text] = /"user":("(?:[^"\\]|\\.)*"),"isArray":(?:true|false)/.exec(plan) ?? [];
  return text === undefined ? undefined : (JSON.parse(text) as string);
}

/** Somebody else's: it is looked at, and nothing is done to it. */
export function isForeign(run: { readonly plan: string }, user: string): boolean {
  return (ownerOfRun(run) ?? user) !== user;
}
