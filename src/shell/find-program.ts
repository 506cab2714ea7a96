import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a command is found that is called by its name; `undefined` where it is not. */
export function findProgram(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
