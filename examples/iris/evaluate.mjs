// Counts how many flowers each model classifies rightly, in the training set and in the test set.
// node evaluate.mjs --train results/train.csv --test results/test.csv --out results/accuracies.json MODEL...
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readFlowers, writeText } from './dataset.mjs';
import { classify } from './softmax.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    train: { type: 'string', default: 'results/train.csv' },
    test: { type: 'string', default: 'results/test.csv' },
    out: { type: 'string', default: 'results/accuracies.json' },
  },
});

const sets = { train: readFlowers(values.train), test: readFlowers(values.test) };
const accuracies = positionals.map((path) => {
  const model = JSON.parse(readFileSync(path, 'utf8'));
  const { learningRate, epochs, loss } = model;
  return { learningRate, epochs, loss, train: count(model, sets.train), test: count(model, sets.test) };
});
writeText(values.out, `${JSON.stringify(accuracies, null, 2)}\n`);
for (const { learningRate, test } of accuracies) {
  console.log(`learning rate ${learningRate}: ${test.right} of ${test.all} test flowers right`);
}

function count(model, flowers) {
  const right = flowers.filter(({ lengths, species }) => classify(model, lengths) === species);
  return { right: right.length, all: flowers.length };
}
