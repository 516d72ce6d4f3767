"""Golden weights of Adam on two directions: the definition in plain floats, step by step."""
from math import sqrt
NOISE = [(0.3, -0.2), (-0.6, 0.1), (0.05, -0.9)]
for B in (32, 512, 8192):
    b1, b2 = 0.9, max(0.9, 0.999 ** (B / 32))
    w, v, s = [1.5, 1.5], [0.0, 0.0], [0.0, 0.0]
    rows = []
    for step, noise in enumerate(NOISE, 1):
        for i, h in enumerate((1.0, 0.25)):
            g = h * w[i] + noise[i]
            v[i] = b1 * v[i] + (1 - b1) * g
            s[i] = b2 * s[i] + (1 - b2) * g * g
            w[i] = w[i] - 0.2 / (1 - b1 ** step) * v[i] / (sqrt(s[i] / (1 - b2 ** step)) + 1e-8)
        rows.append(list(w))
    print(B, rows)
