"""Golden values for src/random.rs, src/order.rs, src/split.rs and src/tokens/windows.rs, from a second implementation: python3 chacha8.py

ChaCha with 8 rounds as D. J. Bernstein defines it (64-bit block counter, 64-bit nonce 0), plain Python integers, and the sampling
rules of random.rs written down again. It shares no code with the crate.
"""

import math
import struct

MASK = 0xFFFFFFFF


def rotate(x, n):
    return ((x << n) | (x >> (32 - n))) & MASK


def quarter(s, a, b, c, d):
    s[a] = (s[a] + s[b]) & MASK
    s[d] = rotate(s[d] ^ s[a], 16)
    s[c] = (s[c] + s[d]) & MASK
    s[b] = rotate(s[b] ^ s[c], 12)
    s[a] = (s[a] + s[b]) & MASK
    s[d] = rotate(s[d] ^ s[a], 8)
    s[c] = (s[c] + s[d]) & MASK
    s[b] = rotate(s[b] ^ s[c], 7)


def block(key, counter):
    start = list(struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) + (counter & MASK, counter >> 32, 0, 0))
    s = start[:]
    for _ in range(4):
        for a, b, c, d in [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]:
            quarter(s, a, b, c, d)
        for a, b, c, d in [(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]:
            quarter(s, a, b, c, d)
    return [(x + y) & MASK for x, y in zip(s, start)]


class Stream:
    def __init__(self, seed, domain, a, b):
        key = struct.pack("<QIIQQ", seed, domain, 0, a, b)
        self.words = (word for counter in range(1 << 64) for word in block(key, counter))

    def next_u32(self):
        return next(self.words)

    def next_u64(self):
        low = self.next_u32()
        return low | self.next_u32() << 32

    def below(self, n):
        while True:
            product = self.next_u32() * n
            if product & MASK >= (1 << 32) % n:
                return product >> 32

    def unit(self):
        return (self.next_u64() >> 11) / (1 << 53)

    def normal(self):
        radius = math.sqrt(-2 * math.log(1 - self.unit()))
        return radius * math.cos(2 * math.pi * self.unit())

    def shuffled(self, items):
        items = list(items)
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
        return items


KEY = (0x0123456789ABCDEF, 2, 5, 7)  # seed, Domain::LabelNoise, a, b


def draws(method, count, *arguments):
    stream = Stream(*KEY)
    return [getattr(stream, method)(*arguments) for _ in range(count)]


print("zero key, first word", hex(block(bytes(32), 0)[0]), "(published keystream begins 3e 00 ef 2f)")
print("u32", [hex(word) for word in draws("next_u32", 4)])
print("u32 number 1000", hex(draws("next_u32", 1001)[1000]))
print("u64", [hex(word) for word in draws("next_u64", 2)])
print("below 10", draws("below", 16, 10))
print("below 3000000000", draws("below", 12, 3_000_000_000))
print("unit", draws("unit", 3))
print("normal", draws("normal", 4))
print("bytes", struct.pack("<3I", *draws("next_u32", 3))[:9].hex())
print("order of 10, seed 42, epoch 0", Stream(42, 0, 0, 0).shuffled(range(10)))
print("order of 10, seed 42, epoch 1", Stream(42, 0, 1, 0).shuffled(range(10)))

# 20 samples without classes: a tenth is test, a tenth of the other 18 validation, both from the end of one shuffle.
rows = Stream(7, 1, 0, 0).shuffled(range(20))
for part, name, chosen in [(1, "test", rows[18:]), (2, "validation", rows[16:18]), (3, "train", rows[:16])]:
    print("split of 20, seed 7,", name, Stream(7, 1, part, 0).shuffled(chosen))
print("text offsets below 64, seed 42, epochs 0 to 5", [Stream(42, 10, epoch, 0).below(64) for epoch in range(6)])
