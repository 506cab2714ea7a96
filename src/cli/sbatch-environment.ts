import { configKeyOf } from '../core/config/configured-value.ts';
import { defaultsFor, type JobDefaults } from '../core/config/job-defaults.ts';
import { parseContainerOption } from './container-option.ts';
import type { SbatchWords } from './sbatch-words.ts';

type Environment = Readonly<Record<string, unknown>>;

/** Conda, venv and container as typed, under the names of a workflow file. */
export function readEnvironment(own: SbatchWords['own']): Environment {
  const text = (name: string) => (own[name] === undefined ? undefined : String(own[name]));
  const container = own['no-container'] === true ? {} : readContainer(text);
  return {
    ...(text('conda') === undefined ? {} : { conda: text('conda') }),
    ...(text('venv') === undefined ? {} : { venv: text('venv') }),
    ...(Object.keys(container).length === 0 ? {} : { container }),
  };
}

function readContainer(text: (name: string) => string | undefined): Environment {
  const given = text('container');
  const pairs = {
    image: text('container-image'),
    mounts: text('container-mounts')?.split(','),
    workdir: text('container-workdir'),
    runtime: text('container-runtime'),
  };
  const set = Object.entries(pairs).filter(([, value]) => value !== undefined);
  return { ...(given === undefined ? {} : parseContainerOption(given)), ...Object.fromEntries(set) };
}

/** What is typed takes the place of what is configured and cannot stand beside it; a container without an image adds to the configured one. */
export function mergeEnvironment(
  configured: JobDefaults['environment'],
  typed: Environment,
  { noContainer }: { readonly noContainer: boolean },
): Environment {
  const { container, ...rest } = {
    ...defaultsFor(
      configured,
      Object.keys(typed).filter((key) => key !== 'container'),
    ),
    ...typed,
  };
  if (noContainer) return rest;
  const [base, own] = [fieldsOf(configured['container']), fieldsOf(typed['container'])];
  if (base === undefined || own === undefined) return container === undefined ? rest : { ...rest, container };
  const merged = own['image'] === undefined ? { ...base, ...own } : { runtime: base['runtime'], ...own };
  return { ...rest, container: Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)) };
}

/** Keys of the configuration that a merged environment has its values from. */
export function keysConfigured(merged: Environment, typed: Environment): readonly string[] {
  const keys = Object.keys(merged).filter((name) => name !== 'container' && typed[name] === undefined);
  const [container = {}, own = {}] = [fieldsOf(merged['container']), fieldsOf(typed['container'])];
  const fields = Object.keys(container).filter((name) => own[name] === undefined);
  return [...keys, ...fields.map((name) => `container.${name}`)].map((name) => configKeyOf('environment', name));
}

function fieldsOf(container: unknown): Environment | undefined {
  return container as Environment | undefined;
}
