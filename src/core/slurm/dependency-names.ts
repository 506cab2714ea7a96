/** One id of a dependency, or a name that stands for one. */
const jobPart = /^\d+(?:_(?:\d+|\*|\[[\d,:%-]+\]))?(?:\+\d+)?$/;

/** `afterok`, `singleton` and the like: what may stand before a colon, or alone. */
const typeWord = /^(?:after|afterany|afterok|afternotok|aftercorr|afterburstbuffer|expand|singleton)$/i;

/** The names in a value for --dependency where Slurm takes ids only: `afterok:train,afterany:12:clean`. */
export function namesInDependency(value: string): readonly string[] {
  const names = new Set<string>();
  replaceNames(value, (name) => {
    names.add(name);
    return name;
  });
  return [...names];
}

/** The value with an id in the place of every name; `after:train+5` keeps its minutes. */
export function replaceNames(value: string, idOf: (name: string) => string): string {
  const separator = value.includes('?') ? '?' : ',';
  return value
    .split(value.includes('?') ? '?' : /,(?![^[]*\])/)
    .map((condition) => {
      const [type = '', ...ids] = condition.split(/:(?![^[]*\])/);
      if (ids.length === 0 || !typeWord.test(type)) return condition;
      return [type, ...ids.map((part) => replaceOne(part, idOf))].join(':');
    })
    .join(separator);
}

function replaceOne(part: string, idOf: (name: string) => string): string {
  const [, name = '', minutes = ''] = /^(.*?)(\+\d+)?$/s.exec(part) ?? [];
  return jobPart.test(part) || name === '' ? part : `${idOf(name)}${minutes}`;
}
