import type { NodeClass, NodeState } from './node-info.ts';

/** What a base state or a word of sinfo, in long and short form, says of a node's use. */
const classes: ReadonlyMap<string, NodeClass> = new Map([
  ['idle', 'idle'],
  ['planned', 'idle'],
  ['plnd', 'idle'],
  ['power_down', 'idle'],
  ['powered_down', 'idle'],
  ['power_up', 'idle'],
  ['powering_up', 'idle'],
  ['mixed', 'mixed'],
  ['mix', 'mixed'],
  ['allocated', 'allocated'],
  ['alloc', 'allocated'],
  ['completing', 'allocated'],
  ['comp', 'allocated'],
  ['reserved', 'reserved'],
  ['resv', 'reserved'],
]);

/** Base states, words and flags that forbid use, whatever stands beside them. */
const forbidding: ReadonlySet<string> = new Set([
  ...['down', 'error', 'unknown', 'unk', 'future', 'futr', 'blocked', 'powering_down', 'perfctrs', 'npc'],
  ...['drain', 'drained', 'draining', 'drng', 'fail', 'failing', 'failg', 'inval', 'invalid_reg', 'not_responding'],
  ...['maint', 'maintenance', 'reboot', 'boot', 'reboot_requested', 'reboot_issued'],
]);

/** What sinfo's compact form appends to the word. */
const suffixes: ReadonlyMap<string, string> = new Map([
  ['*', 'not_responding'],
  ['~', 'powered_down'],
  ['#', 'powering_up'],
  ['!', 'power_down'],
  ['%', 'powering_down'],
  ['$', 'maintenance'],
  ['@', 'reboot_requested'],
  ['^', 'reboot_issued'],
  ['-', 'planned'],
  ['+', 'completing'],
]);

const wakeUpWords = ['powered_down', 'powering_up', 'power_up'];
const promiseWords = ['planned', 'plnd'];
const reservedWords = ['reserved', 'resv'];
const completingWords = ['completing', 'comp'];

/**
 * `idle*`, `mixed-`, `IDLE+DRAIN`, `mixed+maintenance+reserved`. A base word that is not known makes the node unavailable:
 * better a free node overlooked than a dead one offered.
 */
export function parseNodeState(text: string): NodeState {
  const words = splitWords(text);
  const has = (wanted: readonly string[]): boolean => wanted.some((word) => words.includes(word));
  return { class: classOf(words, has), raw: text, wakeUp: has(wakeUpWords), promised: has(promiseWords) };
}

/** `mixed-` as `mixed`, `planned`; flags are joined by `+`, which at the end is a suffix of its own. */
function splitWords(text: string): string[] {
  const trimmed = text.trim().toLowerCase();
  const words = trimmed.split('+').flatMap((word) => {
    const suffix = suffixes.get(word.slice(-1));
    return suffix === undefined ? [word] : [word.slice(0, -1), suffix];
  });
  if (trimmed.endsWith('+')) words.push('completing');
  return words.filter((word) => word !== '');
}

function classOf(words: readonly string[], has: (wanted: readonly string[]) => boolean): NodeClass {
  if (words.some((word) => forbidding.has(word))) return 'unavailable';
  if (has(reservedWords)) return 'reserved';
  const base = classes.get(words[0] ?? '') ?? 'unavailable';
  return base === 'idle' && has(completingWords) ? 'allocated' : base;
}
