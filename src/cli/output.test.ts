import { describe, expect, it } from 'vitest';
import { createOutput, formatJson } from './output.ts';

function terminal(size: { columns: number; rows: number }) {
  const written = { stdout: '', stderr: '' };
  const stdout = {
    isTTY: true,
    ...size,
    write(chunk: string | Uint8Array) {
      written.stdout += String(chunk);
    },
  };
  const stderr = {
    write(chunk: string | Uint8Array) {
      written.stderr += String(chunk);
    },
  };
  const out = createOutput({ stdout, stderr, env: { LANG: 'C.UTF-8' } }, { json: false, quiet: false });
  const take = () => {
    const text = written.stdout;
    written.stdout = '';
    return text;
  };
  return { out, stdout, written, take };
}

describe('redraw', () => {
  it('goes back over the lines drawn before', () => {
    const { out, take } = terminal({ columns: 20, rows: 10 });
    out.redraw(['a', 'b']);
    expect(take()).toBe('a\x1b[K\nb\x1b[K\n\x1b[J');
    out.redraw(['c']);
    expect(take()).toBe('\x1b[2A\rc\x1b[K\n\x1b[J');
  });

  it('writes nothing where nothing has changed', () => {
    const { out, take } = terminal({ columns: 20, rows: 10 });
    out.redraw(['a']);
    take();
    out.redraw(['a']);
    expect(take()).toBe('');
  });

  it('never draws more than the screen holds: the cursor could not go back', () => {
    const { out, take } = terminal({ columns: 5, rows: 3 });
    out.redraw(['1234567', '2', '3', '4']);
    expect(take()).toBe('1234…\x1b[K\n2\x1b[K\n\x1b[J');
  });

  it('counts the rows that lines take since the terminal became narrower', () => {
    const { out, stdout, take } = terminal({ columns: 20, rows: 10 });
    out.redraw(['x'.repeat(15), 'y']);
    take();
    stdout.columns = 8;
    out.redraw(['z']);
    expect(take()).toBe('\x1b[3A\rz\x1b[K\n\x1b[J');
  });

  it('starts below a remark, which may stand on the same screen', () => {
    const { out, take } = terminal({ columns: 20, rows: 10 });
    out.redraw(['a']);
    out.note('remark');
    take();
    out.redraw(['b']);
    expect(take()).toBe('b\x1b[K\n\x1b[J');
  });

  it('settles in full, whatever the size of the screen', () => {
    const { out, take } = terminal({ columns: 5, rows: 3 });
    out.redraw(['1']);
    take();
    out.settle(['1234567', '2', '3', '4']);
    expect(take()).toBe('\x1b[1A\r1234567\x1b[K\n2\x1b[K\n3\x1b[K\n4\x1b[K\n\x1b[J');
  });
});

describe('formatJson', () => {
  it('escapes what a terminal would act upon, and stays the same data', () => {
    const data = { name: 'a\u009b31m\u2028\x1b\n日本' };
    const text = formatJson(data);
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/);
    expect(JSON.parse(text)).toEqual(data);
  });
});

describe('with --query', () => {
  function queried(query: (document: unknown) => unknown) {
    const written = { stdout: '', stderr: '' };
    const stream = (name: keyof typeof written) => ({ write: (chunk: unknown) => (written[name] += String(chunk)) });
    const streams = { stdout: stream('stdout'), stderr: stream('stderr'), env: {} };
    return { out: createOutput(streams, { json: true, quiet: true, query }), written };
  }

  it('a result is what the query makes of it', () => {
    const { out, written } = queried((document) => (document as { id: number }).id);
    out.result({ id: 4 }, 'text');
    expect(written).toEqual({ stdout: '4\n', stderr: '' });
  });

  it('what it makes null of is no record', () => {
    const { out, written } = queried((document) => (document as { id?: number }).id ?? null);
    out.record({ id: 4 });
    out.record({});
    expect(written.stdout).toBe('4\n');
  });

  it('nothing that was done goes untold where the query fails on it', () => {
    const { out, written } = queried(() => {
      throw new Error('no');
    });
    expect(() => out.result({ id: 4 }, 'text')).toThrow('no');
    expect(written).toEqual({ stdout: '', stderr: '{"id":4}\n' });
  });
});
