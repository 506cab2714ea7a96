import { isRemote, type TargetName } from './target-name.ts';

/** For hints: how the directory of the runs of a target is chosen. */
export function whereToNameRuns(target: TargetName): string {
  return isRemote(target) ? `with \`srunx ssh update ${target} --run-dir DIR\`` : 'in SRUNX_RUN_DIR';
}
