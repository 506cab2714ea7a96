import { type ClusterReport, type ReportSection, reportCluster, reportSections } from '../../app/report-cluster.ts';
import { takeTurn } from '../../app/take-turn.ts';
import { ConnectionError, UsageError } from '../../core/errors.ts';
import { didYouMean } from '../../core/suggest.ts';
import { clusterReportJson, clusterReportLines } from '../cluster-report.ts';
import { addJsonOption, addTargetOptions, collect, listOf, positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';

export const watchCluster = defineCommand({
  name: 'watch cluster',
  summary: 'Report on jobs and GPUs of the cluster, once or again and again',
  examples: ['srunx watch cluster --once', 'srunx watch cluster -i 300 --include jobs,resources -p gpu'],
  configure(command) {
    addTargetOptions(command)
      .option('--once', 'one report')
      .option('-i, --interval <seconds>', 'a report every so many seconds (60)')
      .option('--print', 'each report below the last, on a terminal, too')
      .option('--include <sections>', `only these parts: ${reportSections.join(', ')}`, collect)
      .option('-p, --partition <names>', 'only these partitions', collect)
      .option('-u, --user <name>', 'whose jobs the part `user` counts (mine)')
      .option('--timeframe <time>', 'how far back ends of jobs are counted, such as 90m or 7d (24h)');
    addJsonOption(command);
  },
  async run({ options }, context) {
    const { app } = context;
    const seconds = positiveNumber(options, 'interval');
    if (options['once'] === true && seconds !== undefined) {
      throw new UsageError('--once and --interval contradict each other', {
        code: 'usage.option_conflict',
        hint: 'Keep the one you mean.',
      });
    }
    const request = {
      sections: sectionsOf(options),
      partitions: listOf(options['partition']),
      user: options['user'] === undefined ? undefined : String(options['user']),
      timeframeSeconds: timeframeOf(options),
      target: targetOf(context),
    };
    for (let reports = 0; ; reports += 1) {
      await oneReport(request, { options, context, isFirst: reports === 0 });
      if (options['once'] === true) return 0;
      await app.sleep((seconds ?? 60) * 1000);
      await takeTurn(app, request.target);
    }
  },
});

/** A cluster that is silent for a while ends nothing, unless it never answered. */
async function oneReport(
  request: Parameters<typeof reportCluster>[1],
  {
    options,
    context,
    isFirst,
  }: { readonly options: ParsedInput['options']; readonly context: CommandContext; readonly isFirst: boolean },
): Promise<void> {
  try {
    show(await reportCluster(context.app, request), { options, context });
  } catch (error) {
    if (!(error instanceof ConnectionError) || isFirst) throw error;
    context.out.note(`srunx: ${error.message}; still watching`);
  }
}

function show(
  report: ClusterReport,
  { options, context }: { readonly options: ParsedInput['options']; readonly context: CommandContext },
): void {
  const { out } = context;
  if (out.json) {
    out.record(clusterReportJson(report));
    return;
  }
  const lines = clusterReportLines(report, { signs: out.signs, ...out.terminal });
  const inPlace = out.terminal !== undefined && options['print'] !== true && options['once'] !== true;
  if (inPlace) out.redraw(lines);
  else for (const line of options['once'] === true ? lines : [...lines, '']) out.line(line);
}

function sectionsOf(options: ParsedInput['options']): readonly ReportSection[] {
  const words = listOf(options['include']);
  const wrong = words.find((word) => !isSection(word));
  if (wrong === undefined)
    return words.length === 0 ? reportSections : reportSections.filter((one) => words.includes(one));
  throw new UsageError(`\`${wrong}\` is no part of the report`, {
    code: 'usage.option_value',
    hint: didYouMean(wrong, reportSections) ?? `There are: ${reportSections.join(', ')}.`,
  });
}

function isSection(word: string): word is ReportSection {
  return (reportSections as readonly string[]).includes(word);
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

function timeframeOf(options: ParsedInput['options']): number {
  const text = String(options['timeframe'] ?? '24h');
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * (unitSeconds[unit] ?? 1);
  throw new UsageError(`--timeframe must be a number with s, m, h, d or w, not \`${text}\``, {
    code: 'usage.option_value',
    hint: 'Write for example --timeframe 24h.',
  });
}
