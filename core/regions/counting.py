"""How many regions there are."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from core.network import Network
from core.regions.cells import Terms, cells
from core.regions.layers import SNAP, layers_of, limits_of
from core.regions.walks import Asked


@dataclass(frozen=True)
class RegionCount:
    """Activation regions and linear regions; see core.regions."""

    activation: int
    linear: int


def count(net: Network, box: ArrayLike, *, snap: float = SNAP) -> RegionCount:
    """The regions of a network with one or two inputs on a box (n_0, 2) of lower and upper limits.

    A pre-activation of at most `snap` times the sum of its absolute terms is zero. Counts that hold at 0, 1e-13 and
    1e-10 alike do not hang on rounding. Memory grows with the cells that may be one linear region with a neighbour,
    which are few or none in a network without dead or duplicated units; not with the others.

    Raises ValueError on an ensemble, three or more inputs, a smooth activation, and a box that is empty or not finite.
    """
    limits = limits_of(box, net.widths[0])
    found = cells(layers_of(net, limits, snap), Asked(), Terms())
    return RegionCount(activation=found.n_cells, linear=found.n_linear)
