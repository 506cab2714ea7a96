import { createHash } from 'node:crypto';
import { globSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { JobDefaults } from '../core/config/job-defaults.ts';
import { ConfigError, NotFoundError, RefusedError, UsageError } from '../core/errors.ts';
import type { SweepFlags } from '../core/sweep/read-sweep.ts';
import type { Sweep } from '../core/sweep/sweep.ts';
import { requireShortDependencies } from '../core/workflow/check-dependency-length.ts';
import type { PlanInput } from '../core/workflow/plan.ts';
import { type AnyPlan, planAny, type SweepSurroundings } from '../core/workflow/plan-any.ts';
import type { TemplateReader } from '../core/workflow/template-script.ts';
import { createRunId } from '../engine/run-id.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { type FilesContext, filesOn } from './files-there.ts';
import { findTemplate } from './find-template.ts';
import { type CodeChoice, type PlacedRun, placeWorkflow, type WorkflowPlaces } from './place-workflow.ts';
import { type PipeReader, readPipe } from './read-pipe.ts';
import { readScript } from './read-script.ts';
import { type ReadPiped, withPipes } from './with-pipes.ts';

export interface PlanRequest {
  readonly file: string;
  /** Its content, where it need not be read. */
  readonly text?: string | undefined;
  readonly target: TargetName;
  /** `KEY=VALUE`, as typed; the last of a key wins. */
  readonly args: readonly string[];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly only: readonly string[];
  readonly defaults?: JobDefaults | undefined;
  /** It is only looked at: there is no run whose id its templates could see. */
  readonly isPreview?: boolean | undefined;
  /** No connection is opened for it: without one, the files that it names are believed to be there. */
  readonly onlyIfReady?: boolean | undefined;
  /** Of the run that it becomes part of; absent: a new one. */
  readonly id?: string | undefined;
  /** Absent: as the file says. */
  readonly sweep?: SweepFlags | undefined;
  /** Cells in the place of those of the file. */
  readonly cells?: Sweep | undefined;
  /** What the configuration says for sweeps; asked of one that does not say it itself. */
  readonly configuredParallel?: SweepSurroundings['configuredParallel'];
  /** Whether `python:` values are evaluated; they are the user's own only on the command line. */
  readonly python?: PlanInput['python'];
  /** Whether `template` of a job may name a file besides the registry, which only the command line lets it. */
  readonly templateFiles?: 'allowed';
  /** Of the code that is sent to another machine. */
  readonly code?: CodeChoice | undefined;
}

/** `placed`: where it is to run on another machine, whose profile has mounts. */
export type LoadedPlan = AnyPlan & { readonly placed: PlacedRun | undefined };

/** Ten thousand jobs take two; what is larger is a data set named by mistake. */
const maxFileBytes = 16 * 1024 * 1024;

/**
 * Reads a workflow file and the scripts it names into its plan, of each cell where it is a sweep. Nothing reads them again
 * afterwards.
 */
export async function loadWorkflow(context: PlanContext, request: PlanRequest): Promise<LoadedPlan> {
  const input = await readInput(context, request);
  const { cwd } = context;
  const id = request.isPreview === true ? undefined : (request.id ?? createRunId(context.randomBytes));
  const places = placeWorkflow(context, request);
  const files = filesOn(context, { ...request, places });
  const loaded = await withPipes(context, request.target, (readPiped) => {
    const readers = {
      readScript: createScriptReader({ cwd, readPiped, places }),
      files: files.finder,
      places: places?.jobs,
      readWorkflow: createIncludeReader({ cwd, readPiped }),
    };
    const plan = planAny(
      { ...input, ...readers },
      {
        id,
        flags: request.sweep,
        cells: request.cells,
        files: createAxisFiles(resolve(cwd, request.file), readPiped),
        configuredParallel: request.configuredParallel,
      },
    );
    files.settle();
    return plan;
  });
  // The embedded runner reads them from a file.
  if (request.target !== 'embedded' && loaded.kind === 'workflow') requireShortDependencies(loaded.plan.jobs);
  return { ...loaded, placed: places?.placed() };
}

type PlanContext = PipeReader & FilesContext & Pick<AppContext, 'configDir' | 'env' | 'randomBytes'>;

/** Without what reads further files. */
async function readInput(
  context: PlanContext,
  request: PlanRequest,
): Promise<Omit<PlanInput, 'readScript' | 'files' | 'places' | 'readWorkflow'>> {
  const overrides = parseArgs(request.args);
  const text = request.text ?? (await readFile(context, request));
  // Some milliseconds of WASM, which only this command needs.
  const { createRenderer } = await import('../templates/minijinja-renderer.ts');
  return {
    text,
    source: request.file,
    id: idOf(resolve(context.cwd, request.file)),
    overrides,
    selection: { from: request.from, to: request.to, only: request.only },
    renderer: createRenderer(),
    launcher: request.target === 'embedded' ? 'none' : 'srun',
    readTemplate: createTemplateReader(context, request),
    defaults: request.defaults,
    python: request.python,
    hash: (content) => createHash('sha256').update(content).digest('hex'),
  };
}

async function readFile(context: PlanContext, { file, target }: PlanRequest): Promise<string> {
  const piped = await readPipe(context, { file, target, what: 'the workflow file' });
  return piped === undefined
    ? readWorkflow(resolve(context.cwd, file), file)
    : decode(piped, `the workflow file ${file}`);
}

/** `undefined` for a pipe, which is no file to include. */
function idOf(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? realpathSync(path) : undefined;
}

interface Place {
  readonly cwd: string;
  readonly readPiped: ReadPiped;
}

/** Relative to the file that includes it; to where srunx was started, where that one came through a pipe. */
function createIncludeReader({ cwd, readPiped }: Place): NonNullable<PlanInput['readWorkflow']> {
  return (path, from) => {
    const isPipe = /^\/(?:dev|proc)\//.test(resolve(cwd, from));
    const source = isAbsolute(path) || isPipe ? path : join(dirname(from), path);
    const full = resolve(cwd, source);
    try {
      const piped = readPiped(full, 'the workflow file');
      const text = piped === undefined ? readWorkflow(full, source) : decode(piped, `the workflow file ${source}`);
      return { source, text, id: realpathSync(full) };
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  };
}

/** Each script is read once, however many jobs start it: all of them get the same. None is read that may not be sent. */
function createScriptReader({
  places,
  ...place
}: Place & { readonly places: WorkflowPlaces | undefined }): (path: string) => string | undefined {
  const known = new Map<string, string>();
  return (path) => {
    const found = known.get(path);
    if (found !== undefined) return found;
    places?.requireScript(path);
    const text = readText(place, path);
    if (text !== undefined) known.set(path, text);
    return text;
  };
}

/** A path would let whoever writes the workflow read any file that the account may read. */
function createTemplateReader(
  context: Pick<AppContext, 'cwd' | 'configDir'>,
  { templateFiles }: PlanRequest,
): TemplateReader {
  return (name) => {
    if (name.includes('/') && templateFiles !== 'allowed') {
      throw new RefusedError(`the template ${name} is a path, and only the command line takes those`, {
        code: 'template.path_refused',
        hint: 'Keep it under a name: srunx template add NAME FILE.',
      });
    }
    const { text, origin } = findTemplate(context, name);
    return { text, what: origin === 'file' ? `the template ${name}` : `the template \`${name}\`` };
  };
}

/** Relative to the workflow file. */
function createAxisFiles(file: string, readPiped: ReadPiped): NonNullable<SweepSurroundings['files']> {
  const folder = dirname(file);
  return {
    glob: (pattern) => globSync(pattern, { cwd: folder }).toSorted(),
    read(path) {
      try {
        const full = resolve(folder, path);
        const piped = readPiped(full, 'the file of values');
        return piped === undefined ? readWorkflow(full, path) : decode(piped, `the file of values ${path}`);
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
        throw new NotFoundError(`there is no file ${path} of values`, {
          code: 'sweep.file_not_found',
          hint: 'The path is relative to the workflow file.',
        });
      }
    },
  };
}

function readText(place: Place, path: string): string | undefined {
  try {
    return decode(place.readPiped(path, 'the script') ?? readScript(place, path), `the script ${path}`);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function readWorkflow(path: string, name: string): string {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) {
    throw new NotFoundError(`there is no workflow file ${name}`, {
      code: 'workflow.file_not_found',
      hint: 'Check the path; it is relative to the current directory.',
    });
  }
  // A pipe is what `flow run <(make-workflow)` and /dev/stdin are.
  const readable = facts.isFile() || facts.isFIFO();
  if (!readable || facts.size > maxFileBytes) {
    const what = readable ? `has ${facts.size} bytes, more than ${maxFileBytes}` : 'is no file';
    throw new ConfigError(`the workflow file ${name} ${what}`, {
      code: 'workflow.unusable',
      hint: 'Name a workflow file; data does not belong into it.',
    });
  }
  try {
    return decode(readFileSync(path), `the workflow file ${name}`);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`the workflow file ${name} cannot be read`, {
      code: 'workflow.unreadable',
      detail: error instanceof Error ? error.message : String(error),
      hint: 'It must be a file that you may read.',
      cause: error,
    });
  }
}

/** Text of another encoding would come out changed, and a script must not. */
function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError(`${what} is not UTF-8 text`, {
      code: 'workflow.encoding',
      hint: 'Convert it: iconv -f latin1 -t utf-8 FILE.',
      cause: error,
    });
  }
}

function parseArgs(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf('=');
      if (equals > 0) return [word.slice(0, equals), word.slice(equals + 1)];
      throw new UsageError(equals < 0 ? `--arg ${word} has no value` : `--arg ${word} has no key`, {
        code: 'usage.option_value',
        hint: 'Write --arg KEY=VALUE.',
      });
    }),
  );
}
