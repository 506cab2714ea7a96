import { describe, expect, it } from 'vitest';
import { planFailure, planText } from '../../../test/support/plan-text.ts';
import { nativeEdges } from './native-edges.ts';

function nativeOf(jobs: string, top = ''): Record<string, string> {
  const { jobs: planned } = planText(`${top}jobs:\n${jobs}`);
  const words = [...nativeEdges(planned)].map(([name, edges]) => [
    name,
    edges.map(({ type, parent }) => `${type}:${parent}`).join(' '),
  ]);
  return Object.fromEntries(words);
}

describe('the edges of a submission', () => {
  it('are those of the file where no failure is ignored', () => {
    expect(
      nativeOf('  - {name: a, command: x}\n  - {name: b, command: x, depends_on: [a, "after:a", "afternotok:a"]}\n'),
    ).toEqual({ a: '', b: 'afterok:a after:a afternotok:a' });
  });

  it('wait for any end of a job whose failure is ignored, and for what that job needs', () => {
    const jobs = `  - {name: g, command: x}
  - {name: p, command: x, depends_on: [g, "after:g"], on_error: ignore}
  - {name: q, command: x, depends_on: [p, "afternotok:g"], on_error: ignore}
  - {name: c, command: x, depends_on: [q, g]}
  - {name: n, command: x, depends_on: ["afternotok:p"]}
`;
    expect(nativeOf(jobs)).toEqual({
      g: '',
      p: 'afterok:g after:g',
      q: 'afterany:p afterok:g afternotok:g',
      c: 'afterany:q afterok:g afternotok:g',
      n: 'afternotok:p',
    });
  });

  it('the job says it for itself, the file for the others', () => {
    const jobs =
      '  - {name: a, command: x}\n  - {name: b, command: x, on_error: keep-going}\n  - {name: c, command: x, depends_on: [a, b]}\n';
    expect(nativeOf(jobs, 'on_error: ignore\n')).toMatchObject({ c: 'afterany:a afterok:b' });
  });

  it.each([
    [
      'on_error: stop\njobs: [{name: a, command: x}]',
      'flow.yaml:1:11: `on_error` must be one of keep-going, ignore, finish, terminate',
    ],
    ['jobs: [{name: a, command: x, on_error: no}]', 'flow.yaml:1:40: job `a`: `on_error`: must be one of keep-going'],
  ])('%j is an error', (text, message) => expect(planFailure(text).message).toContain(message));
});
