import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MarkedStream } from './marked-stream.ts';

const mark = 'srunx-0123456789abcdef';

function feed(chunks: readonly Uint8Array[]): {
  readonly output: Buffer;
  readonly rest: Buffer;
  readonly stream: MarkedStream;
} {
  const output: Uint8Array[] = [];
  const rest: Buffer[] = [];
  const stream = new MarkedStream(mark, (bytes) => output.push(Buffer.from(bytes)));
  for (const chunk of chunks) rest.push(stream.end === undefined ? stream.push(chunk) : Buffer.from(chunk));
  return { output: Buffer.concat(output), rest: Buffer.concat(rest), stream };
}

/** Pieces of marks among them: what looks like the beginning of one is output all the same. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom('srunx-', 'srunx-0123', '\n', mark.slice(0, -1)).map(Buffer.from),
    ),
  )
  .map((parts) => Buffer.concat(parts))
  .filter((text) => !text.includes(mark));

it('finds the output between the marks, however it is cut into chunks', () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, fc.array(fc.nat()), (noise, output, behind, cuts) => {
      const whole = Buffer.concat([noise, Buffer.from(`${mark}\n`), output, Buffer.from(`${mark} 768\n`), behind]);
      const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
      const chunks = places.slice(1).map((end, index) => whole.subarray(places[index], end));
      const found = feed(chunks);
      expect(found.output.equals(output)).toBe(true);
      expect(found.stream.end).toBe('768');
      expect(found.rest.equals(behind)).toBe(true);
    }),
  );
});

it('keeps what came before, for messages, and has no end before the line is whole', () => {
  const { stream } = feed([Buffer.from('Welcome!\nquota exceeded\n'), Buffer.from(`${mark}\nout${mark} 0`)]);
  expect([stream.noise, stream.end]).toEqual(['Welcome!\nquota exceeded\n', undefined]);
  expect(feed([Buffer.from('only noise')]).stream.noise).toBe('only noise');
});
