import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const header = 'sepal_length,sepal_width,petal_length,petal_width,species';

/** The flowers of a CSV file: four lengths in centimetres and the name of the species. */
export function readFlowers(path) {
  const [first, ...lines] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
  if (first !== header) throw new Error(`${path}: the first line must be ${header}`);
  return lines.map((line, index) => {
    const cells = line.split(',');
    const lengths = cells.slice(0, 4).map(Number);
    if (cells.length !== 5 || lengths.some(Number.isNaN))
      throw new Error(`${path}:${index + 2}: not a flower: ${line}`);
    return { lengths, species: cells[4] };
  });
}

export function writeFlowers(path, flowers) {
  const lines = flowers.map(({ lengths, species }) =>
    [...lengths.map((length) => length.toFixed(1)), species].join(','),
  );
  writeText(path, `${[header, ...lines].join('\n')}\n`);
}

export function writeText(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Numbers from 0 to 1, the same for the same seed everywhere (mulberry32). */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}
