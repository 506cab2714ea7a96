import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtInTemplates } from '../src/core/template/built-in-templates.ts';
import { formatPlan } from '../src/core/workflow/format-plan.ts';
import { type Plan, planWorkflow } from '../src/core/workflow/plan.ts';
import { createRenderer } from '../src/templates/minijinja-renderer.ts';

/**
 * Every folder of `test/golden` holds a workflow as somebody wrote it, the plan of it as it must come out, and the script of each
 * job as it would be written by hand. `SRUNX_RENEW_GOLDEN=1` writes plans and scripts anew: read the difference before you commit it.
 */
const golden = join(import.meta.dirname, '..', 'test', 'golden');
const isRenewed = process.env['SRUNX_RENEW_GOLDEN'] === '1';

function planOf(folder: string): Plan {
  const read = (path: string) => readFileSync(join(golden, folder, path), 'utf8');
  return planWorkflow({
    text: read('workflow.yaml'),
    source: 'workflow.yaml',
    overrides: {},
    selection: { from: undefined, to: undefined, only: [] },
    renderer: createRenderer(),
    launcher: 'srun',
    python: 'allowed',
    readScript: read,
    readWorkflow: (path) => ({ source: path, id: path, text: read(path) }),
    readTemplate: (name) => {
      const text = builtInTemplates.find((template) => template.name === name)?.text;
      return text === undefined ? undefined : { text, what: `the template \`${name}\`` };
    },
    // What stands in the files is compared; another field of a plan is no reason to renew all of them.
    hash: () => 'golden',
  });
}

function filesOf(plan: Plan): Record<string, string> {
  const scripts = plan.jobs.map(({ name, script }) => [`scripts/${name}.sh`, script] as const);
  return { 'plan.txt': `${formatPlan(plan)}\n`, ...Object.fromEntries(scripts) };
}

describe.each(globSync('*/workflow.yaml', { cwd: golden }).map(dirname).sort())('the golden workflow %s', (folder) => {
  const files = filesOf(planOf(folder));
  if (isRenewed) {
    rmSync(join(golden, folder, 'scripts'), { recursive: true, force: true });
    mkdirSync(join(golden, folder, 'scripts'));
    for (const [path, content] of Object.entries(files)) writeFileSync(join(golden, folder, path), content);
  }

  it('has no file too many', () => {
    const kept = globSync('scripts/*', { cwd: join(golden, folder) });
    expect(kept.toSorted()).toEqual(
      Object.keys(files)
        .filter((path) => path.startsWith('scripts/'))
        .sort(),
    );
  });

  it.each(Object.entries(files))('plans to the same %s', (path, content) => {
    expect(content).toBe(readFileSync(join(golden, folder, path), 'utf8'));
  });

  it('has scripts that bash can read', () => {
    for (const [path, content] of Object.entries(files)) {
      if (!path.startsWith('scripts/')) continue;
      const { status, stderr } = spawnSync('bash', ['-n'], { input: content, encoding: 'utf8' });
      expect([path, status, stderr]).toEqual([path, 0, '']);
    }
  });
});
