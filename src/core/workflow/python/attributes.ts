import { nearest } from '../../suggest.ts';
import { dateAttribute } from './date-members.ts';
import { raise } from './python-error.ts';
import { stringMethod, stringMethodNames } from './string-methods.ts';
import { type PyValue, type Run, typeName } from './values.ts';

/** `value.name`. */
export function attributeOf(value: PyValue, name: string, run: Run): PyValue {
  if (typeof value === 'string') return stringMethod(value, name) ?? missing(value, name);
  if (typeof value !== 'object' || value === null) return missing(value, name);
  switch (value.type) {
    case 'args':
      return argNamed(name, `args.${name}`, run);
    case 'module':
      return value.members.get(name) ?? missing(value, name);
    case 'date':
    case 'datetime':
    case 'timedelta':
      return dateAttribute(value, name) ?? missing(value, name);
    case 'function':
      return classAttribute(value.name, name) ?? missing(value, name);
    default:
      return missing(value, name);
  }
}

/** The value of an arg. `written` is for the message. */
export function argNamed(name: string, written: string, { args }: Run): PyValue {
  const value = args.get(name);
  if (value !== undefined) return value;
  const meant = nearest(name, args.names);
  const hint = meant === undefined ? `There are: ${args.names.slice(0, 10).join(', ')}.` : `Did you mean \`${meant}\`?`;
  return raise('NameError', `\`${written}\` is undefined`, hint);
}

/** `datetime.datetime.now` would make another plan of the same file each time. */
function classAttribute(owner: string, name: string): never | undefined {
  if (!owner.startsWith('datetime.')) return undefined;
  if (/^(?:now|today|utcnow|fromtimestamp|utcfromtimestamp)$/.test(name)) {
    return raise(
      'AttributeError',
      `\`${owner}.${name}\` is not available: \`python:\` values have no clock, so that a file always gives the same plan`,
      'Give the date as an arg: --arg day=$(date +%F).',
    );
  }
  return undefined;
}

function missing(value: PyValue, name: string): never {
  const owner =
    typeof value === 'object' && value?.type === 'module' ? `module '${value.name}'` : `'${typeName(value)}' object`;
  return raise('AttributeError', `${owner} has no attribute '${name}'`, hintFor(value, name));
}

function hintFor(value: PyValue, name: string): string {
  if (typeof value === 'string') return `Methods of texts: ${stringMethodNames.join(', ')}.`;
  if (typeof value === 'object' && value?.type === 'dict')
    return `Write \`["${name}"]\`; methods of a dict are not available.`;
  if (typeof value === 'object' && value?.type === 'module')
    return `There are: ${[...value.members.keys()].join(', ')}.`;
  return 'docs/guide/workflows.md lists what there is.';
}
