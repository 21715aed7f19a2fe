"""The most floating-point operations a second that one core reaches: fused multiply-adds on registers alone."""

from collections.abc import Callable

import numpy as np
from numba import njit

from core.kernels.lanes import BYTES, broadcast, fma, total

CHAINS = 7  # independent sums: enough to hide the latency of 256-bit units, and few enough to stay in 16 registers
TURNS = 10_000_000


@njit(nogil=True)
def multiply_add(one, turns):
    """A number that depends on turns × CHAINS fused multiply-adds of whole lanes."""
    factor, term = broadcast(one), broadcast(one - one)
    a = b = c = d = e = f = g = factor
    for _ in range(turns):
        a, b, c, d = fma(a, factor, term), fma(b, factor, term), fma(c, factor, term), fma(d, factor, term)
        e, f, g = fma(e, factor, term), fma(f, factor, term), fma(g, factor, term)
    return total(a) + total(b) + total(c) + total(d) + total(e) + total(f) + total(g)


def peak(precision: str) -> Callable[[], float]:
    """A run of some hundredths of a second that returns how many floating-point operations it does."""
    one = np.dtype(precision).type(1)
    multiply_add(one, 1)  # compiles

    def run() -> float:
        multiply_add(one, TURNS)
        return 2.0 * TURNS * CHAINS * BYTES / one.itemsize

    return run
