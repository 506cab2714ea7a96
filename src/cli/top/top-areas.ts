import { countOf } from '../../core/count-of.ts';
import { parseJobState, shortStateName } from '../../core/slurm/job-state.ts';
import { clipLine } from '../clip-line.ts';
import { type Colour, jobStateColour, paint } from '../colours.ts';
import { formatLocalTime } from '../local-time.ts';
import { printable } from '../table.ts';
import { wrapText } from '../wrap-text.ts';
import { fitSegments, type Segment } from './segments.ts';
import { bold } from './styles.ts';
import type { TopState } from './top-state.ts';

/** What stands around the rows, and how many rows there is room for. */
export interface TopAreas {
  readonly header: readonly string[];
  readonly hasTitles: boolean;
  readonly body: number;
  readonly footer: readonly string[];
}

/** Where states have their short names. */
export function isNarrow({ columns }: TopState['size']): boolean {
  return columns < 60;
}

/** On a low screen the header goes first, then the titles. */
export function layOut(state: TopState): TopAreas {
  const { rows } = state.size;
  const footer = footerLines(state).slice(0, Math.max(1, Math.floor(rows / 2)));
  const header = headerLines(state).slice(0, Math.max(0, rows - footer.length - 3));
  const left = rows - footer.length - header.length;
  const hasTitles = left >= 3;
  return { header, footer, hasTitles, body: Math.max(0, left - (hasTitles ? 1 : 0)) };
}

function headerLines(state: TopState): readonly string[] {
  return [fitSegments(clockSegments(state), state.size.columns), countLine(state), ...trouble(state)];
}

/** How many jobs there are, and how much of the cluster is in use. */
export function countLine(state: TopState): string {
  return fitSegments(countSegments(state), state.size.columns);
}

function clockSegments(state: TopState): readonly Segment[] {
  const { now, takenAt, cluster, isPaused, pauseMs } = state;
  const paused: Segment = { text: 'PAUSED', styled: paint('PAUSED', 'yellow') };
  return [
    { text: 'srunx top', styled: bold('srunx top'), drop: 5 },
    { text: printable(cluster), drop: 2 },
    { text: formatLocalTime(Math.floor(now / 1000)).slice(11), drop: 1 },
    { text: `data ${ageText(now - takenAt)} old` },
    isPaused ? paused : { text: `every ${seconds(pauseMs)}`, drop: 3 },
    { text: state.scopeWords[state.scope], drop: 4 },
  ];
}

function ageText(ms: number): string {
  const age = Math.max(0, Math.floor(ms / 1000));
  return age < 120 ? `${age}s` : age < 7_200 ? `${Math.floor(age / 60)}min` : `${Math.floor(age / 3_600)}h`;
}

function seconds(ms: number): string {
  return `${ms < 9_500 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000)}s`;
}

function countSegments(state: TopState): readonly Segment[] {
  const { size, counts, gpus, marks, filter, shown, rows, orders, order, isReversed } = state;
  const title = orders[order]?.title ?? '';
  return [
    ...counts.map(({ status, count }, index): Segment => {
      const colour = count === 0 ? undefined : jobStateColour(parseJobState(status));
      const word = isNarrow(size) ? (shortStateName(status) ?? status) : status;
      return coloured(`${count} ${word}`, colour, index > 1 ? 6 : undefined);
    }),
    ...(gpus === undefined ? [] : [{ text: `GPUs ${gpus.used} used, ${gpus.free} free of ${gpus.total}`, drop: 3 }]),
    ...(marks.size === 0 ? [] : [coloured(`${marks.size} marked`, 'yellow', 1)]),
    ...(filter === '' ? [] : [coloured(`${shown.length} of ${rows.length} with "${printable(filter)}"`, 'yellow', 2)]),
    { text: `by ${title}${isReversed ? ', reversed' : ''}`, drop: 4 },
  ];
}

function coloured(text: string, colour: Colour | undefined, drop: number | undefined): Segment {
  return { text, styled: paint(text, colour), ...(drop === undefined ? {} : { drop }) };
}

/** A cluster that does not answer: what is shown stays, and is looked for again. */
function trouble({ failure, now, size }: TopState): readonly string[] {
  if (failure === undefined) return [];
  const again = failure.retryAt > now ? `again in ${seconds(failure.retryAt - now)}` : 'asking again';
  const text = printable(`${again}: ${failure.message}`);
  return wrapText(text, { columns: size.columns, words: true, most: 2 }).map((line) => paint(line, 'red'));
}

function footerLines(state: TopState): readonly string[] {
  const { mode, message, busy, size, filter } = state;
  const { columns } = size;
  const lines = (text: string, colour?: Colour) =>
    wrapText(printable(text), { columns, words: true, most: 3 }).map((line) => paint(line, colour));
  if (mode.kind === 'question') return lines(questionText(mode, columns), 'yellow');
  // Its end is where somebody types.
  if (mode.kind === 'filter') return [`/${[...printable(filter)].slice(-Math.max(1, columns - 2)).join('')}_`];
  if (busy !== undefined) return lines(busy);
  if (message !== undefined) return lines(message.text, message.isFailure ? 'red' : undefined);
  return [fitSegments(hints, columns)];
}

/** With as many ids as two lines have room for; how many jobs it is about stands in it in any case. */
function questionText({ verb, jobs }: Question, columns: number): string {
  const [first] = jobs;
  const what = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}`;
  if (jobs.length === 1 && first !== undefined) {
    const left = Math.max(8, 2 * columns - what.length - first.jobId.length - 20);
    return `${what} job ${first.jobId} (${clipLine(printable(first.name), left)})? [y/N]`;
  }
  const text = (shown: number) => {
    const ids = jobs.slice(0, shown).map(({ jobId }) => jobId);
    const more = jobs.length - shown;
    const rest = more === 0 ? [] : [`${more} more`];
    return `${what} ${countOf(jobs.length, 'job')}${shown === 0 ? '' : `: ${[...ids, ...rest].join(', ')}`}? [y/N]`;
  };
  let shown = jobs.length;
  while (shown > 0 && text(shown).length > 2 * columns) shown -= 1;
  return text(shown);
}

type Question = Extract<TopState['mode'], { kind: 'question' }>;

const hints: readonly Segment[] = [
  hint('c', 'cancel', 3),
  hint('h', 'hold', 7),
  hint('u', 'release', 8),
  hint('R', 'requeue', 9),
  hint('i', 'details', 2),
  hint('t', 'log', 1),
  hint('space', 'mark', 6),
  hint('/', 'filter', 4),
  hint('s', 'sort', 5),
  hint('a', 'all/mine', 10),
  hint('?', 'help'),
  hint('q', 'quit'),
];

function hint(key: string, word: string, drop?: number): Segment {
  return { text: `${key} ${word}`, styled: `${bold(key)} ${word}`, ...(drop === undefined ? {} : { drop }) };
}
