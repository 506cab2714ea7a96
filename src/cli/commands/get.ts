import { getFiles } from '../../app/get-files.ts';
import { addTargetOptions } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { fileListing, reportFiles } from '../get-report.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { namedTarget } from '../named-target.ts';

export const get = defineCommand({
  name: 'get',
  summary: 'Bring logs and results of a job or run here',
  examples: ['srunx get 4711', 'srunx get k3v9 results/model.pt --to best'],
  configure(command) {
    addTargetOptions(command.argument('<id>', 'a job, a task (4711_3), a run or its beginning, or one job of a run'))
      .argument('[paths...]', "files and directories in the job's working directory")
      .option('--to <dir>', 'where to put them (a new directory srunx-ID)')
      .option('--force', 'put them in the place of other files');
    addListingOptions(command);
  },
  async run({ args, options }, context) {
    // A column that does not exist is found before anything is copied.
    const view = openListing(fileListing(context.app.cwd), { options, context });
    const got = await getFiles(context.app, {
      word: String(args[0]),
      target: namedTarget(context),
      paths: args[1] as string[],
      to: options['to'] as string | undefined,
      force: options['force'] === true,
    });
    return reportFiles(got, { view, context });
  },
});
