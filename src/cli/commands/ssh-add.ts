import { loadConfig } from '../../app/load-config.ts';
import { addProfiles } from '../../app/save-profile.ts';
import { currentProfile } from '../../core/remote/profile.ts';
import { defineCommand } from '../define-command.ts';
import { namedWords, requireWord } from '../named-words.ts';
import { addFieldOptions, fieldsOf, noteMissing, noteOverruled } from '../profile-options.ts';
import { printable } from '../table.ts';

export const sshAdd = defineCommand({
  name: 'ssh add',
  summary: 'Keep a login on another machine as a profile',
  examples: [
    'srunx ssh add dgx --ssh-host dgx',
    'srunx ssh add lab --hostname login.example.org --username ada --proxy-jump gate.example.org',
  ],
  configure(command) {
    command.argument('[name]', 'the name that it gets').option('--profile <name>', 'the same as the name by its place');
    addFieldOptions(command).option('-q, --quiet', 'no remarks on standard error');
  },
  async run(input, context) {
    const name = requireWord(namedWords(['profile'], input), 'profile');
    const fields = fieldsOf(input.options, context);
    const saved = addProfiles(context.app, [{ name, fields }]);
    context.out.note(`srunx: the profile ${name} is kept in ${printable(saved.file)}`);
    noteMissing(fields, context);
    noteOverruled(saved, context);
    if (currentProfile(loadConfig(context.app)) !== name)
      context.out.note(`srunx: \`srunx ssh use ${name}\` makes it the one that counts where none is named`);
    return 0;
  },
});
