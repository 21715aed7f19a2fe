"""How many regions there are."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from core.network import Network
from core.regions.cells import SNAP, cells, linear_regions
from core.regions.slices import Slice


@dataclass(frozen=True)
class RegionCount:
    """Activation regions and linear regions; see core.regions."""

    activation: int
    linear: int


def count(net: Network, box: ArrayLike, *, slice: Slice | None = None, snap: float = SNAP) -> RegionCount:
    """The regions of a network with one or two inputs on a box (n_0, 2) of lower and upper limits.

    With a slice, those of its line or plane through the inputs; the box (d, 2) is then in the slice's coordinates.
    A pre-activation of at most `snap` times the sum of its absolute terms is zero. Counts that hold at 0, 1e-13 and
    1e-10 alike do not hang on rounding. Memory grows with the cells that may be one linear region with a neighbour,
    which are few or none in a network without dead or duplicated units; not with the others.

    Raises ValueError on an ensemble, three or more inputs, a smooth activation, and a box that is empty or not finite.
    """
    some = cells(slice.of(net) if slice else net, box, every=False, snap=snap)
    kept = len(some.offsets) - 1
    regions = int(linear_regions(some).max(initial=-1)) + 1
    return RegionCount(activation=some.n_cells, linear=some.n_cells - kept + regions)
