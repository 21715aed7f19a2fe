"""Output units and cost functions: the cost J and its gradient dJ/dZ at the last layer.

Each allowed pair of output and cost is one function, because the gradient of the pair is simpler and safer than the
chain of the two: sigmoid with binary cross-entropy gives a - y, softmax with cross-entropy likewise.

`mse` and `binary_cross_entropy` are means over observations and outputs (many books sum over outputs, or halve the
square); `cross_entropy` is a mean over observations. Slides: Output units; Cross-entropy. The slide's softmax has
e^-z; this is the usual e^z.

Kernels below see Z, Y, dZ and loss as flat (n_L, m) arrays, observations fastest, and read all m columns; column i
costs J the sum of loss[:, i] (before the mean is taken).
"""

from typing import Any

import numpy as np

from core.kernels import elementary
from core.kernels.jit import by_code, inlined, jit


@inlined
def identity_mse(z, y):
    """(loss, dloss/dz) of one output."""
    return (z - y) * (z - y), 2 * (z - y)


@inlined
def sigmoid_mse(z, y):
    """(loss, dloss/dz) of one output."""
    a = elementary.sigmoid(z)
    return (a - y) * (a - y), 2 * (a - y) * a * (1 - a)


@inlined
def sigmoid_binary_cross_entropy(z, y):
    """(loss, dloss/dz) of one output: -y ln a - (1 - y) ln(1 - a) = softplus(z) - y z, finite for every finite z.

    softplus(z) is taken as softplus(-|z|) + max(z, 0), so that a loss near 0 keeps its digits where y is 0 or 1.
    """
    positive = 0.0 if z < 0 else z
    return elementary.softplus(-abs(z)) + (positive - y * z), elementary.sigmoid(z) - y


def _each(unit: Any) -> Any:
    """A cost that treats every output on its own."""

    @jit
    def cost(Z, Y, dZ, loss, n_outputs, m):
        # two loops, since LLVM vectorises each, but not one that writes both
        for i in range(n_outputs * m):
            loss[i] = unit(Z[i], Y[i])[0]
        for i in range(n_outputs * m):
            dZ[i] = unit(Z[i], Y[i])[1]

    return cost


@jit
def softmax(Z, A, n_outputs, m):
    """A[k] <- e^Z[k] / sum_j e^Z[j] by columns; the largest Z of a column is subtracted first, so nothing overflows."""
    for i in range(m):
        largest = Z[i]
        for k in range(n_outputs):
            largest = Z[k * m + i] if Z[k * m + i] > largest else largest
        norm = 0.0
        for k in range(n_outputs):
            A[k * m + i] = elementary.exp(Z[k * m + i] - largest)
            norm += A[k * m + i]
        for k in range(n_outputs):
            A[k * m + i] /= norm


@jit
def softmax_mse(Z, Y, dZ, loss, n_outputs, m):
    """Squared error of softmax outputs; softmax is not element-wise, so dZ takes its whole Jacobian."""
    softmax(Z, dZ, n_outputs, m)
    for i in range(m):
        shared = 0.0
        for k in range(n_outputs):
            error = dZ[k * m + i] - Y[k * m + i]
            loss[k * m + i] = error * error
            shared += error * dZ[k * m + i]
        for k in range(n_outputs):
            dZ[k * m + i] *= 2 * (dZ[k * m + i] - Y[k * m + i] - shared)


@jit
def softmax_cross_entropy(Z, Y, dZ, loss, n_outputs, m):
    """-ln a_k of the observed class k, as ln sum_j e^(Z[j] - Z[k]): finite for every finite Z; dZ = a - y."""
    softmax(Z, dZ, n_outputs, m)
    for i in range(m):
        largest = Z[i]
        for k in range(n_outputs):
            largest = Z[k * m + i] if Z[k * m + i] > largest else largest
        norm = 0.0
        for k in range(n_outputs):
            norm += elementary.exp(Z[k * m + i] - largest)
        log_norm = np.log(norm)
        for k in range(n_outputs):
            loss[k * m + i] = Y[k * m + i] * (log_norm + (largest - Z[k * m + i]))
            dZ[k * m + i] -= Y[k * m + i]


PAIRS = {  # (output, cost): (kernel, is J a mean over outputs too?); kernels know it by its position
    ("identity", "mse"): (_each(identity_mse), True),
    ("sigmoid", "mse"): (_each(sigmoid_mse), True),
    ("sigmoid", "binary_cross_entropy"): (_each(sigmoid_binary_cross_entropy), True),
    ("softmax", "mse"): (softmax_mse, True),
    ("softmax", "cross_entropy"): (softmax_cross_entropy, False),
}
OUTPUTS = ("identity", "sigmoid", "softmax")


@jit
def _identity(Z, A, n_outputs, m):
    A[:] = Z


@jit
def _sigmoid(Z, A, n_outputs, m):
    for i in range(Z.size):
        A[i] = elementary.sigmoid(Z[i])


#: apply_output(code, Z, A, n_outputs, m): A <- the output unit of Z, (n_L, m) flat; code is the position in OUTPUTS
apply_output = by_code([_identity, _sigmoid, softmax])

#: cost_and_slope(code, Z, Y, dZ, loss, n_outputs, m): loss and its derivative, both (n_L, m) flat, before the mean
cost_and_slope = by_code([kernel for kernel, _ in PAIRS.values()])


def pair_code(output: str, cost: str) -> int:
    """Integer code of output × cost; raises ValueError with what is allowed."""
    if (output, cost) not in PAIRS:
        allowed = [pair_cost for pair_output, pair_cost in PAIRS if pair_output == output]
        raise ValueError(f"cost is {cost!r}; with output {output!r} it must be one of {', '.join(allowed)}")
    return list(PAIRS).index((output, cost))


def mean_over(code: int, n_outputs: int) -> int:
    """How many outputs the mean runs over: n_L, or 1 for cross_entropy, a sum over classes."""
    _, per_output = list(PAIRS.values())[code]
    return n_outputs if per_output else 1
