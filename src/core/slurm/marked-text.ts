/**
 * Text behind every field and behind every record. Take fresh random marks for each call, so that no job name can forge a
 * row; they must not begin with a digit (Slurm would read a width) nor contain a comma. Short ones keep a large answer small:
 * each field of each job carries one.
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
 * fewer fields, or no end, is no record: a forged one, or the tail of an output that was cut. One pass that hands out
 * record by record, because a snapshot of a large cluster has hundreds of thousands of fields.
 */
export function* splitRecords(
  text: string,
  { marks, count }: { readonly marks: Marks; readonly count: number },
): Generator<string[]> {
  const mark = marks.field;
  const end = `${marks.record}\n`;
  let start = 0;
  for (let stop = text.indexOf(end); stop >= 0; stop = text.indexOf(end, start)) {
    const fields = text.slice(start, stop).split(mark);
    if (mark === marks.record && fields.length === count - 1) {
      // With a single mark for both, free text that begins with a newline looks like the end of its record.
      start = stop + mark.length;
      stop = text.indexOf(end, start);
      if (stop < 0) break;
      fields.push(text.slice(start, stop));
    }
    if (fields.length > count) fields.push(fields.splice(count - 1).join(mark));
    if (fields.length === count) yield fields;
    start = stop + end.length;
  }
}
