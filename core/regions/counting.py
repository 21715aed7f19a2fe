"""How many regions there are."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from numba import config
from numpy.typing import ArrayLike

from core.network import Network
from core.regions.cells import Cells, cells
from core.regions.layers import SNAP, layers_of
from core.regions.lines import Swept, line_of, sweep
from core.regions.rooms import Asked
from core.regions.slices import Slice
from core.regions.space import census
from core.regions.terms import Terms


@dataclass(frozen=True)
class RegionCount:
    """Activation regions and linear regions; see core.regions.

    `maps`: how many affine maps Z^[L] is made of, if that was asked for; regions apart may share one.

    `certain`: rounding has chosen no sign and no equality of maps. A unit is called on, off or cutting by its largest
    and its smallest value on a cell. Neither may be nearer to 0 than 1e-12 of the sum of absolute terms and what the
    vertices may be off, unless it is taken for 0 and for a reason: the unit has no weights, is one with that of an edge
    that meets there, or all lines that meet there have no constant term, or weights and box have so few binary digits
    that nothing was rounded. Nor may the maps of neighbours differ by 1e-12 to 1e-10 of the same sum. In the plane many
    units get their sign for many cells at once, from bounds that leave 1e-6 to spare; a vertex that is off by more is a
    doubt. In three and more dimensions, and with `maps`, values below 1e-12 of that sum and ten times the snap are
    doubted, but for the same reasons, for which they are 0 whatever the snap; facets take the place of edges.
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
    threads: int = 1,
    max_regions: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Any:
    """The RegionCount of a network on a box (n_0, 2) of lower and upper limits; a list of them, for an ensemble.

    With a slice, those of its line, plane or flat through the inputs; the box (d, 2) is then in the slice's
    coordinates. `maps`: distinct affine maps too. Regions during training:

        nets = replace(fit.network, theta=fit.snapshots)  # of dataclasses; an ensemble, a network for each snapshot
        [n.linear for n in core.regions.count(nets, box)]

    A pre-activation of at most `snap` times the sum of its absolute terms is zero. Counts that hold at 0, 1e-13 and
    1e-10 alike do not hang on rounding. Memory does not grow with the regions, unless maps are asked for: kept are a
    stack and those cells and facets across which the map may go on, which are few or none in a network without dead or
    duplicated units, and in the plane the edges between what was met and what was not, but for those that surely are
    kinks. Up to 128 MB stay with the process, so that the next network of two inputs and these widths need not ask for
    them again.

    `threads` share one network of two inputs, unless maps are asked for, with the same result for any number;
    networks of an ensemble share as many as NUMBA_NUM_THREADS says, with one each. `progress` is called with the number
    of activation regions so far, of all networks together, some times a second or more; what it raises ends the count.

    Raises ValueError on more than 16 inputs, a smooth activation, a box that is empty or not finite, where a network
    has more than `max_regions` activation regions or, with two inputs, more than 2^24 - 2 hidden units, and where, with
    three inputs or more or `maps`, `snap` is so far below rounding that a cell has more corners than there can be.
    """
    net = slice.of(net) if slice else net
    terms = Terms(threads, max_regions, progress)
    if net.theta.ndim == 1:
        return _counted(net, box, snap, maps, terms)
    watch = _Watch(progress)
    with ThreadPoolExecutor(min(len(net.theta), config.NUMBA_NUM_THREADS)) as pool:
        each = [
            pool.submit(_counted, net[r], box, snap, maps, Terms(1, max_regions, watch.of(r)))
            for r in range(len(net.theta))
        ]
        try:
            return [future.result() for future in each]
        except BaseException:
            watch.stop.set()  # the other threads end at their next look
            raise


def _counted(net: Network, box: ArrayLike, snap: float, maps: bool, terms: Terms) -> RegionCount:
    """The regions of one network."""
    if net.widths[0] > 2 or maps:
        return RegionCount(*census(net, box, snap, maps, terms))
    if net.widths[0] == 1:
        found: Swept | Cells = sweep(line_of(net, box, snap), terms)
    else:
        found = cells(layers_of(net, box, snap), Asked(), terms)
    return RegionCount(found.n_cells, found.n_linear, certain=found.certain)


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
