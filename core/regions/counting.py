"""How many regions there are."""

from collections.abc import Callable
from dataclasses import dataclass

from numpy.typing import ArrayLike

from core.network import Network
from core.regions.cells import Terms, cells
from core.regions.layers import SNAP, layers_of
from core.regions.walks import Asked


@dataclass(frozen=True)
class RegionCount:
    """Activation regions and linear regions; see core.regions.

    `certain`: rounding has chosen no sign and no equality of maps. A unit is called on, off or cutting by its largest
    and its smallest value on a cell. Neither may be nearer to 0 than 1e-12 of the sum of absolute terms and what the
    vertices may be off, unless it is 0 for a reason: the unit has no weights, or it is one with the unit of an edge
    that meets there, or all lines that meet there have no constant term, or weights and box have so few binary digits
    that nothing was rounded. Nor may the maps of neighbours differ by 1e-12 to 1e-10 of the same sum.
    """

    activation: int
    linear: int
    certain: bool = True


def count(
    net: Network, box: ArrayLike, *, snap: float = SNAP, threads: int = 1, max_regions: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> RegionCount:  # fmt: skip
    """The regions of a network with one or two inputs on a box (n_0, 2) of lower and upper limits.

    A pre-activation of at most `snap` times the sum of its absolute terms is zero. Counts that hold at 0, 1e-13 and
    1e-10 alike do not hang on rounding. Memory does not grow with the regions: kept are a stack, the edges between the
    regions that were met and those that were not, and pairs of neighbours of one map, which are few or none in a
    network without dead or duplicated units. The result is the same for any number of `threads`. `progress` is called
    with the number of activation regions that were met so far, some times a second or more.

    Raises ValueError on an ensemble, three or more inputs, a smooth activation, a box that is empty or not finite, and
    as soon as more than `max_regions` activation regions were met.
    """
    terms = Terms(threads, max_regions, progress)
    found = cells(layers_of(net, box, snap), Asked(), terms)
    return RegionCount(activation=found.n_cells, linear=found.n_linear, certain=found.doubtful == 0)
