import { ConfigError } from '../errors.ts';
import { type ConfigLeaf, formatKey } from './config-schema.ts';
import { type ConfigOrigin, formatOrigin, formatPlace } from './origin.ts';

/** A value of the configuration that counts for a job. */
export interface ConfiguredValue {
  /** As written at the top of a file: `resources.nodes`, whatever profile it was taken from. */
  readonly key: string;
  readonly leaf: ConfigLeaf;
  readonly value: unknown;
  readonly origin: ConfigOrigin;
}

/** The values of these keys, and of all that stands below them. */
export function valuesOf(values: readonly ConfiguredValue[], keys: readonly string[]): readonly ConfiguredValue[] {
  return values.filter(({ key }) => keys.some((name) => key === name || key.startsWith(`${name}.`)));
}

/** Keys of the configuration that do not stand below `resources` or `environment`, as they do in a workflow file. */
const topKeys = ['account', 'qos', 'modules'];

/** The key of the configuration behind one of a workflow file's. */
export function configKeyOf(group: 'resources' | 'environment', name: string): string {
  return topKeys.includes(name) ? name : `${group}.${name}`;
}

interface Fault {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** What is wrong with a value that nobody typed is said of the line that it stands in. */
export function blameConfigured({ key, origin }: ConfiguredValue, { message, hint, cause }: Fault): ConfigError {
  const name = origin.within === undefined ? key : `${formatKey(origin.within)}: ${key}`;
  return new ConfigError(`${formatPlace(origin)}: ${name}: ${message}`, {
    code: 'config.invalid',
    hint: hint ?? '`srunx config edit` opens the file.',
    cause,
  });
}

/** Those that a message names first, because it is about them. */
export function namedIn(message: string, values: readonly ConfiguredValue[]): readonly ConfiguredValue[] {
  const words = new Set(message.split(/\W+/));
  const isNamed = ({ key }: ConfiguredValue): boolean => words.has(key.split('.').at(-1) ?? '');
  return [...values.filter(isNamed), ...values.filter((value) => !isNamed(value))];
}

/** `resources.nodes=2 (config.json:3)`; values of variables may be secret. */
export function formatConfigured({ key, leaf, value, origin }: ConfiguredValue): string {
  return `${key}=${isSecret(leaf) ? '***' : String(value)} (${formatOrigin(origin)})`;
}

export function isSecret({ kind }: ConfigLeaf): boolean {
  return kind === 'secret' || kind === 'value';
}

/** The documented JSON of configured values. */
export function configuredJson(values: readonly ConfiguredValue[]): Record<string, unknown>[] {
  return values.map(({ key, leaf, value, origin }) => ({
    ...{ key, value: isSecret(leaf) ? '***' : value, origin: formatOrigin(origin) },
  }));
}
