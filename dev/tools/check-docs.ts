import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { commandTable } from '../../src/cli/command-table.ts';
import { checkCommand, type KnownPrograms } from './check-command.ts';
import { type Markdown, parseMarkdown } from './markdown.ts';
import { shellCommands } from './shell-words.ts';

export interface DocsProblem {
  /** Relative to the root. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

type Finding = Omit<DocsProblem, 'file'>;

/** Folders whose Markdown is not ours, or is not documentation. */
const ignoredFolders = new Set(['node_modules', 'dist', 'coverage', 'fixtures']);

/** Where the project's own files live: a path that begins so, between backticks, names a file of the repository. */
const ownPath = /^(?:src|dev|test|docs|examples|bench|bin|changes)\/[\w./-]+$/;

/** Every dead link, dead path, impossible command line and misnumbered decision in the Markdown files below `root`. */
export function checkDocs(root: string, known: KnownPrograms): DocsProblem[] {
  const problems = markdownFiles(root).flatMap((path) => {
    const document = parseMarkdown(readFileSync(path, 'utf8'));
    const findings = [
      ...deadLinks(document, { root, path }),
      ...(relative(root, path) === 'docs/architecture.md' ? deadPaths(document, root) : []),
      ...wrongCommands(document, known),
    ];
    return findings.map((finding) => ({ file: relative(root, path), ...finding }));
  });
  return [...problems, ...misnumberedDecisions(root)];
}

function deadLinks(document: Markdown, { root, path }: { readonly root: string; readonly path: string }): Finding[] {
  return document.links.flatMap(({ line, target }) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
    const [name = '', fragment] = decodeURI(target).split('#');
    const file = name === '' ? path : resolve(dirname(path), name);
    if (name.startsWith('/') || relative(root, file).startsWith('..'))
      return [{ line, message: `${target} points out of the repository` }];
    if (!existsSync(file)) return [{ line, message: `${target} does not exist` }];
    if (fragment === undefined || !file.endsWith('.md')) return [];
    const { headings } = name === '' ? document : parseMarkdown(readFileSync(file, 'utf8'));
    return headings.some(({ anchor }) => anchor === fragment) ? [] : [{ line, message: `${target}: no such heading` }];
  });
}

function deadPaths(document: Markdown, root: string): Finding[] {
  return document.code.flatMap(({ line, text }) =>
    ownPath.test(text) && !existsSync(join(root, text)) ? [{ line, message: `\`${text}\` does not exist` }] : [],
  );
}

/** In a `console` block the lines behind `$ ` are commands and the rest is output; in a `sh` block every line is a command. */
function wrongCommands(document: Markdown, known: KnownPrograms): Finding[] {
  return document.fences.flatMap(({ language, lines }) => {
    if (language !== 'console' && language !== 'sh') return [];
    return lines.flatMap(({ line, text }) => {
      const command = language === 'sh' ? text : /^\$ (.*)/.exec(text)?.[1];
      return shellCommands(command ?? '').flatMap((words) => {
        const message = checkCommand(words, known);
        return message === undefined ? [] : [{ line, message }];
      });
    });
  });
}

/** Decisions are numbered from 0001 without gaps, and the heading repeats the number. */
function misnumberedDecisions(root: string): DocsProblem[] {
  const folder = join(root, 'docs', 'adr');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
  return names.sort().flatMap((name, index) => {
    const number = String(index + 1).padStart(4, '0');
    const problem = (message: string) => [{ file: join('docs', 'adr', name), line: 1, message }];
    if (!/^\d{4}-[a-z0-9-]+\.md$/.test(name)) return problem('the name must be NNNN-words-with-hyphens.md');
    if (!name.startsWith(number))
      return problem(`the number ${number} is expected here: numbers have no gaps or doubles`);
    const title = readFileSync(join(folder, name), 'utf8').split('\n', 1)[0] ?? '';
    return title.startsWith(`# ${number} `) ? [] : problem(`the first line must begin with \`# ${number} \``);
  });
}

function markdownFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return entry.name.startsWith('.') || ignoredFolders.has(entry.name) ? [] : markdownFiles(path);
    }
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..', '..');
  const commands = await Promise.all(commandTable.map(({ load }) => load()));
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const known = { commands, scripts: new Set(Object.keys(scripts)) };
  const problems = checkDocs(root, known);
  for (const { file, line, message } of problems) console.error(`${file}:${line}: ${message}`);
  // The examples in the commands' own help are documentation too.
  const wrong = commands.flatMap(({ name, examples }) =>
    examples.flatMap(shellCommands).flatMap((words) => {
      const message = checkCommand(words, known);
      return message === undefined ? [] : [`help of \`srunx ${name}\`: ${message}`];
    }),
  );
  for (const message of wrong) console.error(message);
  process.exitCode = problems.length + wrong.length > 0 ? 1 : 0;
}
