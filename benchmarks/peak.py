"""The most floating-point operations a second that one core reaches: fused multiply-adds on registers alone."""

from collections.abc import Callable

import numpy as np
from numba import njit

from core.kernels.lanes import BYTES, Variable, fma, loop, traced

CHAINS = 12  # independent sums: they hide the latency of the units, and 16 registers hold them
TURNS = 5_000_000


@traced
def multiply_add(x, factor, turns):
    """x <- the sum of CHAINS vectors that start at x and are multiplied and added to so many times."""
    sums = [Variable(x[0]) for _ in range(CHAINS)]
    with loop(0, turns):
        for each in sums:
            each.set(fma(each.get(), x[0].like(factor), x[0]))
    total = sums[0].get()
    for each in sums[1:]:
        total = total + each.get()
    x[0] = total


@njit(nogil=True)
def multiply_adds(x, factor, turns):
    multiply_add(x, factor, turns)


def peak(precision: str) -> Callable[[], float]:
    """A run of some hundredths of a second that returns how many floating-point operations it does."""
    x = np.zeros(BYTES // np.dtype(precision).itemsize, precision)
    multiply_adds(x, 0.5, 1)  # compiles

    def run() -> float:
        multiply_adds(x, 0.5, TURNS)
        return 2.0 * TURNS * CHAINS * x.size

    return run
