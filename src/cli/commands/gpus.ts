import { type GpuReport, listGpus } from '../../app/list-gpus.ts';
import { addTargetOptions, collect, listOf, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { documentLines } from '../document.ts';
import { gpuListing, gpusJson } from '../gpu-listing.ts';
import { addListingOptions, openListing } from '../listing.ts';

export const gpus = defineCommand({
  name: 'gpus',
  summary: 'Show which GPUs there are, which are free and which are waited for',
  examples: ['srunx gpus', 'srunx gpus -p gpu --json'],
  configure(command) {
    addTargetOptions(command).option('-p, --partition <names>', 'only these partitions', collect);
    addListingOptions(command);
  },
  columns: () => gpuListing.fields,
  async run({ options }, context) {
    const { app, out } = context;
    const view = openListing(gpuListing, { options, context });
    const partitions = listOf(options['partition']);
    const report = await listGpus(app, { target: targetOf(context), partitions });
    // The sums belong to no row, so the document is more than a list, unless columns were named.
    const isDocument = out.query !== undefined || view.format === 'json' || view.format === 'yaml';
    if (isDocument && options['columns'] === undefined) {
      const look = { format: view.format, header: options['header'] !== false };
      (await documentLines(gpusJson(report, partitions), look, out)).forEach(out.line);
    } else {
      const isTable = view.format === 'table' || view.format === 'wide';
      await view.show(isTable && report.rows.length > 0 ? [...report.rows, report.total] : report.rows);
    }
    noteRest(report, context);
    return 0;
  },
});

/** What the table has no room for. */
function noteRest({ rows, shared }: GpuReport, { out }: CommandContext): void {
  if (rows.length === 0) out.note('No GPUs');
  for (const { name, type, total, used } of shared) {
    const what = type === '' ? name : `${name}:${type}`;
    out.note(`srunx: parts of GPUs that jobs share: ${what}, ${used} of ${total} in use`);
  }
}
