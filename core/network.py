"""A feed-forward network as a value: widths, one flat theta, the activations and the output unit.

Notation (the lecture's): n observations; widths (n_0, …, n_L); W^[l] (n_{l-1}, n_l), b^[l] (n_l,);
Z^[l] = A^[l-1] W^[l] + b^[l] and A^[l] = f(Z^[l]), both (n, n_l), A^[0] = X. L counts the layers with weights.
theta (P,) is W^[1] row by row, b^[1], W^[2], …, b^[L], then one slope for each hidden layer of `prelu`.
An ensemble of R networks is a theta of (R, P): everything that returns (n, …) then returns (R, n, …).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core import checks
from core.activations import PRELU, PRELU_START, codes
from core.costs import OUTPUTS, mean_over, pair_code
from core.kernels import entries
from core.kernels.propagation import Plan, padded

BLOCK = 1024  # observations that are propagated at once, so that a wide layer stays in the cache


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
        views, start, leading = [], 0, self.theta.shape[:-1]
        for p, q in pairwise(self.widths):
            W = self.theta[..., start : start + p * q].reshape(*leading, p, q)
            views.append((W, self.theta[..., start + p * q : start + p * q + q]))
            start += p * q + q
        return views

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
        gradient = np.zeros_like(self.theta)
        costs = [
            entries.evaluate(checks.writeable(theta), plan, checks.member(inputs, r), checks.member(targets, r), row)
            for r, (theta, row) in enumerate(zip(np.atleast_2d(self.theta), np.atleast_2d(gradient), strict=True))
        ]
        return costs[0] if self.theta.ndim == 1 else np.array(costs), gradient

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
        """ŷ (n, n_L) of one network, block by block."""
        n, n_outputs = X.shape[0], self.widths[-1]
        values = np.empty((n, n_outputs), theta.dtype)
        for start in range(0, n, BLOCK):
            _, A = self._propagated(theta, X[start : start + BLOCK])
            values[start : start + BLOCK] = A[-n_outputs:].T
        return values

    def _propagated(self, theta: np.ndarray, X: np.ndarray) -> np.ndarray:
        """Z and A of one network, (2, n_0 + … + n_L, n)."""
        n, m = X.shape[0], padded(X.shape[0], X.itemsize)
        both = np.zeros((2, sum(self.widths), m), theta.dtype)
        Z, A = both.reshape(2, -1)
        plan = self.plan("mse")  # any cost: only the shape and the activations are read
        entries.predict(checks.writeable(theta), plan, OUTPUTS.index(self.output), X, Z, A, m)
        return both[:, :, :n]


def parameter_count(widths: Sequence[int], activation: str | tuple[str, ...] = "relu") -> int:
    """P: weights, biases, and one slope for each hidden layer of prelu."""
    weights = sum(p * q + q for p, q in pairwise(widths))
    return weights + n_slopes(widths, activation)


def n_slopes(widths: Sequence[int], activation: str | tuple[str, ...]) -> int:
    """How many hidden layers learn their slope."""
    return int((codes(activation, len(widths) - 2) == PRELU).sum())
