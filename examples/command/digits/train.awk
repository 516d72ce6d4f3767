#!/usr/bin/awk -f
# Softmax regression on 600 digits in awk. It has no clock finer than a second: no `seconds` is printed, and Batchwright uses its own.
#
#   batchwright find --batch-sizes 4..64 --lr 1e-3..3 --samples 600 --target "val_loss<0.35" --
#       awk -v batch_size={batch_size} -v lr={lr} -v seed={seed} -v steps={steps} -v eval_steps={eval_steps} -f train.awk digits.txt

# One sample a line: its label and a letter a pixel. Half the pixels are white (0) and add nothing: the others are kept, dot[64 * n + k] the place and ink[64 * n + k] the
# darkness, in 0..1, of the k-th of them. (One number as an index is several times faster than two, which awk joins to text.)
{
    label[NR] = $1
    for (p = 1; p <= 64; p++) {
        darkness = index("abcdefghijklmnopq", substr($2, p, 1)) - 1
        if (darkness < 1) continue
        dots[NR]++
        dot[64 * NR + dots[NR]] = p
        ink[64 * NR + dots[NR]] = darkness / 16
    }
}

# Probabilities of sample n: probability[0..9]. The weight of pixel p for class c is w[10 * p + c]; p = 0 is the bias.
function predict(n,    c, k, place, darkness, largest, sum) {
    for (c = 0; c < 10; c++) logit[c] = w[c]
    for (k = 64 * n + 1; k <= 64 * n + dots[n]; k++) {
        place = 10 * dot[k]; darkness = ink[k]
        for (c = 0; c < 10; c++) logit[c] += w[place + c] * darkness
    }
    largest = -1e300
    for (c = 0; c < 10; c++) if (logit[c] > largest) largest = logit[c]
    sum = 0
    for (c = 0; c < 10; c++) sum += probability[c] = exp(logit[c] - largest)
    for (c = 0; c < 10; c++) probability[c] /= sum
}

# The mean gradient of the samples order[first..last], and one step against it.
function update(first, last,    i, n, c, k, place, darkness) {
    for (k = 0; k < 650; k++) gradient[k] = 0
    for (i = first; i <= last; i++) {
        n = order[i]
        predict(n)
        probability[label[n]] -= 1
        for (c = 0; c < 10; c++) gradient[c] += probability[c]
        for (k = 64 * n + 1; k <= 64 * n + dots[n]; k++) {
            place = 10 * dot[k]; darkness = ink[k]
            for (c = 0; c < 10; c++) gradient[place + c] += probability[c] * darkness
        }
    }
    for (k = 0; k < 650; k++) w[k] -= lr * gradient[k] / (last - first + 1)
}

function validation_loss(    n, loss) {
    for (n = 601; n <= 800; n++) {
        predict(n)
        loss -= log(probability[label[n]] + 1e-300)
    }
    return loss / 200
}

function shuffle(    i, j, kept) {
    for (i = 600; i > 1; i--) {
        j = 1 + int(i * rand())
        kept = order[i]; order[i] = order[j]; order[j] = kept
    }
}

END {
    if (NR != 800 || batch_size < 1 || lr <= 0) {
        print "train.awk: needs -v batch_size=N -v lr=RATE and the 800 lines of digits.txt" > "/dev/stderr"
        exit 2
    }
    if (!steps) steps = 100
    if (!eval_steps) eval_steps = 10
    srand(seed + 1)   # some awks take srand(0) for "by the time of day"
    for (i = 1; i <= 600; i++) order[i] = i
    first = 601
    for (step = 1; step <= steps; step++) {
        if (first > 600) { shuffle(); first = 1 }
        last = first + batch_size - 1
        if (last > 600) last = 600   # the last batch of a pass is shorter
        update(first, last)
        samples += last - first + 1
        first = last + 1
        if (step % eval_steps == 0 || step == steps) {
            printf "{\"step\": %d, \"samples\": %d, \"val_loss\": %.6g}\n", step, samples, validation_loss()
            fflush()
        }
    }
}
