import { planGet } from '../../app/get-files.ts';
import { addTargetOptions } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { carryOut } from '../get-report.ts';
import { fileListing } from '../got-file-listing.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { namedTarget } from '../named-target.ts';

export const get = defineCommand({
  name: 'get',
  summary: 'Bring logs and results of a job or run here',
  examples: ['srunx get 4711', 'srunx get k3v9 results/model.pt --to best', "srunx get 4711 'results/*.pt' --dry-run"],
  configure(command) {
    addTargetOptions(command.argument('<id>', 'a job, a task (4711_3), a run or its beginning, or one job of a run'))
      .argument('[paths...]', "files, directories and patterns ('*.pt') in the job's working directory")
      .option('--to <dir>', 'where to put them (a new directory srunx-ID)')
      .option('--force', 'put them in the place of other files')
      .option('-n, --dry-run', 'show what would come, and copy nothing')
      .option('-y, --yes', 'do not ask, however much it is');
    addListingOptions(command);
  },
  async run({ args, options }, context) {
    // A column that does not exist is found before anything is copied.
    const view = openListing(fileListing(context.app.cwd), { options, context });
    const plan = await planGet(context.app, {
      word: String(args[0]),
      target: namedTarget(context),
      paths: args[1] as string[],
      to: options['to'] as string | undefined,
      force: options['force'] === true,
    });
    return carryOut(plan, { view, context, dryRun: options['dryRun'] === true, yes: options['yes'] === true });
  },
});
