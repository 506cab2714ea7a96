import { UsageError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';

/** How the value of each key is written; the names are those of `container` in a workflow file. */
const kinds: Readonly<Record<string, 'text' | 'flag' | 'list' | 'map'>> = {
  image: 'text',
  workdir: 'text',
  runtime: 'text',
  overlay: 'text',
  name: 'text',
  save: 'text',
  mounts: 'list',
  bind: 'list',
  extra_args: 'list',
  env: 'map',
  nv: 'flag',
  rocm: 'flag',
  cleanenv: 'flag',
  fakeroot: 'flag',
  writable_tmpfs: 'flag',
  no_home: 'flag',
  contain: 'flag',
  tmp_sandbox: 'flag',
  writable: 'flag',
  remap_root: 'flag',
  mount_home: 'flag',
  entrypoint: 'flag',
};

/**
 * Reads `--container`: an image alone, or `key=value` pairs separated by commas, in braces or not; parts of a list are
 * separated by `;`. What the keys may hold is for the schema of the environment to say.
 */
export function parseContainerOption(text: string): Record<string, unknown> {
  const isBraced = /^\{.*\}$/s.test(text);
  const body = isBraced ? text.slice(1, -1) : text;
  const firstKey = /^\s*([^=,]*)=/.exec(body)?.[1]?.trim();
  const isPlain = !isBraced && !body.includes(',') && (firstKey === undefined || !Object.hasOwn(kinds, firstKey));
  if (isPlain) return { image: text };
  return Object.fromEntries(body.split(',').map(readPair));
}

function readPair(pair: string): [string, unknown] {
  const equals = pair.indexOf('=');
  if (equals < 0)
    throw badContainer(`\`${pair}\` in --container is no pair`, 'Write KEY=VALUE, such as image=a.sif,nv=true.');
  const key = pair.slice(0, equals).trim();
  const value = pair.slice(equals + 1).trim();
  switch (Object.hasOwn(kinds, key) ? kinds[key] : undefined) {
    case 'text':
      return [key, value];
    case 'list':
      return [key === 'bind' ? 'mounts' : key, value.split(';')];
    case 'map':
      return [key, Object.fromEntries(value.split(';').map((entry) => readEntry(key, entry)))];
    case 'flag':
      return [key, readFlag(key, value)];
    case undefined: {
      const names = Object.keys(kinds);
      throw badContainer(
        `\`${key}\` in --container is no key`,
        didYouMean(key, names) ?? `There are: ${names.join(', ')}.`,
      );
    }
  }
}

function readEntry(key: string, entry: string): [string, string] {
  const equals = entry.indexOf('=');
  if (equals > 0) return [entry.slice(0, equals), entry.slice(equals + 1)];
  throw badContainer(`\`${entry}\` for ${key} in --container has no value`, `Write ${key}=NAME=VALUE;NAME=VALUE.`);
}

function readFlag(key: string, value: string): boolean {
  if (/^(?:true|1|yes)$/i.test(value)) return true;
  if (/^(?:false|0|no)$/i.test(value)) return false;
  throw badContainer(`\`${value}\` is no value for ${key} in --container`, `Write ${key}=true or ${key}=false.`);
}

function badContainer(message: string, hint: string): UsageError {
  return new UsageError(message, { code: 'usage.container', hint });
}
