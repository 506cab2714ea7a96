// Splits the flowers into a training and a test set: the same share of every species, chosen by the seed.
// node split.mjs --data iris.csv --out results --test-share 0.3 --seed 7
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readFlowers, seededRandom, writeFlowers } from './dataset.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'iris.csv' },
    out: { type: 'string', default: 'results' },
    'test-share': { type: 'string', default: '0.3' },
    seed: { type: 'string', default: '7' },
  },
});

const flowers = readFlowers(values.data);
const random = seededRandom(Number(values.seed));
const sets = { train: [], test: [] };
for (const species of new Set(flowers.map((flower) => flower.species))) {
  const ofSpecies = shuffle(flowers.filter((flower) => flower.species === species));
  const testSize = Math.round(ofSpecies.length * Number(values['test-share']));
  sets.test.push(...ofSpecies.slice(0, testSize));
  sets.train.push(...ofSpecies.slice(testSize));
}
for (const [name, rows] of Object.entries(sets)) writeFlowers(join(values.out, `${name}.csv`), rows);
console.log(`${flowers.length} flowers: ${sets.train.length} to train with, ${sets.test.length} to test with`);

/** Fisher and Yates: every order is equally likely. */
function shuffle(items) {
  const shuffled = [...items];
  for (let index = shuffled.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [shuffled[index], shuffled[other]] = [shuffled[other], shuffled[index]];
  }
  return shuffled;
}
