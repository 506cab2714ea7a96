import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { visibleCommands } from '../../src/cli/command-table.ts';
import { type CommandDescription, describeCommand, type OptionDescription } from '../../src/cli/describe-command.ts';
import { version } from '../../src/main/version.ts';
import { renderConfigReference } from './config-reference.ts';
import { renderTemplateReference } from './template-reference.ts';
import { renderWorkflowSchema } from './workflow-schema.ts';

const root = join(import.meta.dirname, '..', '..');
const guide = 'docs/guide/workflows.md';

/** Everything that is written from the command table, by path: `docs/reference/cli.md` and the manual pages. */
export async function renderReference(): Promise<ReadonlyMap<string, string>> {
  const definitions = await Promise.all(visibleCommands.map(({ load }) => load()));
  const commands = definitions.map(describeCommand);
  const pages = groupPages(commands);
  return new Map([
    ...renderConfigReference(),
    ...renderTemplateReference(),
    ['schemas/workflow.schema.json', renderWorkflowSchema(readFileSync(join(root, guide), 'utf8'))],
    ['docs/reference/cli.md', renderMarkdown(commands)],
    ['man/srunx.1', renderOverview(commands)],
    ...[...pages].map(([word, members]) => [`man/srunx-${word}.1`, renderPage(word, members)] as const),
  ]);
}

/** Commands of one first word share a page, as `srunx-flow(1)`. */
function groupPages(commands: readonly CommandDescription[]): ReadonlyMap<string, readonly CommandDescription[]> {
  return Map.groupBy(commands, ({ name }) => name.split(' ')[0] ?? name);
}

function renderMarkdown(commands: readonly CommandDescription[]): string {
  const contents = commands.map(
    ({ name, summary }) => `| [\`${name}\`](#srunx-${name.replaceAll(' ', '-')}) | ${summary} |`,
  );
  return [
    '# Commands',
    '',
    'Written from the command table by `npm run reference`; `npm run check` fails where it is out of date.',
    '',
    '| Command | |',
    '|---|---|',
    ...contents,
    '',
    ...commands.flatMap(commandSection),
  ].join('\n');
}

function commandSection(command: CommandDescription): readonly string[] {
  const args = command.args.filter(({ description }) => description !== '');
  return [
    `## srunx ${command.name}`,
    '',
    `${command.summary}.`,
    '',
    '```',
    ...command.usage,
    '```',
    '',
    ...args.map(({ name, description }) => `- \`${name}\`: ${cell(description)}`),
    ...(args.length === 0 ? [] : ['']),
    '| Option | |',
    '|---|---|',
    ...command.options.map((option) => `| \`${flagsOf(option)}\` | ${cell(option.description)} |`),
    '',
    '```sh',
    ...command.examples,
    '```',
    '',
  ];
}

function flagsOf({ short, long, value, optional }: OptionDescription): string {
  const flags = short === undefined ? long : `${short}, ${long}`;
  const rest = value === undefined ? (optional === undefined ? '' : ` [${optional}]`) : ` <${value}>`;
  return `${flags}${rest}`.replaceAll('|', '\\|');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<');
}

function renderOverview(commands: readonly CommandDescription[]): string {
  return [
    ...head('srunx', 'Slurm jobs, workflows and sweeps'),
    '.SH SYNOPSIS',
    '\\fBsrunx\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]',
    '.SH COMMANDS',
    ...commands.flatMap(({ name, summary }) => ['.TP', `\\fBsrunx ${roff(name)}\\fR`, roffLine(summary)]),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(([code, meaning]) => ['.TP', `\\fB${code}\\fR`, roffLine(meaning)]),
    '.SH SEE ALSO',
    `${[...groupPages(commands).keys()].map((word) => `\\fBsrunx\\-${roff(word)}\\fR(1)`).join(', ')}`,
    '',
  ].join('\n');
}

const exitCodes: readonly (readonly [string, string])[] = [
  ['0', 'success'],
  ['1', 'partial success of a command with several targets, or this machine failed'],
  ['2', 'wrong usage, file or configuration'],
  ['3', 'Slurm refused the submission'],
  ['4', 'what was waited for failed'],
  ['5', 'what was waited for was cancelled'],
  ['6', 'the cluster, or the way to it, does not answer'],
  ['7', 'a job, run, log or file does not exist'],
  ['8', 'refused: a confirmation or a permission is missing'],
  ['70', 'a defect of srunx'],
  ['124', 'the time of --timeout is over'],
  ['130, 143', 'interrupted'],
];

function renderPage(word: string, commands: readonly CommandDescription[]): string {
  const [first] = commands;
  const summary = commands.length === 1 ? (first?.summary ?? '') : commands.map(({ name }) => name).join(', ');
  return [
    ...head(`srunx-${word}`, summary),
    '.SH SYNOPSIS',
    ...commands
      .flatMap(({ usage }) => usage)
      .flatMap((line, index) => [...(index === 0 ? [] : ['.br']), roffLine(line)]),
    ...commands.flatMap(pageSection),
    '.SH SEE ALSO',
    '\\fBsrunx\\fR(1)',
    '',
  ].join('\n');
}

function pageSection(command: CommandDescription): readonly string[] {
  return [
    `.SH SRUNX ${roff(command.name.toUpperCase())}`,
    roffLine(`${command.summary}.`),
    ...command.args
      .filter(({ description }) => description !== '')
      .flatMap(({ name, description }) => ['.TP', `\\fI${roff(name)}\\fR`, roffLine(description)]),
    ...command.options.flatMap((option) => ['.TP', `\\fB${roff(flagText(option))}\\fR`, roffLine(option.description)]),
    '.SS Examples',
    '.nf',
    ...command.examples.map(roffLine),
    '.fi',
  ];
}

function flagText({ short, long, value, optional }: OptionDescription): string {
  const flags = short === undefined ? long : `${short}, ${long}`;
  const rest = value ?? (optional === undefined ? undefined : `[${optional}]`);
  return rest === undefined ? flags : `${flags} ${rest}`;
}

function head(name: string, summary: string): readonly string[] {
  return [`.TH ${name.toUpperCase()} 1 "" "srunx ${version}" "srunx"`, '.SH NAME', roffLine(`${name} - ${summary}`)];
}

function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}

/** A line of text must not begin like a request. */
function roffLine(text: string): string {
  const line = roff(text).replaceAll('\n', ' ');
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** What is out of date below `root`; with `write`, brings it up to date instead. */
async function updateReference(root: string, { write }: { readonly write: boolean }): Promise<readonly string[]> {
  const files = await renderReference();
  const pages = existsSync(join(root, 'man')) ? readdirSync(join(root, 'man')).map((name) => `man/${name}`) : [];
  const surplus = pages.filter((path) => !files.has(path));
  const stale = [...files].filter(
    ([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text,
  );
  if (write) {
    for (const path of surplus) rmSync(join(root, path));
    for (const [path, text] of stale) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  }
  return [...surplus, ...stale.map(([path]) => path)];
}

if (import.meta.main) {
  const write = !process.argv.includes('--check');
  const changed = await updateReference(root, { write });
  for (const path of changed)
    console.error(write ? `${path}: written` : `${path}: out of date; \`npm run reference\` writes it`);
  process.exitCode = write || changed.length === 0 ? 0 : 1;
}
