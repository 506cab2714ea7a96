import { expect, it } from 'vitest';
import { fileError } from './file-error.ts';

it.each([
  ['EACCES', undefined, 'file.denied', 8],
  ['EACCES', 'Make it writable.', 'file.denied', 1],
  ['EROFS', 'Make it writable.', 'file.denied', 1],
  ['ENOSPC', 'Make it writable.', 'file.no_space', 1],
  ['ENOTDIR', undefined, 'file.failed', 1],
])('%s, with the hint %s for what srunx writes, is %s and ends with %i', (code, ifUnwritable, expected, exitCode) => {
  const cause = Object.assign(new Error('no'), { code });
  const facts = { path: '/p', shell: 'local', ...(ifUnwritable === undefined ? {} : { ifUnwritable }) };
  const error = fileError(cause, facts);
  expect(error).toMatchObject({ code: expected, exitCode, message: expect.stringContaining('/p on local') });
  if (ifUnwritable !== undefined && code !== 'ENOSPC') expect(error).toMatchObject({ hint: ifUnwritable });
});
