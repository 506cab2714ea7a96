/**
 * A softmax classifier (multinomial logistic regression) trained by full-batch gradient descent on the cross-entropy. A model is
 * plain data: the classes, mean and deviation of each feature in the training set, and one row of weights per class whose last
 * entry is the bias.
 */
export function trainSoftmax(flowers, { learningRate, epochs, random, onEpoch }) {
  const classes = [...new Set(flowers.map(({ species }) => species))].sort();
  const { means, deviations } = describe(flowers);
  const inputs = flowers.map(({ lengths }) => standardise(lengths, { means, deviations }));
  const targets = flowers.map(({ species }) => classes.indexOf(species));
  const weights = classes.map(() => Array.from({ length: means.length + 1 }, () => random() * 2 - 1));
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    const { loss, gradient } = lossAndGradient(weights, inputs, targets);
    onEpoch?.(epoch, loss);
    for (const [row, slopes] of gradient.entries()) {
      for (const [column, slope] of slopes.entries()) weights[row][column] -= learningRate * slope;
    }
  }
  const { loss } = lossAndGradient(weights, inputs, targets);
  return { model: { classes, means, deviations, weights }, loss };
}

/** The most probable species of a flower. */
export function classify(model, lengths) {
  const probabilities = softmax(model.weights, standardise(lengths, model));
  return model.classes[probabilities.indexOf(Math.max(...probabilities))];
}

function lossAndGradient(weights, inputs, targets) {
  const gradient = weights.map((row) => row.map(() => 0));
  let loss = 0;
  for (const [index, input] of inputs.entries()) {
    const probabilities = softmax(weights, input);
    loss -= Math.log(probabilities[targets[index]]) / inputs.length;
    for (const [row, probability] of probabilities.entries()) {
      const error = (probability - (row === targets[index] ? 1 : 0)) / inputs.length;
      for (const [column, value] of input.entries()) gradient[row][column] += error * value;
    }
  }
  return { loss, gradient };
}

function softmax(weights, input) {
  const scores = weights.map((row) => row.reduce((sum, weight, column) => sum + weight * input[column], 0));
  // The largest score is taken off first: exp of a large number would overflow.
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Each feature with mean 0 and deviation 1, and a constant 1 for the bias. */
function standardise(lengths, { means, deviations }) {
  return [...lengths.map((length, index) => (length - means[index]) / deviations[index]), 1];
}

function describe(flowers) {
  const columns = flowers[0].lengths.map((_, index) => flowers.map(({ lengths }) => lengths[index]));
  const means = columns.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const deviations = columns.map((values, index) =>
    Math.sqrt(values.reduce((sum, value) => sum + (value - means[index]) ** 2, 0) / values.length),
  );
  return { means, deviations };
}
