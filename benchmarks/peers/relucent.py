"""Relucent (Python, a linear programme for every facet, by Gurobi): any number of inputs, a process of its own.

It goes from region to region across their facets, among those that meet the box; its last step, which certifies that
none is missing, is left out.
"""

from collections.abc import Callable

import numpy as np
import relucent
from relucent.model.model import LinearLayer, ReLULayer, ReLUNetwork

from benchmarks.networks import Pairs


def regions(pairs: Pairs, times: int) -> Callable[[], int]:
    """A run that finds the regions on [-1, 1]^d so many times, and returns their number."""
    layers: list[LinearLayer | ReLULayer] = []
    for W, b in pairs:
        layers += [LinearLayer(np.ascontiguousarray(W.T), b), ReLULayer()]

    def run() -> int:
        for _ in range(times):
            found = relucent.Complex(ReLUNetwork(layers[:-1]))
            found.bfs(nworkers=1, cube_radius=1.0, cube_mode="intersect", verify=False, verbose=0)
        return len(found)

    return run
