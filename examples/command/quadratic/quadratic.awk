#!/usr/bin/awk -f
# SGD on a noisy quadratic with a virtual clock: the law of quadratic.py, in awk (mawk, gawk, the original; Debian's busybox has no logarithm).
#
#   batchwright find --batch-sizes 4,16,64,256 --lr 1e-3..3 --target "val_loss<0.02" --max-samples 20000 --
#       awk -v batch_size={batch_size} -v lr={lr} -v seed={seed} -v samples={samples} -v eval_steps={eval_steps} -f quadratic.awk
#
# Left out: flags. awk takes its variables by -v, and so does this program.

# A standard normal number, by Box and Muller. 1 - rand() lies in (0, 1], so that the logarithm is finite.
function normal() {
    return sqrt(-2 * log(1 - rand())) * cos(6.283185307179586 * rand())
}

BEGIN {
    if (batch_size < 1 || lr <= 0) {
        print "quadratic.awk: needs -v batch_size=N (1 or more) and -v lr=RATE (above 0)" > "/dev/stderr"
        exit 2
    }
    if (!samples) samples = 20000
    steps = int((samples + batch_size - 1) / batch_size)
    every = eval_steps ? eval_steps : int(64 / batch_size + 0.5)
    if (every < 1) every = 1
    srand(seed + 1)   # some awks take srand(0) for "by the time of day"

    for (i = 1; i <= 20; i++) {
        curvature[i] = 1 / i
        noise[i] = sqrt(curvature[i] / batch_size)
        w[i] = 1
    }
    for (step = 1; step <= steps; step++) {
        loss = 0
        for (i = 1; i <= 20; i++) {
            w[i] -= lr * (curvature[i] * w[i] + noise[i] * normal())
            loss += curvature[i] * w[i] * w[i] / 2
        }
        if (step % every && step < steps) continue
        diverged = !(loss < 1e6)
        # %d of mawk ends at 2^31: %.0f prints whole numbers of any size.
        printf "{\"step\": %.0f, \"samples\": %.0f, \"seconds\": %.6g, \"val_loss\": %s}\n", \
            step, step * batch_size, step * (0.002 + 0.0001 * batch_size), diverged ? "NaN" : sprintf("%.9g", loss)
        fflush()
        if (diverged) exit
    }
}
