import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { Environment } from 'minijinja-js';
import { quoteWord } from '../core/quote.ts';
import { printValue } from '../core/workflow/print-value.ts';
import { printFilter, type Rendered, type TemplateChecker, type TemplateRenderer } from '../core/workflow/renderer.ts';

/** Steps per template: a loop over ten thousand items passes, one without end does not. */
const fuel = 100_000;

/** A script may have this size, nothing else needs it. */
const maxOutputLength = 4 * 1024 * 1024;

/** 64 MiB. Fuel does not see what one step costs: `[1] * 100000000` took 3.7 GB and a minute before this was set. */
const maxMemoryPages = 1_024;

/**
 * Jinja by its author, as WASM: it has no way to JavaScript's objects (`constructor` is an undefined name to it), no file access,
 * and limits on the work and memory of each template.
 */
export function createRenderer(): TemplateRenderer & TemplateChecker {
  // The module says nothing about its memory, and this is the only other way to bound it. It counts for the whole process, whose
  // other WASM (Node's HTTP parser) stays far below.
  setFlagsFromString(`--wasm-max-mem-pages=${maxMemoryPages}`);
  let environment = loadEnvironment();
  const attempt = (work: (engine: Environment) => string): Rendered => {
    const outcome = attemptOnce(() => work(environment));
    if (outcome !== 'crashed') return outcome;
    discard(environment);
    environment = loadEnvironment();
    return { fault: 'it takes too much memory, or is nested too deeply' };
  };
  return {
    render: (template, context) => attempt((engine) => engine.renderStr(template, context)),
    check(template) {
      const compiled = attempt((engine) => {
        engine.addTemplate(checkedName, template);
        engine.removeTemplate(checkedName);
        return '';
      });
      return 'fault' in compiled ? compiled.fault : undefined;
    },
  };
}

const checkedName = '<string>';

function attemptOnce(work: () => string): Rendered | 'crashed' {
  try {
    const text = withoutPanicReport(work);
    return text.length > maxOutputLength
      ? { fault: `its result has more than ${maxOutputLength} characters` }
      : { text };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === 'Error') return { fault: explain(error.message) };
    // A panic, or a stack that is exhausted, stopped the engine in the middle of its work.
    if (error.name === 'RuntimeError' || error.name === 'RangeError') return 'crashed';
    throw error;
  }
}

/**
 * A copy of the engine with memory of its own. After a crash the old one answers everything with "unreachable", so it is loaded
 * anew, which takes some milliseconds.
 */
function loadEnvironment(): Environment {
  const require = createRequire(import.meta.url);
  delete require.cache[require.resolve('minijinja-js')];
  const engine = require('minijinja-js') as typeof import('minijinja-js');
  const environment = new engine.Environment();
  environment.debug = false;
  environment.undefinedBehavior = 'strict';
  environment.keepTrailingNewline = true;
  environment.fuel = fuel;
  environment.enablePyCompat();
  environment.addFilter(printFilter, printValue);
  environment.addFilter('shell', (value: unknown) => quoteWord(printValue(value)));
  return environment;
}

/** Otherwise the garbage collector would free it some time later, inside of the crashed engine, and that throws. */
function discard(environment: Environment): void {
  try {
    environment.free();
  } catch {
    // It is still "in use" by the call that crashed. All that counts is that the collector has nothing to do with it any more.
  }
}

/** A panic prints a report for Rust programmers by `console.error` before it becomes an exception, and there is no switch. */
function withoutPanicReport<T>(work: () => T): T {
  const { console } = globalThis;
  const { error } = console;
  console.error = () => {};
  try {
    return work();
  } finally {
    console.error = error;
  }
}

/** `syntax error: unexpected end of input (in <string>:3)` and, behind it, a drawing of the template. */
function explain(message: string): string {
  const [first = ''] = message.split('\n', 1);
  const line = Number(/\(in <string>:(\d+)\)/.exec(first)?.[1] ?? 1);
  const words = first.replace(/\s*\(in <string>:\d+\)/, '').replace(/^unknown \w+: /, '');
  const known = Object.entries(clearer).find(([theirs]) => words.startsWith(theirs))?.[1] ?? words;
  return line > 1 ? `${known}, in line ${line} of the text` : known;
}

const clearer: Readonly<Record<string, string>> = {
  'undefined value': 'it uses a value that is undefined',
  'engine ran out of fuel': 'it does too much work: a loop is too long',
  'template not found': 'templates cannot include files',
};
