import { userInfo } from 'node:os';
import process from 'node:process';

/** As the system calls the account; its number where it has no name, as in a container that is run under any number. */
export function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `${process.getuid?.() ?? ''}`;
  }
}
