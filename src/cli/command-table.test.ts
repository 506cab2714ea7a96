import { expect, it } from 'vitest';
import { visibleCommands } from './command-table.ts';
import { describeCommand } from './describe-command.ts';
import { rootHelp } from './root-help.ts';

it.each(visibleCommands.map(({ name }) => name))(
  'srunx %s teaches: two examples of it, and a word on every option',
  async (name) => {
    const entry = visibleCommands.find((command) => command.name === name);
    const definition = await entry?.load();
    if (definition === undefined) throw new Error('not in the table');
    const { examples, summary, options, args } = describeCommand(definition);
    expect(examples.filter((line) => line.includes(`srunx ${name}`)).length).toBeGreaterThanOrEqual(2);
    expect(summary).toBe(entry?.summary);
    expect([...options, ...args].filter(({ description }) => description === '')).toEqual([]);
    // One spelling of one thing: no letter or word stands for two options.
    const flags = options.flatMap(({ short, long }) => [short, long]).filter((flag) => flag !== undefined);
    expect(flags.filter((flag, index) => flags.indexOf(flag) !== index)).toEqual([]);
  },
);

it('puts every command under a heading, once', () => {
  const lines = rootHelp('0').split('\n');
  expect(lines).not.toContain('Others:');
  for (const { name } of visibleCommands) {
    expect(
      lines.filter((line) => line.startsWith(`  ${name}  `)),
      name,
    ).toHaveLength(1);
  }
});
