export interface Walk {
  /** What was reached, each after everything that it leads to. */
  readonly order: readonly string[];
  /** The first cycle found, first and last the same. */
  readonly cycle: readonly string[] | undefined;
}

/** `a -> b -> a`; of a long one only both ends. */
export function formatCycle(cycle: readonly string[]): string {
  const shown = cycle.length <= 20 ? cycle : [...cycle.slice(0, 10), `(${cycle.length - 19} more)`, ...cycle.slice(-9)];
  return shown.join(' -> ');
}

/** Follows `next` from the roots until everything is reached or a cycle is closed. No recursion: chains may be very long. */
export function walkDepthFirst(roots: Iterable<string>, next: (name: string) => readonly string[]): Walk {
  const done = new Set<string>();
  for (const root of roots) {
    if (done.has(root)) continue;
    const stack = [{ name: root, next: next(root), at: 0 }];
    const onPath = new Set([root]);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const following = top.next[top.at];
      top.at += 1;
      if (following === undefined) {
        done.add(top.name);
        onPath.delete(top.name);
        stack.pop();
      } else if (onPath.has(following)) {
        const names = stack.map(({ name }) => name);
        return { order: [...done], cycle: [...names.slice(names.indexOf(following)), following] };
      } else if (!done.has(following)) {
        onPath.add(following);
        stack.push({ name: following, next: next(following), at: 0 });
      }
    }
  }
  return { order: [...done], cycle: undefined };
}
