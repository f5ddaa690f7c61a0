"""Checks a result of dropout against its definition in docs/language.md, in NumPy.

dropout_mask.py X.npy Y.npy SEED SITE RATE
"""

import sys

import numpy


def philox(counter, key):
    """The first word of Philox4x32-10; arrays of uint64 that hold 32-bit words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    low = numpy.uint64(0xFFFFFFFF)
    for _ in range(10):
        first, second = c0 * numpy.uint64(0xD2511F53), c2 * numpy.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (
            second >> numpy.uint64(32) ^ c1 ^ numpy.uint64(k0),
            second & low,
            first >> numpy.uint64(32) ^ c3 ^ numpy.uint64(k1),
            first & low,
        )
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c0


def dropout(x, rate, site, seed):
    number = numpy.arange(x.size, dtype=numpy.uint64).reshape(x.shape)
    columns = numpy.uint64(x.shape[-1])
    site = numpy.full(x.shape, site, numpy.uint64)
    word = philox((number % columns, number // columns, site, site * numpy.uint64(0)), (seed % 2**32, seed >> 32))
    rate = numpy.float32(rate)
    u = (word >> numpy.uint64(8)).astype(numpy.float32) / numpy.float32(2**24)
    return numpy.where(u < rate, 0, x / (1 - rate))


x, y = numpy.load(sys.argv[1]), numpy.load(sys.argv[2])
seed, site, rate = int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
expected = dropout(x, rate, site, seed)
assert ((expected == 0) == (y == 0)).all(), "another mask"
assert abs(expected - y).max() <= 1e-6 * abs(expected).max(), abs(expected - y).max()
kept = (y != 0).mean()
deviation = (rate * (1 - rate) / y.size) ** 0.5
assert abs(kept - (1 - rate)) < 5 * deviation, kept
print(f"as defined, {y.size} elements")
