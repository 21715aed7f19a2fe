"""Output units and cost functions: the cost J and its gradient dJ/dZ at the last layer.

Each allowed pair of output and cost is one function, because the gradient of the pair is simpler and safer than the
chain of the two: sigmoid with binary cross-entropy gives a - y, softmax with cross-entropy likewise.

`mse` and `binary_cross_entropy` are means over observations and outputs (many books sum over outputs, or halve the
square); `cross_entropy` is a mean over observations. Slides: Output units; Cross-entropy. The slide's softmax has
e^-z; this is the usual e^z.

Kernels below see Z, Y and dZ as flat (n_L, m) arrays, observations fastest. `weights` (m,) holds what an observation
counts in the mean J: 1 / (n * mean_over), and 0 in the padding.
"""

from collections.abc import Callable
from typing import Any

from core.kernels import elementary
from core.kernels.lanes import Pointer, Value, Variable, fabs, fma, loop, outlined, switch, totals, traced, where

FACTORS = 64  # their product is at most 2^64: finite in either precision


def identity_mse(z, y):
    """(loss, dloss/dz) of one output, and nothing: see `each`."""
    return (z - y) * (z - y), 2 * (z - y), None


def sigmoid_mse(z, y):
    """(loss, dloss/dz) of one output, and nothing: see `each`."""
    a = elementary.sigmoid(z)
    return (a - y) * (a - y), 2 * (a - y) * a * (1 - a), None


def sigmoid_binary_cross_entropy(z, y):
    """(loss - ln(1 + e), dloss/dz, e) of one output, with e = e^-|z|.

    The loss -y ln a - (1 - y) ln(1 - a) = softplus(z) - y z is finite for every finite z. softplus(z) is taken as
    ln(1 + e) + max(z, 0), so that a loss near 0 keeps its digits where y is 0 or 1.
    """
    e = elementary.exp_negative(-fabs(z))
    return where(z < 0, 0, z) - y * z, where(z < 0, e, 1) / (1 + e) - y, e


def _sum(n: Value, term: Callable[[Value], Value]) -> Value:
    """term(0) + … + term(n - 1), for n >= 1."""
    return _fold(n, term, lambda sum, next: sum + next)


def _fold(n: Value, term: Callable[[Value], Value], join: Callable[[Value, Value], Value]) -> Value:
    result = Variable(term(n * 0))
    with loop(1, n) as k:
        result.set(join(result.get(), term(k)))
    return result.get()


def _softmax(Z: Pointer, A: Pointer, n_outputs: Value, m: Value) -> tuple[Value, Value]:
    """A[k] <- e^Z[k] / sum_j e^Z[j] of one vector of observations; returns (largest Z, sum_j e^(Z[j] - largest)).

    The largest Z is subtracted first, so nothing overflows.
    """
    largest = _fold(n_outputs, lambda k: Z[k * m], lambda a, b: where(b > a, b, a))
    with loop(0, n_outputs) as k:
        A[k * m] = elementary.exp_negative(Z[k * m] - largest)
    norm = _sum(n_outputs, lambda k: A[k * m])
    with loop(0, n_outputs) as k:
        A[k * m] = A[k * m] / norm
    return largest, norm


def each(unit: Any) -> Any:
    """A cost that treats every output on its own: unit(z, y) is (loss, dloss/dz, None), or the loss lacks ln(1 + e).

    A logarithm costs more than all the rest, so there is one of a product of up to FACTORS terms 1 + e, e <= 1. What is
    kept is the product less 1: from (1 + a)(1 + e) = 1 + (a e + a + e) small terms keep their digits.
    """

    def cost(Z, Y, dZ, weights, n_outputs, m):
        nothing, lanes, sum = Z.zeros(), Z.lanes, Variable(Z.zeros())
        with loop(0, n_outputs) as k, loop(0, m, FACTORS * lanes) as start:
            product, row, stop = Variable(nothing), k * m, start + FACTORS * lanes
            with loop(start, where(stop < m, stop, m), lanes) as i:
                loss, slope, e = unit(Z[row + i], Y[row + i])
                dZ[row + i] = slope * weights[i]
                sum.set(fma(loss, weights[i], sum.get()))
                if e is not None:
                    e = where(weights[i] > 0, e, 0)  # not in the padding
                    product.set(fma(product.get(), e, product.get() + e))
            if e is not None:
                sum.set(fma(elementary.log1p(product.get()), weights.splat(0), sum.get()))
        return sum.get()

    return cost


def together(outputs: Any) -> Any:
    """A cost of all outputs of an observation: outputs(Z, Y, dZ, n_outputs, m) sees a vector of observations."""

    def cost(Z, Y, dZ, weights, n_outputs, m):
        sum = Variable(Z.zeros())
        with loop(0, m, Z.lanes) as i:
            loss = outputs(Z + i, Y + i, dZ + i, n_outputs, m)
            sum.set(fma(loss, weights[i], sum.get()))
            with loop(0, n_outputs) as k:
                dZ[k * m + i] = dZ[k * m + i] * weights[i]
        return sum.get()

    return cost


def softmax_mse(Z, Y, dZ, n_outputs, m):
    """Squared error of softmax outputs; softmax is not element-wise, so dZ takes its whole Jacobian."""
    _softmax(Z, dZ, n_outputs, m)
    shared = _sum(n_outputs, lambda k: (dZ[k * m] - Y[k * m]) * dZ[k * m])
    loss = _sum(n_outputs, lambda k: (dZ[k * m] - Y[k * m]) * (dZ[k * m] - Y[k * m]))
    with loop(0, n_outputs) as k:
        dZ[k * m] = 2 * dZ[k * m] * (dZ[k * m] - Y[k * m] - shared)
    return loss


def softmax_cross_entropy(Z, Y, dZ, n_outputs, m):
    """-ln a_k of the observed class k, as ln sum_j e^(Z[j] - Z[k]): finite for every finite Z; dZ = a - y."""
    largest, norm = _softmax(Z, dZ, n_outputs, m)
    log_norm = elementary.log(norm)
    loss = _sum(n_outputs, lambda k: Y[k * m] * (log_norm + (largest - Z[k * m])))
    with loop(0, n_outputs) as k:
        dZ[k * m] = dZ[k * m] - Y[k * m]
    return loss


PAIRS = {  # (output, cost): (kernel, is J a mean over outputs too?); kernels know it by its position
    ("identity", "mse"): (each(identity_mse), True),
    ("sigmoid", "mse"): (each(sigmoid_mse), True),
    ("sigmoid", "binary_cross_entropy"): (each(sigmoid_binary_cross_entropy), True),
    ("softmax", "mse"): (together(softmax_mse), True),
    ("softmax", "cross_entropy"): (together(softmax_cross_entropy), False),
}
OUTPUTS = ("identity", "sigmoid", "softmax")


@traced
def cost_and_slope(code, Z, Y, dZ, weights, n_outputs, m) -> Value:
    """J; dZ <- dJ/dZ. code: position in PAIRS."""
    J = Variable(Z.zeros())

    def case(pair: tuple[str, str]) -> None:
        cost, _ = PAIRS[pair]
        J.set(outlined("_".join(pair), cost, Z, Y, dZ, weights, n_outputs, m))

    switch(code, case, PAIRS)
    return totals([J.get()] * 4)[0]


@traced
def apply_output(code, Z, A, n_outputs, m):
    """A <- the output unit of Z, (n_L, m) flat; code is the position in OUTPUTS."""

    def case(output: str) -> None:
        if output == "softmax":
            with loop(0, m, Z.lanes) as i:
                _softmax(Z + i, A + i, n_outputs, m)
        else:
            with loop(0, n_outputs * m, Z.lanes) as i:
                A[i] = elementary.sigmoid(Z[i]) if output == "sigmoid" else Z[i]

    switch(code, case, OUTPUTS)


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
