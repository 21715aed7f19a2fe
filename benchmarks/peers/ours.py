"""whydeep's own engine. It draws the order of the batches itself, within what is timed: the peers are given theirs."""

from collections.abc import Callable

import numpy as np

import core
from benchmarks.networks import Pairs
from benchmarks.workloads import Problem


def training(problem: Problem) -> Callable[[], np.ndarray]:
    w = problem.workload
    network = core.Network(w.widths, problem.theta, w.activation, w.output)

    def run() -> np.ndarray:
        return core.train(
            network, problem.X, problem.Y, cost=w.cost, optimizer=w.optimizer, learning_rate=w.learning_rate,
            batch_size=w.batch, epochs=problem.epochs,
        ).cost  # fmt: skip

    return run


def regions(pairs: Pairs, times: int, threads: int = 1) -> Callable[[], int]:
    """A run that counts the activation regions on [-1, 1]^n_0 so many times, and returns their number."""
    network, box = core.Network.from_layers(pairs), [[-1, 1]] * len(pairs[0][0])

    def run() -> int:
        for _ in range(times):
            found = core.regions.count(network, box, threads=threads)
        return found.activation

    return run


def partition(pairs: Pairs) -> Callable[[], int]:
    """A run that keeps the regions, and returns their number."""
    network, box = core.Network.from_layers(pairs), [[-1, 1]] * len(pairs[0][0])
    return lambda: len(core.regions.partition(network, box).region)
