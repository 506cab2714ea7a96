import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { checkDocs } from './check-docs.ts';
import { shellCommands } from './shell-words.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'srunx docs-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const known = {
  scripts: new Set(['demo', 'test']),
  commands: [
    {
      name: 'flow run',
      configure: (command: Command) =>
        void command.argument('<file>').option('--arg <key=value>').option('-d, --detach'),
    },
    {
      name: 'sbatch',
      configure: (command: Command) => void command.option('--wrap <command>'),
      parse: (words: readonly string[]) => {
        if (words.includes('--bad')) throw new UsageError('unknown option --bad', { code: 'usage.unknown_option' });
        return undefined;
      },
    },
    { name: 'tail', configure: (command: Command) => void command.argument('<job>').option('-f, --follow') },
  ],
};

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function check(): string[] {
  return checkDocs(root, known).map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

describe('links', () => {
  it.each([
    ['[a](missing.md)', 'missing.md does not exist'],
    ['![a](pictures/missing.svg)', 'pictures/missing.svg does not exist'],
    ['[a](other.md#nowhere)', 'other.md#nowhere: no such heading'],
    ['[a](#nowhere)', '#nowhere: no such heading'],
    ['[a](/etc/passwd)', '/etc/passwd points out of the repository'],
    ['[a](../../outside.md)', '../../outside.md points out of the repository'],
    ['<img src="missing.svg">', 'missing.svg does not exist'],
    ['[a]: missing.md', 'missing.md does not exist'],
    ['`code` and [b](missing.md "title")', 'missing.md does not exist'],
  ])('%s', (link, message) => {
    write('docs/other.md', '# Other\n');
    write('docs/page.md', `# Page\n\n${link}\n`);
    expect(check()).toEqual([`docs/page.md:3: ${message}`]);
  });

  it('lets live ones, other sites, code and blocks pass', () => {
    write('docs/a b.md', '# The `flow run` command, twice!\n\n## 日本語\n\n## Same\n\n## Same\n');
    const links = [
      '[a](a%20b.md#the-flow-run-command-twice)',
      '[a](a%20b.md#日本語)',
      '[a](a%20b.md#same-1)',
      '[a](https://example.org/x.md#y)',
      '[a](mailto:a@example.org)',
      '[a](../docs)',
      '`[a](missing.md)`',
      '```\n[a](missing.md)\n```',
    ];
    write('docs/page.md', links.join('\n'));
    expect(check()).toEqual([]);
  });

  it('leaves alone what is installed, built or recorded', () => {
    for (const folder of ['node_modules/x', 'dist', 'test/fixtures', '.cache'])
      write(`${folder}/a.md`, '[a](missing.md)');
    expect(check()).toEqual([]);
  });
});

it('finds dead paths in the architecture, and only there', () => {
  write('src/core/quote.ts', '');
  const text = 'See `src/core/quote.ts`, `src/core`, `src/core/gone.ts`, `sbatch --wrap`, `core/x.ts`.\n';
  write('docs/architecture.md', text);
  write('docs/guide.md', text);
  expect(check()).toEqual(['docs/architecture.md:1: `src/core/gone.ts` does not exist']);
});

describe('command lines', () => {
  it.each([
    ['srunx flow run a.yaml --agr x=1', "srunx flow run: unknown option '--agr'\n(Did you mean --arg?)"],
    ['srunx flow run', "srunx flow run: missing required argument 'file'"],
    ['bin/srunx tail -x 12', "srunx tail: unknown option '-x'"],
    ['srunx sbatch --bad', 'srunx sbatch: unknown option --bad'],
    ['X=1 srunx tial 12', 'there is no command `srunx tial 12`'],
    ['echo a && srunx gone', 'there is no command `srunx gone`'],
    ['npm run -s deom', 'package.json has no script `deom`'],
  ])('%s', (command, message) => {
    write('a.md', `\`\`\`console\n$ ${command}\n\`\`\`\n\`\`\`sh\n${command} # remark\n\`\`\`\n`);
    expect(check()).toEqual([`a.md:2: ${message}`, `a.md:5: ${message}`]);
  });

  it.each([
    'srunx',
    'srunx --help',
    'srunx tail --help',
    'srunx sbatch --native 3 -p gpu',
    "srunx flow run 'a b.yaml' --arg 'k=a | b' -d | head --gone",
    'srunx tail -f 12 > out.txt',
    'npm test -- unit',
    'npm run demo',
    'npm ci --gone',
    'squeue --gone',
    'eval "$(srunx gone)"',
  ])('%s passes', (command) => {
    write('a.md', `\`\`\`console\n$ ${command}\nsrunx gone: this is output\n\`\`\`\n`);
    expect(check()).toEqual([]);
  });
});

it.each([
  [['0001-runtime.md'], []],
  [
    ['0001-runtime.md', '0003-store.md'],
    ['docs/adr/0003-store.md:1: the number 0002 is expected here: numbers have no gaps or doubles'],
  ],
  [
    ['0001-a.md', '0001-b.md'],
    ['docs/adr/0001-b.md:1: the number 0002 is expected here: numbers have no gaps or doubles'],
  ],
  [['runtime.md'], ['docs/adr/runtime.md:1: the name must be NNNN-words-with-hyphens.md']],
])('decisions %j', (names, problems) => {
  for (const name of [...names, 'README.md']) write(`docs/adr/${name}`, `# ${name.slice(0, 4)} Title\n`);
  expect(check()).toEqual(problems);
});

it('wants the number in the heading of a decision', () => {
  write('docs/adr/0001-runtime.md', '# Runtime\n');
  expect(check()).toEqual(['docs/adr/0001-runtime.md:1: the first line must begin with `# 0001 `']);
});

it.each([
  ['a \'b c\' "d \\" e" f\\ g', [['a', 'b c', 'd " e', 'f g']]],
  ['a|b;c && d', [['a'], ['b'], ['c'], ['d']]],
  [
    'a --x=1 2>&1 >b | c 2 # d',
    [
      ['a', '--x=1'],
      ['c', '2'],
    ],
  ],
  ['# nothing', []],
  ["a'b c'd", [['ab cd']]],
])('words of %s', (line, commands) => {
  expect(shellCommands(line)).toEqual(commands);
});
