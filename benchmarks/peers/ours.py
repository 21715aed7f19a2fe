"""whydeep's own engine. It draws the order of the batches itself, within what is timed: the peers are given theirs."""

from collections.abc import Callable

import numpy as np

import core
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
