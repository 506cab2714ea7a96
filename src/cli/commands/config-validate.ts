import { loadConfig } from '../../app/load-config.ts';
import { countOf } from '../../core/count-of.ts';
import { ConfigError } from '../../core/errors.ts';
import { problemListing } from '../config-report.ts';
import { defineCommand } from '../define-command.ts';
import { addListingOptions, openListing } from '../listing.ts';

export const configValidate = defineCommand({
  name: 'config validate',
  summary: 'List all that is wrong with the configuration',
  examples: ['srunx config validate', 'srunx config validate --json'],
  configure(command) {
    addListingOptions(command);
  },
  async run({ options }, context) {
    const view = openListing(problemListing, { options, context });
    const { problems } = loadConfig(context.app);
    await view.show(problems);
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (problems.length === 0) context.out.note('The configuration is sound');
    if (errors.length === 0) return 0;
    throw new ConfigError(`${countOf(errors.length, 'value')} of the configuration cannot be used`, {
      code: 'config.invalid',
      hint: '`srunx config edit` opens the file.',
    });
  },
});
