"""Forward and backward propagation through one network, over flat arrays.

The values of a whole network stand in flat buffers of rows × m, observations fastest. The rows of layer l start at row
n_0 + … + n_{l-1}: A^[0] = X is at the top, and Z^[l], A^[l], dZ^[l] share one offset (Z^[0], A^[L] and dZ^[0] are never
read). m is n padded to a multiple of the lanes: padded columns repeat the first observation in Z and A, so they are
finite where it is, and hold zeros in dZ.
"""

from typing import NamedTuple

import numpy as np

from core.activations import LEAKY_SLOPE, PRELU, activate, differentiate
from core.costs import cost_and_slope
from core.kernels.jit import jit
from core.kernels.lanes import BYTES
from core.kernels.products import combine, correlate, row_sum


class Plan(NamedTuple):
    """What a kernel needs to know of a network and its cost, besides theta."""

    widths: np.ndarray  # (L + 1,), int64
    codes: np.ndarray  # (L - 1,), int64: position of each hidden activation in ACTIVATIONS
    pair: int  # position of output × cost in PAIRS
    mean_over: int  # outputs that J is a mean over


class Buffers(NamedTuple):
    """Work space for m columns; see the module."""

    Z: np.ndarray  # (rows m,)
    A: np.ndarray  # (rows m,)
    dZ: np.ndarray  # (rows m,)
    Y: np.ndarray  # (n_L m,)
    loss: np.ndarray  # (n_L m,)
    zeros: np.ndarray  # (largest width,)


@jit
def padded(n, itemsize):
    """The number of columns for n observations: the next multiple of the lanes."""
    lanes = BYTES // itemsize
    return (n + lanes - 1) // lanes * lanes


@jit
def buffers(plan, theta, m):
    """Zeroed work space of theta's precision."""
    dtype, size, top = theta.dtype, plan.widths.sum() * m, plan.widths[-1] * m
    return Buffers(
        np.zeros(size, dtype), np.zeros(size, dtype), np.zeros(size, dtype),
        np.zeros(top, dtype), np.zeros(top, dtype), np.zeros(plan.widths.max(), dtype),
    )  # fmt: skip


@jit
def gather(X, order, A, m):
    """A[j, i] <- X[order[i], j], and X[order[0], j] in the padding. Shapes: X (n, p), order (batch,), A (p, m) flat."""
    for j in range(X.shape[1]):
        for i in range(order.size):
            A[j * m + i] = X[order[i], j]
        for i in range(order.size, m):
            A[j * m + i] = X[order[0], j]


@jit
def n_slopes(codes):
    """How many hidden layers learn their slope; the slopes are the last entries of theta."""
    return (codes == PRELU).sum()


@jit
def forward(theta, plan, Z, A, m):
    """For l = 1..L: Z^[l] <- W^[l]' A^[l-1] + b^[l], and A^[l] <- f(Z^[l]) where l < L."""
    L = plan.widths.size - 1
    w, row, s = 0, 0, theta.size - n_slopes(plan.codes)
    for l in range(1, L + 1):
        p, q = plan.widths[l - 1], plan.widths[l]
        W, b = theta[w : w + p * q], theta[w + p * q : w + p * q + q]
        A_previous = A[row * m : (row + p) * m]
        row += p
        Z_l = Z[row * m : (row + q) * m]
        combine(W, q, 1, b, A_previous, Z_l, p, q, m)
        if l < L:
            slope = LEAKY_SLOPE
            if plan.codes[l - 1] == PRELU:
                slope = float(theta[s])
                s += 1
            activate(plan.codes[l - 1], Z_l, A[row * m : (row + q) * m], slope)
        w += p * q + q


@jit
def output_cost(plan, work, m, n):
    """J, the mean over the first n columns; dZ^[L] <- dJ/dZ^[L], zero in the padding."""
    n_outputs = plan.widths[-1]
    top = work.Z.size - n_outputs * m
    dZ = work.dZ[top:]
    cost_and_slope(plan.pair, work.Z[top:], work.Y, dZ, work.loss, n_outputs, m)
    for k in range(n_outputs):
        for i in range(k * m, k * m + n):
            dZ[i] /= n * plan.mean_over
        for i in range(k * m + n, (k + 1) * m):
            dZ[i] = 0
            work.loss[i] = 0
    return row_sum(work.loss, 0, n_outputs * m) / (n * plan.mean_over)


@jit
def slope_gradient(Z, dA):
    """dJ/dslope of a prelu layer: the sum of dA Z over negative Z."""
    total = 0.0
    for i in range(Z.size):
        total += dA[i] * min(Z[i], 0.0)
    return total


@jit
def backward(theta, plan, work, gradient, m):
    """gradient <- dJ/dtheta (P,), from dZ^[L] in the work space.

    For l = L..1: dW^[l] <- A^[l-1] dZ^[l]', db^[l] <- the sum of dZ^[l] over observations (the slide leaves the sum
    out), dA^[l-1] <- W^[l] dZ^[l], dZ^[l-1] <- dA^[l-1] * f'(Z^[l-1]).
    """
    L, n_learnt = plan.widths.size - 1, n_slopes(plan.codes)
    w, s, row = theta.size - n_learnt, theta.size, plan.widths[:L].sum()
    for l in range(L, 0, -1):
        p, q = plan.widths[l - 1], plan.widths[l]
        w -= p * q + q
        dZ_l = work.dZ[row * m : (row + q) * m]
        row -= p
        A_previous = work.A[row * m : (row + p) * m]
        correlate(A_previous, dZ_l, gradient[w : w + p * q], p, q, m)
        for j in range(q):
            gradient[w + p * q + j] = row_sum(dZ_l, j, m)
        if l > 1:
            Z_previous, dA = work.Z[row * m : (row + p) * m], work.dZ[row * m : (row + p) * m]
            combine(theta[w : w + p * q], 1, q, work.zeros, dZ_l, dA, q, p, m)
            slope = LEAKY_SLOPE
            if plan.codes[l - 2] == PRELU:
                s -= 1
                slope = float(theta[s])
                gradient[s] = slope_gradient(Z_previous, dA)
            differentiate(plan.codes[l - 2], Z_previous, A_previous, dA, slope)


@jit
def cost_and_gradient(theta, plan, work, gradient, m, n):
    """J of the n observations in the work space; gradient <- dJ/dtheta."""
    forward(theta, plan, work.Z, work.A, m)
    J = output_cost(plan, work, m, n)
    backward(theta, plan, work, gradient, m)
    return J


@jit
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
