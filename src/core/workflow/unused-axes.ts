import type { CellGroup, SweepPlan } from './plan-sweep.ts';

/**
 * Axes whose values change nothing of what is submitted: any two cells that differ in them alone do the same. Templates are not asked: a
 * value may come to a job by an arg, an included file or `when`.
 */
export function unusedAxes({ axes, cells, groups }: Pick<SweepPlan, 'axes' | 'cells' | 'groups'>): readonly string[] {
  const works = worksOf(groups);
  const pairs = cells.map(({ index, values }) => ({ index, values: axes.map((axis) => values[axis] ?? null) }));
  return axes.filter((_, at) => {
    const known = new Map<string, string | undefined>();
    let isVaried = false;
    for (const { index, values } of pairs) {
      const others = JSON.stringify(values.toSpliced(at, 1));
      const work = works.get(index);
      if (!known.has(others)) known.set(others, work);
      else if (known.get(others) === work) isVaried = true;
      else return false;
    }
    return isVaried;
  });
}

/** What each cell does, by its index: equal for cells that do the same. */
function worksOf(groups: readonly CellGroup[]): ReadonlyMap<number, string> {
  return new Map(
    groups.flatMap(({ cells, stages }, group) =>
      cells.map((index, at) => [index, JSON.stringify([group, stages.map(({ rows }) => rows[at])])] as const),
    ),
  );
}

/** A script may read its values where no template shows it. */
const readsItself = /SRUNX_CELL|params\.json/;

export function unusedAxisWarnings(plan: Pick<SweepPlan, 'axes' | 'cells' | 'groups'>): readonly string[] {
  const scripts = plan.groups.flatMap(({ stages }) => stages.map(({ job }) => job.script));
  if (scripts.some((script) => readsItself.test(script))) return [];
  return unusedAxes(plan).map(
    (axis) => `axis \`${axis}\` is used by no job: cells that differ in it alone do the same`,
  );
}
