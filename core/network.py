"""A feed-forward network as a value: widths, one flat theta, the activations and the output unit.

Notation (the lecture's): n observations; widths (n_0, …, n_L); W^[l] (n_{l-1}, n_l), b^[l] (n_l,);
Z^[l] = A^[l-1] W^[l] + b^[l] and A^[l] = f(Z^[l]), both (n, n_l), A^[0] = X. L counts the layers with weights.
theta (P,) is W^[1] row by row, b^[1], W^[2], …, b^[L], then one slope for each hidden layer of `prelu`.
An ensemble of R networks is a theta of (R, P): everything that returns (n, …) then returns (R, n, …).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core import checks
from core.activations import PRELU, PRELU_START, codes
from core.costs import OUTPUTS, mean_over, pair_code
from core.kernels import entries
from core.kernels.propagation import SLACK, Plan, columns, space, zeros


class Propagation(NamedTuple):
    """Z[l - 1] is Z^[l] for l = 1..L; A[l] is A^[l] for l = 0..L: A[0] = X and A[L] = ŷ. Each (n, n_l)."""

    Z: tuple[np.ndarray, ...]
    A: tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class Network:
    """A network, or an ensemble of networks of one architecture.

    widths      (n_0, …, n_L), each at least 1
    theta       (P,) or (R, P); copied and read-only; float32 stays float32, everything else becomes float64
    activation  identity sigmoid tanh relu leaky_relu absolute prelu elu gelu softplus: one, or one per hidden layer
    output      identity, sigmoid or softmax

    Raises ValueError, naming the value and what was needed.
    """

    widths: tuple[int, ...]
    theta: np.ndarray = field(repr=False)
    activation: str | tuple[str, ...] = "relu"
    output: str = "identity"

    def __post_init__(self) -> None:
        widths = checks.widths_of(self.widths)
        activation = self.activation if isinstance(self.activation, str) else tuple(self.activation)
        if self.output not in OUTPUTS:
            raise ValueError(f"output is {self.output!r}; it must be one of {', '.join(OUTPUTS)}")
        theta = checks.parameters(self.theta, parameter_count(widths, activation), widths)
        for name, value in (("widths", widths), ("activation", activation), ("theta", theta)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_layers(
        cls,
        layers: Sequence[tuple[ArrayLike, ArrayLike]],
        activation: str | tuple[str, ...] = "relu",
        output: str = "identity",
    ) -> "Network":
        """The network of [(W^[1], b^[1]), …], shapes (n_{l-1}, n_l) and (n_l,). Slopes of prelu start at 0.25."""
        if len(layers) == 0:
            raise ValueError("layers is empty; at least one pair (W, b) is needed")
        pairs = [(np.asarray(W), np.asarray(b)) for W, b in layers]
        n_inputs = pairs[0][0].shape[0] if pairs[0][0].ndim == 2 else "n_0"
        for l, (W, b) in enumerate(pairs, start=1):
            if b.ndim != 1 or W.shape != (n_inputs, b.size):
                needed = f"({n_inputs}, n_{l}) and (n_{l},)"
                raise ValueError(f"layer {l} has W {W.shape} and b {b.shape}; needed are {needed}")
            n_inputs = b.size
        widths = (pairs[0][0].shape[0], *(b.size for _, b in pairs))
        slopes = np.full(n_slopes(widths, activation), PRELU_START)
        parts = [part.ravel() for pair in pairs for part in pair]
        precision = np.float32 if all(part.dtype == np.float32 for part in parts) else np.float64
        return cls(widths, np.concatenate([*parts, slopes], dtype=precision), activation, output)

    @property
    def depth(self) -> int:
        """L, the number of layers with weights; hidden layers are L - 1."""
        return len(self.widths) - 1

    @property
    def n_parameters(self) -> int:
        """P, the entries of theta of one network."""
        return int(self.theta.shape[-1])

    def layers(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """[(W^[1], b^[1]), …], views into theta: (…, n_{l-1}, n_l) and (…, n_l), with a leading R for an ensemble."""
        return layers_in(self.theta, self.widths)

    def __getitem__(self, index: int | slice | np.ndarray) -> "Network":
        """Network `index` of an ensemble, or a smaller ensemble."""
        if self.theta.ndim == 1:
            raise TypeError("this is one network; only an ensemble (theta of shape (R, P)) can be indexed")
        return replace(self, theta=self.theta[index])

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """ŷ, (n, n_L), from X (n, n_0); (R, n, n_L) for an ensemble, whose X may be (R, n, n_0)."""
        data = checks.inputs(X, self.theta, self.widths[0])
        return self._each(lambda theta, X: self._outputs(theta, X), data)

    def forward(self, X: np.ndarray) -> Propagation:
        """Z and A of every layer; see Propagation."""
        data = checks.inputs(X, self.theta, self.widths[0])
        starts = np.cumsum((0, *self.widths))
        both = self._each(lambda theta, X: self._propagated(theta, X).swapaxes(1, 2), data)
        Z, A = np.moveaxis(both, -3, 0)
        rows = [slice(start, stop) for start, stop in pairwise(starts)]
        return Propagation(tuple(Z[..., row] for row in rows[1:]), tuple(A[..., row] for row in rows))

    def gradient(self, X: np.ndarray, y: np.ndarray, cost: str) -> tuple[float | np.ndarray, np.ndarray]:
        """(J, dJ/dtheta): a float and (P,); (R,) and (R, P) for an ensemble. Shapes of X and y as in core.train.

        Raises ValueError on a cost that does not go with the output, on shapes, and where there is no observation.
        """
        plan = self.plan(cost)
        inputs = checks.inputs(X, self.theta, self.widths[0])
        targets = checks.targets(y, inputs, self.theta, self.widths[-1], self.output)
        if inputs.shape[-2] == 0:
            raise ValueError("X has 0 observations; a mean needs at least 1")
        n, P = inputs.shape[-2], self.n_parameters
        m = columns(self.widths, n, inputs.itemsize)
        order, work = np.arange(n, dtype=np.int32)[np.newaxis], space(self.widths, P, m, inputs.dtype)
        thetas = np.atleast_2d(self.theta)
        costs, gradient, state = np.zeros(len(thetas)), np.zeros_like(thetas), zeros(5, P + SLACK, thetas.dtype)
        for r, theta in enumerate(thetas):
            X_r, Y_r = checks.member(inputs, r), checks.member(targets, r)
            state[0, :P] = theta
            entries.train(state, P, 0, plan, entries.NONE, X_r, Y_r, order, n, 0.0, 0.0, costs[r : r + 1], work, m)
            gradient[r] = state[2, :P]
        return (float(costs[0]), gradient[0]) if self.theta.ndim == 1 else (costs, gradient)

    def plan(self, cost: str) -> Plan:
        """What the kernels need to know of this network and a cost."""
        pair = pair_code(self.output, cost)
        widths = np.array(self.widths, dtype=np.int64)
        return Plan(widths, codes(self.activation, self.depth - 1), pair, mean_over(pair, self.widths[-1]))

    def _each(self, function: Callable[[np.ndarray, np.ndarray], np.ndarray], X: np.ndarray) -> np.ndarray:
        """function(theta, X) of the network, or of every network of the ensemble, stacked."""
        if self.theta.ndim == 1:
            return function(self.theta, X)
        return np.stack([function(theta, checks.member(X, r)) for r, theta in enumerate(self.theta)])

    def _outputs(self, theta: np.ndarray, X: np.ndarray) -> np.ndarray:
        """ŷ (n, n_L) of one network."""
        values = np.empty((X.shape[0], self.widths[-1]), theta.dtype)
        for rows, (_, A) in self._blocks(theta, X):
            values[rows] = A[-self.widths[-1] :].T
        return values

    def _propagated(self, theta: np.ndarray, X: np.ndarray) -> np.ndarray:
        """Z and A of one network, (2, n_0 + … + n_L, n)."""
        both = np.empty((2, sum(self.widths), X.shape[0]), theta.dtype)
        for rows, values in self._blocks(theta, X):
            both[:, :, rows] = values
        return both

    def _blocks(self, theta: np.ndarray, X: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Rows of X, few enough to stay in the cache, and a view of their Z and A: (2, n_0 + … + n_L, rows)."""
        n, rows = X.shape[0], sum(self.widths) + len(self.widths)
        m = columns(self.widths, n, theta.itemsize)
        work, order = space(self.widths, theta.size, m, theta.dtype), np.arange(n, dtype=np.int32)
        plan = self.plan("mse")  # any cost: only the shape and the activations are read
        units = np.delete(np.arange(rows), np.cumsum(np.add(self.widths, 1)) - 1)  # without the rows of ones
        for start in range(0, n, m):
            block = order[start : start + m]
            entries.predict(checks.writeable(theta), plan, OUTPUTS.index(self.output), X, block, work, m)
            yield slice(start, start + block.size), work[: 2 * rows * m].reshape(2, rows, m)[:, units, : block.size]


def layers_in(theta: np.ndarray, widths: Sequence[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """As Network.layers, of a theta and widths."""
    views, start, leading = [], 0, theta.shape[:-1]
    for p, q in pairwise(widths):
        W = theta[..., start : start + p * q].reshape(*leading, p, q)
        views.append((W, theta[..., start + p * q : start + p * q + q]))
        start += p * q + q
    return views


def parameter_count(widths: Sequence[int], activation: str | tuple[str, ...] = "relu") -> int:
    """P: weights, biases, and one slope for each hidden layer of prelu."""
    weights = sum(p * q + q for p, q in pairwise(widths))
    return weights + n_slopes(widths, activation)


def n_slopes(widths: Sequence[int], activation: str | tuple[str, ...]) -> int:
    """How many hidden layers learn their slope."""
    return int((codes(activation, len(widths) - 2) == PRELU).sum())
