"""How many regions there are."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from numba import config
from numpy.typing import ArrayLike

from core.checks import integer
from core.network import Network
from core.regions.cells import SNAP, cells, linear_regions
from core.regions.slices import Slice
from core.regions.space import census


@dataclass(frozen=True)
class RegionCount:
    """Activation regions and linear regions; see core.regions.

    maps     how many affine maps Z^[L] is made of, if that was asked for: regions apart may share one
    certain  False where rounding may have chosen a sign: a value is below ten times the snap and has no reason to be
             zero. Reasons are that it is 0 to the last bit, that the unit is zero along a facet that meets there, and
             that the vertex is the origin and the unit has no constant term
    """

    activation: int
    linear: int
    maps: int | None = None
    certain: bool = True


def count(
    net: Network,
    box: ArrayLike,
    *,
    slice: Slice | None = None,
    snap: float = SNAP,
    maps: bool = False,
    max_regions: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Any:
    """The RegionCount of a network on a box (n_0, 2) of lower and upper limits; a list of them, for an ensemble.

    With a slice, those of its line, plane or flat through the inputs; the box (d, 2) is then in the slice's
    coordinates. `maps`: distinct affine maps too. Regions during training:

        nets = replace(fit.network, theta=fit.snapshots)  # of dataclasses; an ensemble, a network for each snapshot
        [n.linear for n in core.regions.count(nets, box)]

    A pre-activation of at most `snap` times the sum of its absolute terms is zero. Counts that hold at 0, 1e-13 and
    1e-10 alike do not hang on rounding. Memory grows with the cells that may be one linear region with a neighbour,
    which are few or none in a network without dead or duplicated units; not with the others, unless maps are asked for.

    `progress` is called with the number of activation regions so far, of all networks together, every now and then;
    what it raises ends the count. Networks of an ensemble share as many threads as NUMBA_NUM_THREADS says.

    Raises ValueError on more than 16 inputs, a smooth activation, a box that is empty or not finite, and where a
    network has more than `max_regions` activation regions.
    """
    net = slice.of(net) if slice else net
    if max_regions is not None:
        integer("max_regions", max_regions, at_least=1)
    if net.theta.ndim == 1:
        return _counted(net, box, snap, maps, max_regions, progress)
    watch = _Watch(progress)
    with ThreadPoolExecutor(min(len(net.theta), config.NUMBA_NUM_THREADS)) as pool:
        each = [pool.submit(_counted, net[r], box, snap, maps, max_regions, watch.of(r)) for r in range(len(net.theta))]
        try:
            return [future.result() for future in each]
        except BaseException:
            watch.stop.set()  # the other threads end at their next look
            raise


def _counted(
    net: Network,
    box: ArrayLike,
    snap: float,
    maps: bool,
    max_regions: int | None,
    progress: Callable[[int], object] | None,
) -> RegionCount:
    """The regions of one network."""
    if net.widths[0] > 2 or maps or max_regions or progress:
        return RegionCount(*census(net, box, snap, maps, max_regions, progress))
    some = cells(net, box, every=False, snap=snap)
    kept = len(some.offsets) - 1
    regions = int(linear_regions(some).max(initial=-1)) + 1
    return RegionCount(activation=some.n_cells, linear=some.n_cells - kept + regions)


class _Watch:
    """The progress of several counts as one, and their common end."""

    def __init__(self, progress: Callable[[int], object] | None) -> None:
        self.progress, self.lock, self.stop = progress, threading.Lock(), threading.Event()
        self.found: dict[int, int] = {}

    def of(self, r: int) -> Callable[[int], object]:
        """What the count of network r calls."""

        def look(found: int) -> None:
            if self.stop.is_set():
                raise InterruptedError("another count has failed")
            with self.lock:
                self.found[r] = found
                if self.progress:
                    self.progress(sum(self.found.values()))

        return look
