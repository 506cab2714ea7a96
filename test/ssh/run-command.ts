import { SshShell } from '../../src/shell/ssh/ssh-shell.ts';
import { sshOptions } from '../support/ssh-account.ts';

/** A process of its own that runs one command: `node run-command.ts CONFIG COMMAND…`. */
const [configFile, file = 'true', ...args] = process.argv.slice(2);
await using shell = new SshShell(sshOptions({ host: 'dev', configFile }));
const { stdout, exitCode } = await shell.run({ argv: [file, ...args] });
process.stdout.write(stdout);
process.exitCode = exitCode ?? 1;
