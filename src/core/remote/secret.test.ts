import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { isDelivered, renderSecretRecord, requireSecretName, requireSecretValue, requireUsableName } from './secret.ts';

function complaintOf(act: () => unknown): UsageError {
  try {
    act();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('the name of a secret', () => {
  it.each(['A', '_a', 'WANDB_API_KEY', 'token', 'a1', 'LDAP_KEY', 'PATHS', 'SLURMX'])('may be %s', (name) => {
    expect(requireUsableName(name)).toBe(name);
    expect(isDelivered(name)).toBe(true);
  });

  it.each(['', '1A', 'A-B', 'A B', 'A\n', 'Ä', 'A.B', 'sk-live-12345', '日本'])('may not be %j', (word) => {
    const { code, message } = complaintOf(() => requireUsableName(word));
    expect(code).toBe('usage.secret_name');
    if (word !== '') expect(message).not.toContain(word.trim());
  });

  it.each([
    ...['PATH', 'HOME', 'SHELL', 'IFS', 'ENV', 'BASH_ENV', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'UID', 'PPID', '_'],
    ...['SLURM_JOB_ID', 'SBATCH_EXPORT', 'SRUNX_SECRETS', 'BASHOPTS'],
  ])('may be %s only where it is there already', (name) => {
    expect(complaintOf(() => requireUsableName(name)).message).toContain(name);
    expect(requireSecretName(name)).toBe(name);
    expect(isDelivered(name)).toBe(false);
  });

  it.each(['FOO=sk-123', 'FOO=', 'FOO=a=b', 'PATH=/x'])('carries no value: %s', (word) => {
    const { code, message, hint } = complaintOf(() => requireUsableName(word));
    expect(code).toBe('usage.secret_inline');
    expect(`${message} ${hint}`).not.toMatch(/sk-123|a=b|\/x/);
  });
});

describe('the value of a secret', () => {
  it.each(['', ' ', "it's", '$(x)`"\\', 'a\tb', '日本語 🔑', '-rf', "'''"])('may be %j', (value) => {
    expect(requireSecretValue(value)).toBe(value);
  });

  it.each(['a\nb', 'a\r', '\0', '\u001b[2J', 'x\u007f', 'x\u0085', 'x\u2028', 'x\u2029', 'x\ufffd', 'x\ud800'])(
    'may not be %j, which nobody is shown',
    (value) => {
      const { code, message, hint } = complaintOf(() => requireSecretValue(value));
      expect(code).toBe('usage.secret_value');
      expect(`${message} ${hint}`).not.toContain(value);
    },
  );
});

it('writes the records of older tools', () => {
  expect(renderSecretRecord('A', "it's")).toBe("export A='it'\\''s'\n");
  expect(renderSecretRecord('B', '')).toBe("export B=''\n");
});
