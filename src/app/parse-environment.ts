import {
  blameConfigured,
  type ConfiguredValue,
  configKeyOf,
  formatConfigured,
  namedIn,
  valuesOf,
} from '../core/config/configured-value.ts';
import { ConfigError, type SrunxError, UsageError } from '../core/errors.ts';
import type { JobEnvironment } from '../core/job/environment-schema.ts';

export interface EnvironmentRequest {
  /** As written for `environment` in a workflow file: conda, venv, modules, container. */
  readonly environment: Readonly<Record<string, unknown>>;
  /** What of it nobody typed. */
  readonly configured: readonly ConfiguredValue[];
}

/** The schema is loaded only where somebody asks for more than a command. */
export async function parseEnvironment(request: EnvironmentRequest): Promise<JobEnvironment> {
  if (Object.keys(request.environment).length === 0) return {};
  const { environmentSchema } = await import('../core/job/environment-schema.ts');
  const result = environmentSchema.safeParse(request.environment);
  if (result.success) return result.data;
  const [first, ...others] = result.error.issues;
  const detail = others.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
  throw faultOf({ path: first?.path ?? [], message: first?.message ?? 'is wrong', detail }, request);
}

/** Carries out what needs the environment; a container that cannot be started there is blamed on whoever named it. */
export function renderEnvironment<Result>(request: EnvironmentRequest, render: () => Result): Result {
  try {
    return render();
  } catch (error) {
    if (!(error instanceof ConfigError && containerFaults.includes(error.code))) throw error;
    const { message, hint } = error;
    if (configuredAt(['container'], request).length === 0) throw error;
    throw faultOf({ path: ['container'], message, hint, cause: error }, request);
  }
}

const containerFaults = ['config.container_field', 'config.pyxis_launcher'];

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint?: string | undefined;
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

function faultOf(fault: Fault, request: EnvironmentRequest): SrunxError {
  const { path, message, hint, detail = '', cause } = fault;
  const configured = configuredAt(path, request);
  const [first] = namedIn(message, configured);
  if (first !== undefined && !isTyped(fault, { request, configured }))
    return blameConfigured(first, { message, hint, cause });
  const lines = configured.map((value) => `configured: ${formatConfigured(value)}`);
  return new UsageError(`${path.join('.')}: ${message}`, {
    code: 'usage.environment',
    detail: [detail, ...lines].filter((line) => line !== '').join('\n'),
    hint: hint ?? (lines.length === 0 ? 'Correct the option that is named.' : 'Correct one of the two.'),
    cause,
  });
}

function configuredAt(path: Fault['path'], { configured }: EnvironmentRequest): readonly ConfiguredValue[] {
  const [name = '', ...below] = path.filter((part) => typeof part === 'string');
  return valuesOf(configured, [[configKeyOf('environment', name), ...below].join('.')]);
}

/** Whether something that was typed has a part in it. A fault of the container as a whole is one of its runtime and what is named. */
function isTyped(
  { path, message }: Fault,
  {
    request: { environment },
    configured,
  }: { readonly request: EnvironmentRequest; readonly configured: readonly ConfiguredValue[] },
): boolean {
  if (path.length > 1 || path[0] !== 'container') return configured.length === 0;
  const words = message.split(/\W+/);
  const parts = Object.keys(environment['container'] ?? {}).filter((key) => key === 'runtime' || words.includes(key));
  return parts.some((key) => valuesOf(configured, [`environment.container.${key}`]).length === 0);
}
