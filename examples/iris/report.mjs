// Prints the accuracies as a table and names the best learning rate.
// node report.mjs results/accuracies.json
import { readFileSync } from 'node:fs';

const [path = 'results/accuracies.json'] = process.argv.slice(2);
const accuracies = JSON.parse(readFileSync(path, 'utf8'));
const rows = [
  ['learning rate', 'epochs', 'loss', 'train', 'test'],
  ...accuracies.map(({ learningRate, epochs, loss, train, test }) => [
    learningRate,
    `${epochs}`,
    loss.toFixed(4),
    percent(train),
    percent(test),
  ]),
];
const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
for (const row of rows) console.log(row.map((cell, column) => cell.padStart(widths[column])).join('  '));

// Of equal accuracies the smaller loss: that model is surer of its answers.
const [best] = [...accuracies].sort((a, b) => share(b.test) - share(a.test) || a.loss - b.loss);
console.log(`\nbest: learning rate ${best.learningRate}, ${best.test.right} of ${best.test.all} test flowers right`);

function share({ right, all }) {
  return right / all;
}

function percent(counted) {
  return `${(share(counted) * 100).toFixed(1)} %`;
}
