# A classifier (logistic regression, made data) trained by gradient descent in awk, in which seven faults of real trainers can be turned on, one at a time.
# Each is a mistake of a line or two, gives a sensible learning curve, and makes every comparison of batch sizes wrong. `find --audit` names each of them:
#
#     batchwright find --audit --samples 500 --batch-sizes 8..128 --lr 0.05..0.2 --
#         awk -v b={micro_batch_size} -v a={grad_accum} -v eval_b={eval_batch_size} -v lr={lr} -v seed={seed} -v epochs={epochs} -v eval_steps={eval_steps} -v bug=summed -f train.awk
#
# bug=summed        the gradients of the micro-batches are added up, not averaged
# bug=dropped       the last micro-batches of an epoch, too few for a step, are thrown away
# bug=leaked        they are not thrown away: their gradients stay and become part of the next epoch's first step
# bug=weighted      they make a step, but are divided by the number of micro-batches of a full step
# bug=evaluation    the validation loss is the mean of the means of its batches, though the last batch is smaller
# bug=horizon       the schedule counts on the steps of batch size 32, whatever the batch size is
# bug=seed-ignored  the seed is fixed in the program
# bug=seed-lost     something random is not seeded
#
# Also: drop_last=1 leaves out the last batch of an epoch that is not full; momentum=0.9; dropout=0.2.

function uniform() { state = (state * 16807) % 2147483647; return state / 2147483647 }
function normal(  i, sum) { for (i = 0; i < 12; i++) sum += uniform(); return sum - 6 }
function seeded(number,  i) { state = (number * 7919 + 12345) % 2147483646 + 1; for (i = 0; i < 8; i++) uniform() }

# Samples first + 1 .. first + count: inputs x[sample, 1..D], label y[sample].
function make(first, count,  s, d, score) {
    for (s = first + 1; s <= first + count; s++) {
        score = normal()
        for (d = 1; d <= D; d++) { x[s, d] = normal(); score += x[s, d] * d / 3 }
        y[s] = score > 0
    }
}

function shuffle(  i, j, kept) {
    for (i = 1; i <= N; i++) order[i] = i
    for (i = N; i > 1; i--) { j = 1 + int(uniform() * i); kept = order[i]; order[i] = order[j]; order[j] = kept }
}

# The probability of label 1. With dropout some inputs are 0, and kept[] holds what is left of them.
function predict(s, share,  d, score) {
    for (d = 1; d <= D; d++) {
        kept[d] = share > 0 && uniform() < share ? 0 : x[s, d] / (1 - share)
        score += w[d] * kept[d]
    }
    return 1 / (1 + exp(-score))
}

# Adds the gradient of the samples order[from..to].
function backward(from, to, divisor,  i, d, slope) {
    for (i = from; i <= to; i++) {
        slope = predict(order[i], dropout) - y[order[i]]
        for (d = 1; d <= D; d++) gradient[d] += slope * kept[d] / divisor
    }
}

function clear(  d) { for (d = 1; d <= D; d++) gradient[d] = 0; micros = 0 }

function update(  d, left) {
    left = 1 - steps / horizon
    rate = left > 0 ? lr * left : 0
    for (d = 1; d <= D; d++) { velocity[d] = momentum * velocity[d] + gradient[d]; w[d] -= rate * velocity[d] }
    clear()
    if (++steps % eval_steps == 0) evaluate()
}

function evaluate(  s, p, loss, total, batches, of_batch, in_batch) {
    for (s = N + 1; s <= N + V; s++) {
        p = predict(s, 0)
        loss = -log((y[s] ? p : 1 - p) + 1e-12)
        total += loss; of_batch += loss; in_batch++
        if (in_batch == eval_b || s == N + V) { means += of_batch / in_batch; batches++; of_batch = in_batch = 0 }
    }
    loss = bug == "evaluation" ? means / batches : total / V
    means = 0
    printf "{\"step\": %d, \"samples\": %d, \"lr\": %.10g, \"val_loss\": %.12g}\n", steps, used, rate, loss
}

function epoch(  B, keep, from, to, window) {
    B = a * b
    keep = drop_last ? N - N % B : N
    shuffle()
    for (from = 1; from <= keep; from += b) {
        to = from + b - 1 < keep ? from + b - 1 : keep
        # Samples of the step that this micro-batch is part of.
        window = keep - from + 1 + micros * b < B ? keep - from + 1 + micros * b : B
        if (bug == "summed") window = to - from + 1
        if (bug == "weighted") window = (to - from + 1) * a
        backward(from, to, window)
        used += to - from + 1
        if (++micros == a) update()
    }
    if (micros && bug == "leaked") micros = 0
    else if (micros && bug == "dropped") clear()
    else if (micros) update()
}

BEGIN {
    N = 500; V = 97; D = 5
    if (!(b >= 1 && a >= 1 && lr > 0)) { print "needs b (micro-batch size), a (micro-batches) and lr" > "/dev/stderr"; exit 2 }
    if (!epochs) epochs = 10
    if (!eval_steps) eval_steps = 1
    if (!eval_b) eval_b = a * b
    seeded(1); make(0, N + V)
    if (bug == "seed-ignored") seed = 1
    if (bug == "seed-lost") { "od -An -N2 -tu2 /dev/urandom" | getline more; seed += more * 10 }
    seeded(seed)
    for (d = 1; d <= D; d++) { w[d] = normal() / 4; velocity[d] = 0 }
    horizon = epochs * int((N + a * b - 1) / (a * b))
    if (bug == "horizon") horizon = epochs * int((N + 31) / 32)
    clear()
    for (e = 1; e <= epochs; e++) epoch()
}
