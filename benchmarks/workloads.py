"""What is trained: one description of each workload, from which we and every peer get the same numbers.

A workload more is a line in TRAINING. Nothing here knows a library: the descriptions travel to the peers' processes.
"""

from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

import numpy as np

OUTPUTS = {"mse": "identity", "binary_cross_entropy": "sigmoid", "cross_entropy": "softmax"}  # cost: output unit


@dataclass(frozen=True)
class Workload:
    """A network, how it is trained, and on how many observations.

    observations are whole batches, so that no peer needs a second step for the rest; networks that are trained side by
    side share one full batch. data: uniform (inputs in [-1, 1], targets by a formula) or digits (scikit-learn's).
    """

    name: str
    widths: tuple[int, ...]
    activation: str
    cost: str
    optimizer: str
    learning_rate: float
    batch: int
    observations: int
    networks: int = 1
    data: str = "uniform"

    def __post_init__(self) -> None:
        if self.observations % self.batch:
            raise ValueError(f"{self.name}: observations is {self.observations}; whole batches of {self.batch} needed")
        if self.networks > 1 and self.batch < self.observations:
            raise ValueError(f"{self.name}: batch is {self.batch}; several networks need all {self.observations}")

    @property
    def output(self) -> str:
        return OUTPUTS[self.cost]

    @property
    def title(self) -> str:
        """Widths, activation, and what is trained side by side: 64-[32]×10-10 relu, batch 32."""
        runs = [(width, len(list(run))) for width, run in groupby(self.widths)]
        widths = "-".join(f"[{width}]×{n}" if n > 2 else "-".join([str(width)] * n) for width, n in runs)
        several = f"{self.networks} × " if self.networks > 1 else ""
        return f"{several}{widths} {self.activation}, batch {self.batch}"

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return self.observations // self.batch

    @property
    def flops(self) -> int:
        """Floating-point operations of a step's matrix products: Z, dW, and dA of every layer but the first.

        Each takes a product and a sum for every weight and observation; dA^[0] is not needed.
        """
        weights = [p * q for p, q in pairwise(self.widths)]
        return self.networks * self.batch * (6 * sum(weights) - 2 * weights[0])


def _regression(name: str, widths: tuple[int, ...], activation: str, batch: int, observations: int) -> Workload:
    return Workload(name, widths, activation, "mse", "adam", 1e-3, batch, observations)


TRAINING = [
    Workload("a4", (2, 8, 1), "tanh", "binary_cross_entropy", "gd", 0.1, batch=4, observations=4),
    Workload("a256", (2, 8, 1), "tanh", "binary_cross_entropy", "gd", 0.1, batch=256, observations=256),
    _regression("b", (1, 64, 1), "relu", batch=32, observations=256),
    _regression("c", (1, *[16] * 6, 1), "relu", batch=64, observations=256),
    _regression("d", (1, 1024, 1), "sigmoid", batch=256, observations=256),
    Workload("e", (64, 64, 64, 10), "relu", "cross_entropy", "adam", 1e-3, 32, 1792, data="digits"),
    Workload("f", (784, 256, 256, 10), "relu", "cross_entropy", "momentum", 1e-2, batch=128, observations=9984),
    Workload("g", (2, 16, 16, 1), "tanh", "binary_cross_entropy", "gd", 0.1, 200, 200, networks=64),
    Workload("h", (64, *[32] * 10, 10), "relu", "cross_entropy", "adam", 1e-3, 32, 1792, data="digits"),
]

_BASE = Workload("base", (16, 64, 64, 1), "relu", "mse", "adam", 1e-3, batch=64, observations=64)
GROWTH = {  # what grows: {its size: workload}
    "width": {w: replace(_BASE, name=f"width {w}", widths=(16, w, w, 1)) for w in (8, 16, 32, 64, 128, 256, 512, 1024)},
    "depth": {L: replace(_BASE, name=f"depth {L}", widths=(16, *[64] * (L - 1), 1)) for L in (1, 2, 4, 8, 16, 32)},
    "batch": {n: replace(_BASE, name=f"batch {n}", batch=n, observations=n) for n in (1, 4, 16, 64, 256, 1024, 4096)},
    "networks": {R: replace(_BASE, name=f"networks {R}", networks=R) for R in (1, 4, 16, 64, 256, 1024)},
}


@dataclass(frozen=True, eq=False)
class Problem:
    """What every peer starts from. order holds the observations of each epoch in sequence, batch after batch."""

    workload: Workload
    epochs: int
    X: np.ndarray  # (n, n_0)
    Y: np.ndarray  # (n, n_L), one-hot for classes
    theta: np.ndarray  # (P,), or (R, P) for R networks
    order: np.ndarray  # (epochs, n); of no use with one batch

    @property
    def batches(self) -> np.ndarray:
        """The observations of every step, (steps, batch)."""
        return self.order.reshape(-1, self.workload.batch)


def layers(flat: np.ndarray, widths: tuple[int, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    """[(W^[1], b^[1]), …], views into theta or its gradient, (…, P): (…, n_{l-1}, n_l) and (…, n_l)."""
    views, start = [], 0
    for p, q in pairwise(widths):
        W, b = flat[..., start : start + p * q], flat[..., start + p * q : start + p * q + q]
        views.append((W.reshape(*flat.shape[:-1], p, q), b))
        start += p * q + q
    return views


def problem(workload: Workload, precision: str, epochs: int) -> Problem:
    """The numbers of a workload in float32 or float64: data, He-normal weights, and the order core.train draws."""
    import core  # here, since a peer's process reads this file too, and it has to start with its own library alone
    from core.training import batch_order

    seeds: Any = range(workload.networks) if workload.networks > 1 else 0
    network = core.initialize(workload.widths, "he", seeds, workload.activation, workload.output)
    X, Y = _data(workload, core.streams.stream(0, "benchmark", workload.data))
    n, steps = workload.observations, workload.steps
    order = batch_order(core.streams.stream(0, "batches"), epochs if steps > 1 else 0, n)
    return Problem(workload, epochs, X.astype(precision), Y.astype(precision), network.theta.astype(precision), order)


def _data(workload: Workload, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """X (n, n_0) and Y (n, n_L)."""
    n, n_outputs = workload.observations, workload.widths[-1]
    if workload.data == "digits":
        from sklearn.datasets import load_digits

        X, y = load_digits(return_X_y=True)
        return X[:n] / 16, np.eye(10)[y[:n]]
    X = rng.uniform(-1, 1, (n, workload.widths[0]))
    if workload.output == "softmax":
        return X, np.eye(n_outputs)[np.argmax(X[:, :n_outputs], axis=1)]
    if workload.output == "sigmoid":
        return X, (np.prod(X, axis=1, keepdims=True) > 0).astype(float)
    return X, np.sin(np.pi * X.sum(axis=1, keepdims=True))
