/* SGD on a noisy quadratic with a virtual clock: the law of quadratic.py, in C.
 *
 *   cc -O2 -o quadratic quadratic.c -lm
 *   batchwright find --batch-sizes 4,16,64,256 --lr 1e-3..3 --target "val_loss<0.02" --max-samples 20000 --
 *       ./quadratic --batch-size {batch_size} --lr {lr} --seed {seed} --samples {samples} --eval-steps {eval_steps}
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIMENSIONS = 20 };

/* splitmix64: a counter, hashed. */
static uint64_t random_bits(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* In (0, 1], so that its logarithm is finite. */
static double uniform(uint64_t *state) { return ((random_bits(state) >> 11) + 1) * 0x1p-53; }

/* A standard normal number, by Box and Muller. */
static double normal(uint64_t *state) {
    double radius = sqrt(-2 * log(uniform(state)));
    return radius * cos(6.283185307179586 * uniform(state));
}

/* The value after the flag `name`, or `otherwise` where the flag is not given. Anything but a number ends the program. */
static double flag(int argc, char **argv, const char *name, double otherwise) {
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], name) != 0) continue;
        char *end;
        double value = strtod(argv[i + 1], &end);
        if (end == argv[i + 1] || *end != '\0') {
            fprintf(stderr, "quadratic: %s must be a number, got %s\n", name, argv[i + 1]);
            exit(2);
        }
        return value;
    }
    return otherwise;
}

int main(int argc, char **argv) {
    double size = flag(argc, argv, "--batch-size", 0), lr = flag(argc, argv, "--lr", 0);
    double samples = flag(argc, argv, "--samples", 20000), eval_steps = flag(argc, argv, "--eval-steps", 0);
    uint64_t state = (uint64_t)flag(argc, argv, "--seed", 0);
    if (!(size >= 1) || !(lr > 0)) {
        fprintf(stderr, "quadratic: needs --batch-size N (1 or more) and --lr RATE (above 0)\n");
        return 2;
    }
    long steps = (long)ceil(samples / size);
    long every = eval_steps > 0 ? (long)eval_steps : (long)fmax(1, round(64 / size));

    double w[DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) w[i] = 1;
    for (long step = 1; step <= steps; step++) {
        double loss = 0;
        for (int i = 0; i < DIMENSIONS; i++) {
            double curvature = 1.0 / (i + 1);
            w[i] -= lr * (curvature * w[i] + sqrt(curvature / size) * normal(&state));
            loss += curvature * w[i] * w[i] / 2;
        }
        if (step % every != 0 && step < steps) continue;
        int diverged = !(loss < 1e6);
        printf("{\"step\": %ld, \"samples\": %.0f, \"seconds\": %.6g, \"val_loss\": ", step, step * size, step * (0.002 + 0.0001 * size));
        if (diverged) printf("NaN}\n"); else printf("%.9g}\n", loss);
        fflush(stdout);
        if (diverged) return 0;
    }
    return 0;
}
