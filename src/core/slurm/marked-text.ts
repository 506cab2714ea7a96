/**
 * Text behind every field and behind every record. Take fresh random marks for each call, so that no job name can forge a
 * row; they must not begin with a digit (Slurm would read a width) nor contain a comma.
 */
export interface Marks {
  readonly field: string;
  readonly record: string;
}

/**
 * The argument of `-O` for squeue and sinfo. A suffix without a size makes a field unpadded and unlimited; with neither, Slurm
 * cuts values at 20 characters without saying so.
 */
export function markFields(fields: readonly string[], marks: Marks): string {
  const last = fields.length - 1;
  return fields.map((field, index) => `${field}:${index === last ? marks.record : marks.field}`).join(',');
}

/**
 * Splits marked output into records of `count` fields. Free text stands last, so a field mark inside it belongs to it. What has
 * fewer fields, or no end, is no record: a forged one, or the tail of an output that was cut.
 */
export function splitRecords(
  text: string,
  { marks, count }: { readonly marks: Marks; readonly count: number },
): string[][] {
  const records = text.split(`${marks.record}\n`);
  records.pop();
  const rows: string[][] = [];
  for (const record of records) {
    const fields = record.split(marks.field);
    if (fields.length > count) fields.push(fields.splice(count - 1).join(marks.field));
    if (fields.length === count) rows.push(fields);
  }
  return rows;
}
