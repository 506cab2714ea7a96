import { type ErrorCode, parseDocument } from 'yaml';
import { ConfigError } from '../errors.ts';
import { type FileMap, readTree } from './file-tree.ts';
import { fileError, type Problem } from './problems.ts';
import { readSimpleYaml } from './read-simple-yaml.ts';

/** Reads YAML 1.2, where `no` and `1:30:00` are text. Throws a ConfigError with everything the parser finds wrong. */
export function readWorkflowFile(text: string, source: string): FileMap {
  return readSimpleYaml(text) ?? readAnyYaml(text, source);
}

function readAnyYaml(text: string, source: string): FileMap {
  const document = parse(text, source);
  if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) throw tooDeep(source);
  const problems: Problem[] = document.errors.map(({ code, message, pos }) => ({
    offset: pos[0],
    message: `YAML: ${messages[code] ?? message}`,
    hint: lineHint(text, pos[0]) ?? hints[code] ?? 'Correct the indentation or the quotes of this line.',
  }));
  // The rest of a file that cannot be read is guesswork.
  if (problems.length > 0) throw fileError(problems, { source, text });
  const unknownTags = document.warnings.map(({ message, pos }) => ({ offset: pos[0], message: `YAML: ${message}` }));
  problems.push(...unknownTags);
  const root = readTree(document, problems);
  if (problems.length > 0) throw fileError(problems, { source, text });
  if (root.kind === 'map') return root;
  const isEmpty = root.kind === 'scalar' && root.value === null;
  const message = isEmpty ? 'the file is empty' : 'the file must be a mapping with the key `jobs`';
  throw fileError([{ message, hint: 'Begin with `name:` and `jobs:`.' }], { source, text });
}

/** The parser recurses; whatever is nested so deeply that it gives up is no workflow. */
function parse(text: string, source: string): ReturnType<typeof parseDocument> {
  try {
    // Duplicate keys are found while reading: here each key would be compared with every other.
    return parseDocument(text, { schema: 'core', prettyErrors: false, uniqueKeys: false, logLevel: 'error' });
  } catch (error) {
    throw error instanceof RangeError ? tooDeep(source) : error;
  }
}

function tooDeep(source: string): ConfigError {
  return new ConfigError(`${source} is nested too deeply`, {
    code: 'workflow.invalid',
    hint: 'Check that this is the file you meant: a workflow needs six levels of nesting at most.',
  });
}

const messages: Partial<Record<ErrorCode, string>> = {
  MULTIPLE_DOCS: 'the file holds more than one document',
};

const hints: Partial<Record<ErrorCode, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'Put a value that contains `: ` into quotes, or begin the mapping on a line of its own.',
  MULTILINE_IMPLICIT_KEY:
    'Check the indentation of this line, and that it ends with `:` or belongs to a text in quotes.',
  MULTIPLE_DOCS: 'Remove the line `---` and what follows, or make it a file of its own.',
  TAB_AS_INDENT: 'Indent with spaces.',
};

/** An unquoted `{{` begins a mapping, about which the parser says much, but not this. */
function lineHint(text: string, offset: number): string | undefined {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? '';
  return /(?:[:,[]|^\s*-)\s*\{\{/.test(line) ? 'Put a value that begins with `{{` into quotes.' : undefined;
}
