import { type NodeClass, type NodeState, nodeClasses } from './node-info.ts';

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

/** Flags that sinfo's words stand for, where they have another name than in the complete form. */
const synonyms: Readonly<Record<string, string>> = {
  mix: 'mixed',
  alloc: 'allocated',
  comp: 'completing',
  plnd: 'planned',
  resv: 'reserved',
  unk: 'unknown',
  futr: 'future',
  npc: 'perfctrs',
  failg: 'failing',
  drng: 'draining',
  maint: 'maintenance',
  boot: 'reboot',
  inval: 'invalid_reg',
  power_up: 'powering_up',
};

/** What a flag or a word that forbids use says, for people. */
const meanings: Readonly<Record<string, string>> = {
  not_responding: 'does not respond',
  powered_down: 'powered down, starts on demand',
  powering_up: 'is starting',
  power_down: 'is to be powered down',
  powering_down: 'is powering down',
  maintenance: 'in maintenance',
  reboot: 'is to be restarted',
  reboot_requested: 'is to be restarted',
  reboot_issued: 'restarts',
  planned: 'promised to a waiting job',
  completing: 'a job is ending',
  drain: 'takes no more jobs',
  draining: 'takes no more jobs',
  drained: 'takes no more jobs',
  fail: 'expected to fail',
  failing: 'expected to fail',
  invalid_reg: 'registered with less than configured',
  blocked: 'blocked by another job',
  reserved: 'in a reservation',
};

const wakeUpWords = ['powered_down', 'powering_up', 'power_up'];
const promiseWords = ['planned', 'plnd'];
const reservedWords = ['reserved', 'resv'];
const completingWords = ['completing', 'comp'];

/**
 * `idle*`, `mixed-`, `IDLE+DRAIN`, `mixed+maintenance+reserved`. A base word that is not known makes the node unavailable:
 * better a free node overlooked than a dead one offered.
 *
 * @param word what sinfo calls the state in short: `draining` for `mixed+drain`
 */
export function parseNodeState(text: string, word: string = text): NodeState {
  const words = splitWords(text);
  const has = (wanted: readonly string[]): boolean => wanted.some((name) => words.includes(name));
  return {
    class: classOf(words, has),
    raw: text,
    word,
    flags: words.slice(1).map(canonical),
    wakeUp: has(wakeUpWords),
    promised: has(promiseWords),
  };
}

/** What Slurm's marks and words behind a state mean, for people: `does not respond, takes no more jobs`. */
export function explainNodeState({ raw, flags }: NodeState): string {
  const [base = ''] = splitWords(raw);
  return [...new Set([canonical(base), ...flags].flatMap((word) => meanings[word] ?? []))].join(', ');
}

/** Whether a node is in a state that somebody asks for: a base state, a flag, sinfo's word for the two, or a class. */
export function isInNodeState(state: NodeState, wanted: string): boolean {
  const asked = canonical(wanted.toLowerCase());
  const [base = ''] = splitWords(state.raw);
  // The word without its mark: `idle*` is idle, too.
  const [shown = ''] = splitWords(state.word);
  return [canonical(base), canonical(shown), ...state.flags, state.class].includes(asked);
}

/** Every word that {@link isInNodeState} may be asked about. */
export const nodeStateWords: readonly string[] = [
  ...new Set([...classes.keys(), ...forbidding, ...suffixes.values(), ...nodeClasses]),
];

/** What `sinfo -o %t` prints for a word of `%T`, its mark kept: `drng` for `draining`, `mix*` for `mixed*`. */
export function compactNodeState(word: string): string {
  const [, name = word, mark = ''] = /^(.*?)([*~#!%$@^+-]?)$/s.exec(word) ?? [];
  return (shortForms.get(name) ?? name) + mark;
}

const shortForms: ReadonlyMap<string, string> = new Map([
  ...Object.entries({ mixed: 'mix', allocated: 'alloc', completing: 'comp', planned: 'plnd', reserved: 'resv' }),
  ...Object.entries({ draining: 'drng', drained: 'drain', failing: 'failg', reboot: 'boot', unknown: 'unk' }),
  ...Object.entries({ future: 'futr', perfctrs: 'npc', power_up: 'pow_up', power_down: 'pow_dn' }),
]);

function canonical(word: string): string {
  return synonyms[word] ?? word;
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
