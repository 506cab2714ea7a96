import { type GpuReport, listGpus } from '../../app/list-gpus.ts';
import { type Answered, acrossProfiles, addAcrossOption } from '../across-profiles.ts';
import { addTargetOptions, collect, listOf } from '../common-options.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { documentLines } from '../document.ts';
import { gpuListing, gpusJson } from '../gpu-listing.ts';
import { addListingOptions, openListing } from '../listing.ts';

export const gpus = defineCommand({
  name: 'gpus',
  summary: 'Show which GPUs there are, which are free and which are waited for',
  examples: ['srunx gpus', 'srunx gpus -p gpu --json'],
  configure(command) {
    addAcrossOption(addTargetOptions(command)).option('-p, --partition <names>', 'only these partitions', collect);
    addListingOptions(command);
  },
  columns: () => gpuListing.fields,
  async run({ options }, context) {
    const { app, out } = context;
    const across = acrossProfiles({ options, context });
    const view = openListing(across.listing(gpuListing), { options, context });
    const partitions = listOf(options['partition']);
    const answers = await across.ask((target) => listGpus(app, { target, partitions }));
    // The sums belong to no row, so the document is more than a list, unless columns were named.
    const isDocument = out.query !== undefined || view.format === 'json' || view.format === 'yaml';
    if (isDocument && options['columns'] === undefined) {
      const look = { format: view.format, header: options['header'] !== false };
      const document = across.documents(answers, (report) => gpusJson(report, partitions));
      (await documentLines(document, look, out)).forEach(out.line);
    } else {
      const isTable = view.format === 'table' || view.format === 'wide';
      const rowsOf = ({ rows, total }: GpuReport) => (isTable && rows.length > 0 ? [...rows, total] : rows);
      await view.show(across.rows(answers, rowsOf));
    }
    noteRest(answers, context);
    return across.code();
  },
});

/** What the table has no room for. */
function noteRest(answers: readonly Answered<GpuReport>[], { out }: CommandContext): void {
  if (answers.every(({ answer }) => answer.rows.length === 0)) out.note('No GPUs');
  for (const { target, answer } of answers) {
    const where = answers.length > 1 ? ` of ${target}` : '';
    for (const { name, type, total, used } of answer.shared) {
      const what = type === '' ? name : `${name}:${type}`;
      out.note(`srunx: parts of GPUs${where} that jobs share: ${what}, ${used} of ${total} in use`);
    }
  }
}
