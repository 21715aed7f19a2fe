"""Regioncam (Rust): float32. It does not count without keeping every region, and every vertex with all its values."""

from collections.abc import Callable
from typing import Any

import numpy as np
import regioncam

from benchmarks.networks import Pairs


def regions(pairs: Pairs, times: int) -> Callable[[], int]:
    """A run that finds the regions on [-1, 1] or its square so many times, and returns their number."""
    single = [(W.astype(np.float32), b.astype(np.float32)) for W, b in pairs]

    def run() -> int:
        for _ in range(times):
            found = _found(single)
        return found.num_edges if len(pairs[0][0]) == 1 else found.num_faces

    return run


def partition(pairs: Pairs) -> Callable[[], int]:
    """A run that keeps the regions, and returns their number."""
    return regions(pairs, 1)


def _found(pairs: Pairs) -> Any:
    if len(pairs[0][0]) == 1:  # a line through two points reaches as far as its size, on both sides together
        found = regioncam.Regioncam1D.through_points(np.array([[-1], [1]], dtype=np.float32), size=2.0)
    else:
        found = regioncam.Regioncam(size=1.0)
    for place, (W, b) in enumerate(pairs, start=1):
        found.add(regioncam.nn.Linear(W, b))
        if place < len(pairs):
            found.add(regioncam.nn.ReLU())
    return found
