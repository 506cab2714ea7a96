import { expect, it } from 'vitest';
import { type Edge, parseEdge } from './graph.ts';
import type { EngineState } from './run-state.ts';
import { selectRetry } from './select-retry.ts';

/** `b < a afternotok:c`, parents first; and how each ended: `a completed`, `b running`. A failure is ignored after `~`. */
function retried(graph: string, ends: string): readonly string[] {
  const jobs = graph.split(', ').map((line) => {
    const [name = '', edges = ''] = line.split(' < ');
    return {
      name,
      edges: edges
        .split(' ')
        .filter(Boolean)
        .map((text) => parseEdge(text) as Edge),
    };
  });
  const states = ends.split(', ').map((line) => {
    const [name = '', word = ''] = line.split(' ');
    const state = word.replace('~', '') as EngineState;
    const final = !['waiting', 'pending', 'running', 'unknown'].includes(state);
    return [name, { state, final, ignored: word.startsWith('~') }] as const;
  });
  return [...selectRetry(jobs, new Map(states))].sort();
}

it.each([
  ['nothing, where all is well', 'a, b < a', 'a completed, b completed', []],
  [
    'what failed and what comes after it',
    'a, b < a, c < b, d < a',
    'a completed, b failed, c skipped, d completed',
    ['b', 'c'],
  ],
  [
    'every kind of bad end',
    'a, b, c, d, e',
    'a timeout, b cancelled, c lost, d refused, e withdrawn',
    ['a', 'b', 'c', 'd', 'e'],
  ],
  ['what ran after a failure', 'a, b < afterany:a', 'a failed, b completed', ['a', 'b']],
  ['not an answer that was not needed', 'a, h < afternotok:a, c < h', 'a completed, h skipped, c skipped', []],
  ['an answer to what is tried again', 'a, h < afternotok:a', 'a failed, h completed', ['a', 'h']],
  ['what another job has stopped', 'a, b', 'a failed, b skipped', ['a', 'b']],
  ['not what failed and may', 'a, b < a', 'a ~failed, b completed', []],
  ['not what still moves', 'a, b < a, c < b', 'a failed, b running, c pending', ['a']],
  ['what is behind what still moves', 'a, b < afterany:a, c < b', 'a failed, b running, c failed', ['a', 'c']],
])('takes %s', (_, graph, ends, expected) => {
  expect(retried(graph, ends)).toEqual(expected);
});
