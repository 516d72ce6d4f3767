/* Softmax regression on 600 digits in C, which prints lines of its own making instead of JSON: Batchwright is told by --metric how to read them.
 *
 *   cc -O2 -o train train.c -lm
 *   batchwright find --batch-sizes 4..256 --lr 1e-3..3 --samples 600 --target "val_loss<0.35" --metric "val_loss=validation loss ([0-9.naif]+)" --
 *       ./train --batch-size {batch_size} --lr {lr} --seed {seed} --steps {steps} --eval-steps {eval_steps} --data digits.txt
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRAINING = 600, SAMPLES = 800, PIXELS = 64, CLASSES = 10 };

static double image[SAMPLES][PIXELS]; /* in 0..1 */
static int label[SAMPLES];
static double weight[PIXELS + 1][CLASSES], gradient[PIXELS + 1][CLASSES]; /* the last row is the bias */

static void fail(const char *what, const char *value) {
    fprintf(stderr, "train: %s: %s\n", what, value);
    exit(2);
}

/* The text after the flag `name`, or `otherwise`. */
static const char *text_flag(int argc, char **argv, const char *name, const char *otherwise) {
    for (int i = 1; i + 1 < argc; i += 2)
        if (strcmp(argv[i], name) == 0) return argv[i + 1];
    return otherwise;
}

static double number_flag(int argc, char **argv, const char *name, const char *otherwise) {
    const char *text = text_flag(argc, argv, name, otherwise);
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= 0)) fail("not a number of 0 or more", name);
    return value;
}

static void read_digits(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) fail("cannot open", path);
    for (int n = 0; n < SAMPLES; n++) {
        char letters[PIXELS + 1];
        if (fscanf(file, "%d %64[a-q]", &label[n], letters) != 2 || strlen(letters) != PIXELS || label[n] < 0 || label[n] >= CLASSES)
            fail("is not digits.txt", path);
        for (int p = 0; p < PIXELS; p++) image[n][p] = (letters[p] - 'a') / 16.0;
    }
    fclose(file);
}

/* Probabilities of sample n. */
static void predict(int n, double probability[CLASSES]) {
    double largest = -INFINITY, sum = 0;
    for (int c = 0; c < CLASSES; c++) {
        probability[c] = weight[PIXELS][c];
        for (int p = 0; p < PIXELS; p++) probability[c] += weight[p][c] * image[n][p];
        largest = fmax(largest, probability[c]);
    }
    for (int c = 0; c < CLASSES; c++) sum += probability[c] = exp(probability[c] - largest);
    for (int c = 0; c < CLASSES; c++) probability[c] /= sum;
}

/* One step against the mean gradient of `count` samples. */
static void update(const int *batch, int count, double lr) {
    memset(gradient, 0, sizeof gradient);
    for (int i = 0; i < count; i++) {
        double error[CLASSES];
        predict(batch[i], error);
        error[label[batch[i]]] -= 1;
        for (int c = 0; c < CLASSES; c++) {
            gradient[PIXELS][c] += error[c];
            for (int p = 0; p < PIXELS; p++) gradient[p][c] += error[c] * image[batch[i]][p];
        }
    }
    for (int p = 0; p <= PIXELS; p++)
        for (int c = 0; c < CLASSES; c++) weight[p][c] -= lr * gradient[p][c] / count;
}

static double validation_loss(void) {
    double loss = 0;
    for (int n = TRAINING; n < SAMPLES; n++) {
        double probability[CLASSES];
        predict(n, probability);
        loss -= log(probability[label[n]] + 1e-300);
    }
    return loss / (SAMPLES - TRAINING);
}

/* splitmix64: a counter, hashed. */
static uint64_t random_bits(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void shuffle(int *order, uint64_t *state) {
    for (int i = TRAINING - 1; i > 0; i--) {
        int j = (int)(random_bits(state) % (uint64_t)(i + 1)), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

int main(int argc, char **argv) {
    double lr = number_flag(argc, argv, "--lr", "0");
    int batch_size = (int)number_flag(argc, argv, "--batch-size", "0");
    long steps = (long)number_flag(argc, argv, "--steps", "200"), eval_steps = (long)number_flag(argc, argv, "--eval-steps", "10");
    uint64_t state = (uint64_t)number_flag(argc, argv, "--seed", "0");
    if (batch_size < 1 || lr <= 0 || eval_steps < 1) fail("needs", "--batch-size and --eval-steps of 1 or more, --lr above 0");
    read_digits(text_flag(argc, argv, "--data", "digits.txt"));

    int order[TRAINING], first = TRAINING;
    for (int i = 0; i < TRAINING; i++) order[i] = i;
    long samples = 0;
    clock_t in_training = 0; /* processor time of this one thread */
    for (long step = 1; step <= steps; step++) {
        clock_t start = clock();
        if (first == TRAINING) { shuffle(order, &state); first = 0; }
        int count = first + batch_size > TRAINING ? TRAINING - first : batch_size; /* the last batch of a pass is shorter */
        update(order + first, count, lr);
        first += count;
        samples += count;
        in_training += clock() - start;
        if (step % eval_steps == 0 || step == steps) {
            printf("step %ld: samples %ld, seconds %.6f, validation loss %.6f\n", step, samples, (double)in_training / CLOCKS_PER_SEC, validation_loss());
            fflush(stdout);
        }
    }
    return 0;
}
