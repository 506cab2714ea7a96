import { describe, expect, it } from 'vitest';
import type { NodeClass, NodeState } from './node-info.ts';
import { compactNodeState, explainNodeState, isInNodeState, parseNodeState } from './node-state.ts';

type Marks = 'wakeUp' | 'promised';

describe('parseNodeState', () => {
  it.each<[string, NodeClass, ...Marks[]]>([
    // Words.
    ['idle', 'idle'],
    ['mixed', 'mixed'],
    ['mix', 'mixed'],
    ['allocated', 'allocated'],
    ['alloc', 'allocated'],
    ['completing', 'allocated'],
    ['comp', 'allocated'],
    ['planned', 'idle', 'promised'],
    ['plnd', 'idle', 'promised'],
    ['reserved', 'reserved'],
    ['resv', 'reserved'],
    ...(['blocked', 'drained', 'drain', 'draining', 'drng', 'down', 'fail', 'failing', 'failg', 'maint'] as const).map(
      (word): [string, NodeClass] => [word, 'unavailable'],
    ),
    ...(['reboot', 'boot', 'inval', 'future', 'futr', 'unknown', 'unk', 'error', 'perfctrs', 'npc'] as const).map(
      (word): [string, NodeClass] => [word, 'unavailable'],
    ),
    ['powering_down', 'unavailable'],
    ['power_down', 'idle'],
    ['powered_down', 'idle', 'wakeUp'],
    ['power_up', 'idle', 'wakeUp'],
    ['powering_up', 'idle', 'wakeUp'],
    // Suffixes.
    ['idle*', 'unavailable'],
    ['idle~', 'idle', 'wakeUp'],
    ['idle#', 'idle', 'wakeUp'],
    ['idle!', 'idle'],
    ['idle%', 'unavailable'],
    ['idle$', 'unavailable'],
    ['idle@', 'unavailable'],
    ['idle^', 'unavailable'],
    ['idle-', 'idle', 'promised'],
    ['alloc+', 'allocated'],
    ['mixed-', 'mixed', 'promised'],
    ['mixed#', 'mixed', 'wakeUp'],
    ['completing*', 'unavailable'],
    ['down*', 'unavailable'],
    // Base and flags.
    ['IDLE+DRAIN', 'unavailable'],
    ['IDLE', 'idle'],
    ['mixed+drain', 'unavailable'],
    ['allocated+drain', 'unavailable'],
    ['mixed+not_responding', 'unavailable'],
    ['mixed+maintenance+reserved+planned', 'unavailable', 'promised'],
    ['mixed+reserved', 'reserved'],
    ['IDLE+RESERVED', 'reserved'],
    ['idle+completing', 'allocated'],
    ['mixed+completing', 'mixed'],
    ['idle+completing+not_responding', 'unavailable'],
    ['idle+planned', 'idle', 'promised'],
    ['idle+cloud+powered_down', 'idle', 'wakeUp'],
    ['IDLE+CLOUD+POWERING_UP', 'idle', 'wakeUp'],
    ['idle+powering_down', 'unavailable'],
    ['idle+dynamic_norm', 'idle'],
    ['IDLE+EXTERNAL', 'idle'],
    ['DOWN+RESUME', 'unavailable'],
    ['IDLE+INVALID_REG', 'unavailable'],
    ['IDLE+FAIL', 'unavailable'],
    ['IDLE+REBOOT_REQUESTED', 'unavailable'],
    ['IDLE+REBOOT_ISSUED', 'unavailable'],
    ['IDLE+BLOCKED', 'unavailable'],
    ['FUTURE+DYNAMIC_FUTURE', 'unavailable'],
    // What is not known is not offered.
    ['dreaming', 'unavailable'],
    ['', 'unavailable'],
    ['constructor', 'unavailable'],
    ['__proto__', 'unavailable'],
    ['*', 'unavailable'],
    ['+', 'allocated'],
  ])('%s is %s', (text, nodeClass, ...marks) => {
    const expected: Partial<NodeState> = {
      class: nodeClass,
      raw: text,
      wakeUp: marks.includes('wakeUp'),
      promised: marks.includes('promised'),
    };
    expect(parseNodeState(text)).toMatchObject(expected);
  });

  it.each([
    ['mixed+drain', 'draining', ['drain']],
    ['mixed+not_responding', 'mixed*', ['not_responding']],
    ['idle*', 'idle*', ['not_responding']],
    ['mixed+maintenance+reserved+planned', 'mixed$', ['maintenance', 'reserved', 'planned']],
    ['idle+', 'idle+', ['completing']],
    ['idle', 'idle', []],
  ])('%s has the word %s and the flags %j', (text, word, flags) =>
    expect(parseNodeState(text, word)).toMatchObject({ word, flags }),
  );
});

describe('explainNodeState', () => {
  it.each([
    ['idle', ''],
    ['idle*', 'does not respond'],
    ['idle~', 'powered down, starts on demand'],
    ['mixed+drain+not_responding', 'takes no more jobs, does not respond'],
    ['draining', 'takes no more jobs'],
    ['down', ''],
  ])('says of %s: %s', (text, words) => expect(explainNodeState(parseNodeState(text))).toBe(words));
});

describe('isInNodeState', () => {
  it.each([
    ['idle*', 'idle*', ['idle', 'not_responding', 'unavailable'], ['mixed', 'down']],
    ['mixed+drain', 'draining', ['mixed', 'mix', 'drain', 'drng', 'draining'], ['drained', 'idle']],
    ['idle+drain', 'drained', ['idle', 'drain', 'drained'], ['draining']],
    ['allocated', 'allocated', ['alloc', 'ALLOCATED'], ['mixed']],
  ])('%s (%s) is %j and not %j', (raw, word, yes, no) => {
    const state = parseNodeState(raw, word);
    expect(yes.filter((wanted) => !isInNodeState(state, wanted))).toEqual([]);
    expect(no.filter((wanted) => isInNodeState(state, wanted))).toEqual([]);
  });
});

describe('compactNodeState', () => {
  it.each([
    ['mixed*', 'mix*'],
    ['draining', 'drng'],
    ['drained', 'drain'],
    ['idle', 'idle'],
    ['allocated+', 'alloc+'],
    ['odd word', 'odd word'],
  ])('%s is %s', (word, short) => expect(compactNodeState(word)).toBe(short));
});
