"""Gradient-based learning: one network or an ensemble, the whole loop compiled. Slide: Gradient-based learning.

Networks of an ensemble never meet: each has its own seed, learning rate and, where given, data, and ends with the same
bits as if it had been trained alone, on any number of threads. Threads: as many as NUMBA_NUM_THREADS says (all by
default).
"""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numba import config

from core import checks
from core.kernels import entries, propagation
from core.kernels.optimizers import OPTIMIZERS
from core.network import Network
from core.streams import stream

CALL_WORK = 1e9  # multiplications in one call of the kernel, some 0.1 s: between calls Ctrl-C is heard
CALL_ORDER = 2**22  # entries of the batch order drawn at once: 48 MiB, with the numbers behind it


@dataclass(frozen=True, eq=False)
class Fit:
    """What training leaves.

    network    with the parameters after the last epoch; of a run that diverged, the last finite ones
    cost       (epochs,) or (R, epochs): the mean over an epoch's steps of J before each step, with the l2 penalty;
               NaN from the epoch in which the run diverged
    snapshots  theta after the epochs asked for, in that order: (S, P) or (R, S, P)
    diverged   whether the cost or theta left the finite numbers: bool, or (R,)
    """

    network: Network
    cost: np.ndarray
    snapshots: np.ndarray
    diverged: bool | np.ndarray


def train(
    network: Network,
    X: np.ndarray,
    y: np.ndarray,
    *,
    cost: str,
    learning_rate: float | np.ndarray,
    epochs: int,
    optimizer: str = "gd",
    batch_size: int | None = None,
    seed: int | np.ndarray = 0,
    l2: float = 0.0,
    snapshots: Iterable[int] = (),
) -> Fit:
    """Minimise J, plus l2 / 2 times the squared weights, from network.theta.

    X (n, n_0) and y (n, n_L), shared by an ensemble or given per network as (R, n, …); y may be (n,) where n_L = 1, and
    integer labels where the output is softmax. cost: mse, binary_cross_entropy (output sigmoid) or cross_entropy
    (softmax). optimizer: gd, momentum (0.9) or adam (0.9, 0.999, 1e-8). batch_size: observations per step, in an order
    drawn anew for each epoch from stream(seed, "batches"); None is all of them, the lecture's gradient descent.
    learning_rate and seed: one number, or one per network. snapshots: epochs (0 is the start) at which theta is kept.

    A run that diverges does not raise; see Fit. Raises ValueError on arguments out of range.
    """
    run = _checked(network, X, y, cost, optimizer, learning_rate, epochs, batch_size, seed, l2, snapshots)
    networks, stop = iter(range(run.theta.shape[0])), threading.Event()
    n_threads = min(run.theta.shape[0], config.NUMBA_NUM_THREADS)
    if n_threads == 1:
        run.finish(networks, stop)
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            try:
                for thread in [pool.submit(run.finish, networks, stop) for _ in range(n_threads)]:
                    thread.result()
            except BaseException:
                stop.set()  # the other threads stop at their next call
                raise
    if network.theta.ndim == 1:
        return Fit(replace(network, theta=run.theta[0]), run.cost[0], run.kept[0], bool(run.diverged[0]))
    return Fit(replace(network, theta=run.theta), run.cost, run.kept, run.diverged)


@dataclass(frozen=True, eq=False)
class _Run:
    """Checked arguments, and the arrays that training fills.

    Shapes: theta (R, P), cost (R, epochs), kept (R, S, P), diverged (R,).
    """

    network: Network
    X: np.ndarray
    Y: np.ndarray
    cost_name: str
    optimizer: int
    learning_rate: np.ndarray
    batch: int
    seed: np.ndarray
    l2: float
    snapshots: tuple[int, ...]
    theta: np.ndarray
    cost: np.ndarray
    kept: np.ndarray
    diverged: np.ndarray

    def finish(self, networks: Iterator[int], stop: threading.Event) -> None:
        """Train network after network, in one work space, until there is none left."""
        P, itemsize, widths = self.theta.shape[1], self.theta.itemsize, self.network.widths
        plan, m = self.network.plan(self.cost_name), propagation.columns(widths, self.batch, itemsize)
        work, n = propagation.space(widths, P, m, self.theta.dtype), self.X.shape[-2]
        state = propagation.zeros(5, P + propagation.SLACK, self.theta.dtype)
        in_order = np.arange(n, dtype=np.int32)[np.newaxis]
        for r in networks:
            X, Y, theta, start = checks.member(self.X, r), checks.member(self.Y, r), self.theta[r], 0
            state[:] = 0
            state[0, :P] = theta
            rng = stream(int(self.seed[r]), "batches") if self.batch < n else None
            self._keep(r, 0)
            for end in self._calls(n):
                if not (self.diverged[r] or stop.is_set()):
                    order = in_order if rng is None else batch_order(rng, end - start, n)
                    steps_before = start * -(-n // self.batch)
                    self.diverged[r] = not entries.train(
                        state, P, steps_before, plan, self.optimizer, X, Y, order, self.batch,
                        self.learning_rate[r], self.l2, self.cost[r, start:end], work, m,
                    )  # fmt: skip
                    theta[:] = state[0, :P]
                self._keep(r, end)
                start = end

    def _calls(self, n: int) -> list[int]:
        """The epochs at which a call of the kernel ends: every snapshot, and often enough in between."""
        epochs = self.cost.shape[1]
        longest = max(1, min(int(CALL_WORK / (3 * n * self.theta.shape[1])), CALL_ORDER // n))
        return sorted({*range(longest, epochs, longest), *self.snapshots, epochs} - {0})

    def _keep(self, r: int, epoch: int) -> None:
        for s, kept in enumerate(self.snapshots):
            if kept == epoch:
                self.kept[r, s] = self.theta[r]


def batch_order(rng: np.random.Generator, epochs: int, n: int) -> np.ndarray:
    """The order of the observations in each epoch, (epochs, n). Drawn row by row: calls may be cut anywhere."""
    order = np.empty((epochs, n), dtype=np.int32)
    entries.shuffle(rng.random((epochs, n)), order)
    return order


def _checked(
    network: Network,
    X: np.ndarray,
    y: np.ndarray,
    cost: str,
    optimizer: str,
    learning_rate: float | np.ndarray,
    epochs: int,
    batch_size: int | None,
    seed: int | np.ndarray,
    l2: float,
    snapshots: Iterable[int],
) -> _Run:
    """Arguments of `train` as kernels need them; raises ValueError with the name, the value and what is allowed."""
    theta = np.atleast_2d(network.theta).copy()
    n_networks = theta.shape[0]
    network.plan(cost)
    inputs = checks.inputs(X, network.theta, network.widths[0])
    n = inputs.shape[-2]
    if n == 0:
        raise ValueError("X has 0 observations; training needs at least 1")
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer is {optimizer!r}; it must be one of {', '.join(OPTIMIZERS)}")
    checks.integer("epochs", epochs, at_least=0)
    if batch_size is not None:
        checks.integer("batch_size", batch_size, at_least=1)
    kept_epochs = tuple(checks.integer("snapshots", epoch, at_least=0, at_most=epochs) for epoch in snapshots)
    seeds = checks.per_network("seed", seed, n_networks)
    for each in seeds:
        checks.integer("seed", each, at_least=0)
    rates = checks.per_network("learning_rate", learning_rate, n_networks).astype(np.float64)
    if not (np.isfinite(rates) & (rates > 0)).all():
        raise ValueError(f"learning_rate is {learning_rate}; it must be above 0 and finite")
    if not (np.isfinite(l2) and l2 >= 0):
        raise ValueError(f"l2 is {l2}; it must be at least 0 and finite")
    return _Run(
        network=network,
        X=inputs,
        Y=checks.targets(y, inputs, network.theta, network.widths[-1], network.output),
        cost_name=cost,
        optimizer=list(OPTIMIZERS).index(optimizer),
        learning_rate=rates,
        batch=min(batch_size or n, n),
        seed=seeds,
        l2=float(l2),
        snapshots=kept_epochs,
        theta=theta,
        cost=np.full((n_networks, epochs), np.nan),
        kept=np.zeros((n_networks, len(kept_epochs), theta.shape[1]), theta.dtype),
        diverged=np.zeros(n_networks, dtype=bool),
    )
