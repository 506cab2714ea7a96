import type { QueueFilter } from '../../app/list-queue.ts';
import { createQueueLooks } from '../../app/queue-looks.ts';
import { UsageError } from '../../core/errors.ts';
import { addTargetOptions, collect, positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { extrasOf } from '../job-extra-fields.ts';
import { jobFields } from '../job-listing.ts';
import { addQueueFilters, queueFilterOf } from '../queue-filter.ts';
import type { Screen } from '../screen.ts';
import { onceLines } from '../top/once-lines.ts';
import { runTop, type TopRequest } from '../top/run-top.ts';
import { topColumns } from '../top/top-fields.ts';

export const top = defineCommand({
  name: 'top',
  summary: 'Watch the queue on the whole screen, and act on jobs there',
  examples: ['srunx top', 'srunx top --all-users -p gpu --interval 10'],
  configure(command) {
    addQueueFilters(addTargetOptions(command))
      .option('-a, --all-users', 'jobs of everybody (without it, -u or -j: mine)')
      .option('-i, --interval <seconds>', 'how often to look (by default 5 s, less often while nothing changes)')
      .option('-o, --columns <names>', 'these columns', collect)
      .option('-S, --sort <columns>', 'begin in this order; -NAME puts the greatest first', collect)
      .option('--once', 'print one look as a table');
  },
  columns: () => jobFields,
  async run({ options }, context) {
    const intervalSeconds = positiveNumber(options, 'interval');
    const isOnce = options['once'] === true;
    if (isOnce && intervalSeconds !== undefined) throw conflict('--once and --interval');
    const columns = topColumns(options);
    const scopes = scopesOf(options);
    const openScreen = isOnce ? undefined : requireScreen(context);
    const target = targetOf(context);
    const extra = extrasOf(columns.keys);
    const filters = { own: { ...scopes.own, extra, target }, all: { ...scopes.all, extra, target } };
    const request = { ...columns, ...scopes, filters, target, intervalSeconds };
    if (openScreen === undefined) return printOnce(request, context);
    return runTop(request, { context, openScreen });
  },
});

type Filter = Omit<QueueFilter, 'target'>;

interface Scopes extends Pick<TopRequest, 'scope' | 'scopeWords'> {
  readonly own: Filter;
  readonly all: Filter;
}

/** My jobs, unless others' were asked for; and what the key `a` changes to. */
function scopesOf(options: ParsedInput['options']): Scopes {
  const filter = queueFilterOf(options);
  const isAll = options['allUsers'] === true;
  if (isAll && (filter.mine || filter.users.length > 0))
    throw conflict(`--all-users and ${filter.mine ? '--me' : '--user'}`);
  const isOthers = filter.users.length > 0 || filter.jobIds.length > 0;
  const own = { ...filter, mine: filter.mine || !isOthers };
  const { users, jobIds } = own;
  const whose = own.mine ? 'my jobs' : users.length > 0 ? `jobs of ${users.join(', ')}` : jobIds.join(', ');
  const { partitions, accounts = [], qos = [], nodes = [], names, states } = filter;
  const isNarrowed = [partitions, accounts, qos, nodes, names, states].some((list) => list.length > 0);
  const narrowed = isNarrowed ? ', filtered' : '';
  return {
    own,
    all: { ...filter, mine: false, users: [] },
    scope: isAll ? 'all' : 'own',
    scopeWords: { own: whose + narrowed, all: `all users${narrowed}` },
  };
}

/** Found out before any cluster is asked. */
function requireScreen({ app, openScreen }: CommandContext): () => Screen {
  const term = app.env['TERM'] ?? '';
  if (openScreen === undefined) throw noTerminal('standard input or output is none');
  if (term === '' || term === 'dumb') throw noTerminal(`TERM=${term} cannot be drawn on`);
  return openScreen;
}

function noTerminal(why: string): UsageError {
  return new UsageError(`srunx top needs a terminal, and ${why}`, {
    code: 'usage.no_terminal',
    hint: 'Use `srunx top --once` for one look, `srunx squeue` for a list, or `srunx watch jobs --me` for every change.',
  });
}

function conflict(what: string): UsageError {
  return new UsageError(`${what} contradict each other`, {
    code: 'usage.option_conflict',
    hint: 'Keep the one you mean.',
  });
}

async function printOnce(request: TopRequest, context: CommandContext): Promise<number> {
  const { app, out } = context;
  const cluster = await app.cluster(request.target);
  const { name } = await cluster.identity(app.signal);
  const look = await createQueueLooks(app, request.filters[request.scope])();
  onceLines(request, { look, cluster: name, now: app.now(), terminal: out.terminal }).forEach(out.line);
  if (look.jobs.length === 0) out.note('No jobs in queue');
  return 0;
}
