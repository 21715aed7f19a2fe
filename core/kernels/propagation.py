"""Forward and backward propagation through one network, over flat arrays.

The values of a whole network stand in flat buffers of rows × m, observations fastest. Layer l has n_l + 1 rows, from
row (n_0 + 1) + … + (n_{l-1} + 1) on: A^[0] = X is at the top, and Z^[l], A^[l], dZ^[l] share one offset (Z^[0], A^[L]
and dZ^[0] are never read). The last row of A^[l] is ones, the input that the bias weighs: in theta, b^[l] is the row
below W^[l], so that one product does Z = A W + b, and another one dW and db.

m is n padded to whole vectors: padded columns repeat the first observation in Z and A, so they are finite where it is,
and hold zeros in dZ. More observations than fit the cache are propagated in chunks, and their gradients added.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from core.activations import LEAKY_SLOPE, PRELU, activate, differentiate
from core.costs import cost_and_slope
from core.kernels.bundles import CACHE_LINE, on_lines
from core.kernels.jit import inlined
from core.kernels.lanes import BYTES, Value, Variable, at, fill, loop, totals, traced, where
from core.kernels.products import DEPTH, FEW, ROWS, VECTORS, dots, gather, product, transpose

CACHE = 3 * 2**17  # bytes of Z, A and dZ in one chunk: the second-level cache, nearly
NEXT, STACKED = np.int64(1), np.int64(0)  # steps in `product`, which Numba would compile anew for each plain integer
SLACK = VECTORS * BYTES // 4  # numbers that kernels may write behind the end of a gradient


class Plan(NamedTuple):
    """What a kernel needs to know of a network and its cost, besides theta."""

    widths: np.ndarray  # (L + 1,), int64
    codes: np.ndarray  # (L - 1,), int64: position of each hidden activation in ACTIVATIONS
    pair: int  # position of output × cost in PAIRS
    mean_over: int  # outputs that J is a mean over


class Work(NamedTuple):
    """Pointers into the work space for m columns; see the module."""

    Z: Any  # (rows m,)
    A: Any  # (rows m,)
    dZ: Any  # (rows m,)
    Y: Any  # (n_L m,)
    weights: Any  # (m,): what each observation counts in J
    T: Any  # (m (largest width + SLACK),): dZ^[l] of one layer as observations × features
    packed: Any  # (DEPTH (ROWS + m),): see `product`
    part: Any  # (P + SLACK,): the gradient of a chunk
    slopes: Any  # (L - 1,): the gradient of learnt slopes
    m: int
    lanes: int


@inlined
def padded(n, lanes):
    """The columns for n observations: one vector, or a multiple of the panels of `product`."""
    panel = VECTORS * lanes
    return lanes if n <= lanes else (n + panel - 1) // panel * panel


def columns(widths: Sequence[int], n: int, itemsize: int) -> int:
    """m: the columns of a chunk, for n observations at a time.

    As few as fit the cache, but no fewer than the weights of a row: each chunk reads all of them anew.
    """
    rows, weights = sum(widths) + len(widths), sum(p * q for p, q in pairwise(widths))
    most = max(CACHE // (3 * rows * itemsize), weights // rows, 1)
    return int(padded.py_func(min(n, most), BYTES // itemsize))


def space(widths: Sequence[int], P: int, m: int, dtype: Any) -> np.ndarray:
    """Work space for chunks of m columns; `work` divides it."""
    rows = sum(widths) + len(widths)
    per_column = 3 * rows + widths[-1] + 1 + max(widths) + SLACK + DEPTH
    return zeros(1, per_column * m + P + SLACK + len(widths) + DEPTH * ROWS, dtype)[0]


def zeros(n_rows: int, size: int, dtype: Any) -> np.ndarray:
    """Zeros (n_rows, size or more); every row begins at a line of the cache."""
    line = CACHE_LINE // np.dtype(dtype).itemsize
    rows = on_lines(n_rows * -(-size // line) * line, dtype).reshape(n_rows, -1)
    rows[:] = 0
    return rows


@inlined
def work(space, widths, P, m):
    """The parts of a work space."""
    rows, largest = 0, 0
    for width in widths:
        rows += width + 1
        largest = max(largest, width)
    Y = 3 * rows * m
    weights = Y + widths[-1] * m
    T = weights + m
    packed = T + m * (largest + SLACK)
    part = packed + DEPTH * (ROWS + m)
    return Work(
        at(space, 0), at(space, rows * m), at(space, 2 * rows * m), at(space, Y), at(space, weights),
        at(space, T), at(space, packed), at(space, part), at(space, part + P + SLACK), m, BYTES // space.itemsize,
    )  # fmt: skip


@inlined
def n_slopes(codes):
    """How many hidden layers learn their slope; the slopes are the last entries of theta."""
    n = 0
    for code in codes:
        n += code == PRELU
    return n


@inlined
def take(X, Y, order, count, plan, work, m, n):
    """A^[0], Y and weights <- the observations order[:count] of X and Y, some of the n that J is a mean over."""
    gather(X, plan.widths[0], order, count, work.A, m)
    gather(Y, plan.widths[-1], order, count, work.Y, m)
    weigh(work.weights, count, 1 / (n * plan.mean_over), m)


@traced
def weigh(weights, count, weight, m):
    """weights (m,) <- weight for the first `count` columns, 0 in the padding."""
    with loop(0, m) as i:
        weights.put(i, where(i < count, weight, 0))


@inlined
def forward(theta, P, plan, Z, A, packed, m):
    """For l = 1..L: Z^[l] <- W^[l]' A^[l-1] + b^[l], and A^[l] <- f(Z^[l]) where l < L. Returns the first row of L."""
    L = plan.widths.size - 1
    w, row, s = 0, 0, P - n_slopes(plan.codes)
    fill(at(A, plan.widths[0] * m), m, 1)
    for l in range(1, L + 1):
        p, q = plan.widths[l - 1], plan.widths[l]
        A_previous = at(A, row * m)
        row += p + 1
        Z_l, A_l = at(Z, row * m), at(A, row * m)
        product(at(theta, w), NEXT, q, q, p + 1, A_previous, m, m, Z_l, m, packed)
        w += (p + 1) * q
        if l < L:
            slope = LEAKY_SLOPE
            if plan.codes[l - 1] == PRELU:
                slope = float(theta[s])
                s += 1
            activate(plan.codes[l - 1], Z_l, A_l, q * m, slope)
            fill(at(A_l, q * m), m, 1)
    return row


@traced
def slope_gradient(Z, dA, size) -> Value:
    """dJ/dslope of a prelu layer: the sum of dA Z over negative Z."""
    total = Variable(Z.zeros())
    with loop(0, size, Z.lanes) as i:
        total.set(total.get() + where(Z[i] < 0, dA[i] * Z[i], 0))
    return totals([total.get()] * 4)[0]


@inlined
def backward(theta, P, plan, work, row, m, gradient):
    """gradient <- dJ/dtheta (P,), and anything behind it, from dZ^[L], which begins in row `row`.

    For l = L..1: dA^[l-1] <- W^[l] dZ^[l] and dZ^[l-1] <- dA^[l-1] * f'(Z^[l-1]). Then for l = 1..L: dW^[l] <- A^[l-1]
    dZ^[l]' and db^[l] <- the sum of dZ^[l] over observations (the slide leaves the sum out).
    """
    L = plan.widths.size - 1
    n_learnt = n_slopes(plan.codes)
    w, s, below = P - n_learnt, n_learnt, row
    for l in range(L, 1, -1):
        p, q = plan.widths[l - 1], plan.widths[l]
        w -= (p + 1) * q
        dZ_l = at(work.dZ, below * m)
        below -= p + 1
        Z_previous, A_previous, dA = at(work.Z, below * m), at(work.A, below * m), at(work.dZ, below * m)
        product(at(theta, w), q, NEXT, p, q, dZ_l, m, m, dA, m, work.packed)
        slope = LEAKY_SLOPE
        if plan.codes[l - 2] == PRELU:
            s -= 1
            slope = float(theta[P - n_learnt + s])
            work.slopes[s] = slope_gradient(Z_previous, dA, p * m)
        differentiate(plan.codes[l - 2], Z_previous, A_previous, dA, p * m, slope)
    w, row = 0, 0
    for l in range(1, L + 1):
        p, q = plan.widths[l - 1], plan.widths[l]
        A_previous = at(work.A, row * m)
        row += p + 1
        dZ_l = at(work.dZ, row * m)
        if p < FEW:
            dots(dZ_l, q, A_previous, p + 1, m, at(gradient, w), 1, q)
        elif q <= FEW:
            dots(A_previous, p + 1, dZ_l, q, m, at(gradient, w), q, 1)
        else:
            transpose(dZ_l, m, q, work.T)
            product(A_previous, m, NEXT, p + 1, m, work.T, STACKED, q, at(gradient, w), q, work.packed)
        w += (p + 1) * q
    for s in range(n_learnt):
        gradient[w + s] = work.slopes[s]


@inlined
def cost_and_gradient(theta, P, plan, work, gradient, X, Y, order, n, taken):
    """J of the observations order[:n] of X and Y; gradient <- dJ/dtheta, and anything behind it.

    taken: they all fit one chunk, which `take` has filled before.
    """
    J = 0.0
    for start in range(0, n, work.m):
        count = min(work.m, n - start)
        m = padded(count, work.lanes)
        if not taken:
            take(X, Y, at(order, start), count, plan, work, m, n)
        row = forward(theta, P, plan, work.Z, work.A, work.packed, m)
        J += cost_and_slope(
            plan.pair, at(work.Z, row * m), work.Y, at(work.dZ, row * m), work.weights, plan.widths[-1], m
        )
        if start == 0:
            backward(theta, P, plan, work, row, m, gradient)
        else:
            backward(theta, P, plan, work, row, m, work.part)
            add(gradient, work.part, P)
    fill(at(gradient, P), SLACK, 0)
    return J


@traced
def add(total, part, size):
    """total += part, and what follows up to whole vectors."""
    with loop(0, size, total.lanes) as i:
        total[i] = total[i] + part[i]


@inlined
def penalise(theta, plan, l2, gradient):
    """gradient += l2 W for the weights; returns l2 / 2 times the sum of their squares. Biases and slopes are free."""
    w, squares = 0, 0.0
    for l in range(1, plan.widths.size):
        p, q = plan.widths[l - 1], plan.widths[l]
        for i in range(w, w + p * q):
            squares += theta[i] * theta[i]
            gradient[i] += l2 * theta[i]
        w += p * q + q
    return l2 / 2 * squares
