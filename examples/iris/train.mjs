// Trains one classifier and writes it as JSON.
// node train.mjs --train results/train.csv --learning-rate 0.05 --epochs 500 --seed 7 --out results/model.json
import { parseArgs } from 'node:util';
import { readFlowers, seededRandom, writeText } from './dataset.mjs';
import { trainSoftmax } from './softmax.mjs';

const { values } = parseArgs({
  options: {
    train: { type: 'string', default: 'results/train.csv' },
    out: { type: 'string', default: 'results/model.json' },
    'learning-rate': { type: 'string', default: '0.05' },
    epochs: { type: 'string', default: '500' },
    seed: { type: 'string', default: '7' },
  },
});

const learningRate = positive('learning-rate');
const epochs = positive('epochs');
const { model, loss } = trainSoftmax(readFlowers(values.train), {
  learningRate,
  epochs,
  random: seededRandom(Number(values.seed)),
  onEpoch(epoch, lossBefore) {
    if (epoch === 1 || epoch % 100 === 0) console.log(`epoch ${epoch} of ${epochs}: loss ${lossBefore.toFixed(4)}`);
  },
});
// The text of the learning rate, as it was written: 1e-3 stays 1e-3 in the report.
writeText(
  values.out,
  `${JSON.stringify({ learningRate: values['learning-rate'], epochs, loss, ...model }, null, 2)}\n`,
);
console.log(
  `learning rate ${values['learning-rate']}: loss ${loss.toFixed(4)} after ${epochs} epochs; model in ${values.out}`,
);

function positive(name) {
  const number = Number(values[name]);
  if (number > 0) return number;
  throw new Error(`--${name} must be a number greater than zero, not ${values[name]}`);
}
