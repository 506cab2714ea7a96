# Fits temperature = room + start * exp(-speed * hours) to the points that are not of the fold, by gradient descent.
#
#   awk -v rate=0.3 -v fold=0 -v folds=4 -f fit.awk cooling.csv
#
# Writes the three numbers, and how the loss fell into the file that `metrics` names, if any.

BEGIN { FS = "," }

NR > 1 && NR % folds != fold { n++; t[n] = $1 / 60; y[n] = $2 / 100 }

END {
  room = 0.5; start = 0.5; speed = 1
  for (step = 0; step <= 2000; step++) {
    loss = d_room = d_start = d_speed = 0
    for (i = 1; i <= n; i++) {
      decay = exp(-speed * t[i])
      error = room + start * decay - y[i]
      loss += error * error / n
      d_room += 2 * error / n
      d_start += 2 * error * decay / n
      d_speed -= 2 * error * start * t[i] * decay / n
    }
    if (!(loss < 1000)) { print "the loss grows without end: the rate is too high" > "/dev/stderr"; exit 1 }
    if (step % 100 == 0 && metrics != "") printf "{\"step\": %d, \"loss\": %.6f}\n", step, loss >> metrics
    room -= rate * d_room; start -= rate * d_start; speed -= rate * d_speed
  }
  printf "%.4f %.4f %.4f\n", room * 100, start * 100, speed
}
