/** The job of the workflow, and the cell. */
export function placeOf(name: string): { readonly stage: string; readonly cell: number } | undefined {
  const at = name.lastIndexOf('#');
  return at < 0 ? undefined : { stage: name.slice(0, at), cell: Number(name.slice(at + 1)) };
}
