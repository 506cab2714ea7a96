import type { NodeClass, NodeState } from './node-info.ts';

/** Words in short and long form, by how usable they leave the node. */
const classes: Readonly<Record<string, NodeClass>> = {
  idle: 'idle',
  planned: 'idle',
  plnd: 'idle',
  powered_down: 'idle',
  power_up: 'idle',
  powering_up: 'idle',
  mixed: 'mixed',
  mix: 'mixed',
  allocated: 'allocated',
  alloc: 'allocated',
  completing: 'allocated',
  comp: 'allocated',
  reserved: 'reserved',
  resv: 'reserved',
};

/** Flags that forbid use, whatever the base says. */
const forbidding = new Set(
  [
    'down',
    'error',
    'unknown',
    'unk',
    'future',
    'futr',
    'drain',
    'drained',
    'draining',
    'drng',
    'fail',
    'failing',
    'failg',
  ]
    .concat(['inval', 'invalid_reg', 'not_responding', 'maint', 'maintenance', 'reboot', 'boot', 'reboot_requested'])
    .concat(['reboot_issued', 'blocked', 'powering_down', 'power_down', 'perfctrs', 'npc']),
);

const suffixes: Readonly<Record<string, string>> = {
  '*': 'not_responding',
  '~': 'powered_down',
  '#': 'powering_up',
  '!': 'power_down',
  '%': 'powering_down',
  $: 'maintenance',
  '@': 'reboot_requested',
  '^': 'reboot_issued',
  '-': 'planned',
  '+': 'completing',
};

/**
 * `idle*`, `mixed-`, `IDLE+DRAIN`, `mixed+maintenance+reserved`. A word that is not known makes the node unavailable: better
 * a free node overlooked than a dead one offered.
 */
export function parseNodeState(text: string): NodeState {
  const words = text
    .trim()
    .toLowerCase()
    .split('+')
    .filter((word) => word !== '');
  const all = words.flatMap((word) => {
    const suffix = suffixes[word.slice(-1)];
    return suffix === undefined ? [word] : [word.slice(0, -1), suffix];
  });
  if (/[^+]\+$/.test(text.trim())) all.push('completing');
  return {
    class: classOf(all),
    raw: text,
    wakeUp: all.some((word) => word === 'powered_down' || word === 'powering_up' || word === 'power_up'),
    promised: all.some((word) => word === 'planned' || word === 'plnd'),
  };
}

function classOf(words: readonly string[]): NodeClass {
  if (words.some((word) => forbidding.has(word))) return 'unavailable';
  if (words.includes('reserved') || words.includes('resv')) return 'reserved';
  const [base = ''] = words;
  return classes[base] ?? 'unavailable';
}
