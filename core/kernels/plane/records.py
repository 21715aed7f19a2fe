"""What the walks keep, as records: a function of theirs is given an array of records, or a pointer to one.

Numba counts references to arrays in tuples, and copies tuples at every call; neither is cheap beside what is done to a
cell. A record is a pointer, and fields that are used together lie together.
"""

from typing import NamedTuple

import numpy as np


def record(integers: str, floats: str = "") -> np.dtype:
    """A record of 64-bit numbers."""
    return np.dtype([(name, "i8") for name in integers.split()] + [(name, "f8") for name in floats.split()])


# A layer: its width, the next multiple of the lanes, where its units begin among all units (the two inputs first),
# where W^[l] begins, where the slots of its maps begin, the slot that holds for the cell at hand, whether the maps in
# it are free of rounding, whether it has a kink; the slope of the negative side, and a power of two that all maps are
# multiples of, or 0.
LAYER = record("width padded row weights first slot exact kinked", "slope grain")

# A vertex, and what made the edge that leaves it; see polygons.
VERTEX = record("tag", "x y")

# A half that waits: layer, unit that is on in it or -1, slot of the next layer's maps, first cut that is not open in
# it; where its polygon and its list of units begin, and their lengths; how far vertices may be off, in shares of the
# box.
FRAME = record("layer unit slot open start size list length", "blur")

# A facet that waits for its neighbours: the next one in its list, its cell, its ends along the axis of the cut, and
# the map of the read-out on the cell.
FACET = record("following cell", "low high a b c terms")

# The facets of a cut: the first one below and the first one above, and the axis along which they lie.
CUT = record("below above axis")

# Where a walk stands, and the box: numbers of layers, of cells that were met, and that had been when the task began;
# of frames, cuts, cells and points in use; the task and where tasks end; doubtful signs and maps; the first free
# facet and how many there are; pairs. Largest |x| and |y|, lengths of the sides; up to which share of the sum of
# absolute terms a value is 0, and its sign doubtful.
WALK = record(
    "depth counted before frames cuts kept points task end doubtful free room pairs",
    "reach_x reach_y side_x side_y snap doubt",
)


class Tasks(NamedTuple):
    """Polygons to be walked through one after the other: the cells of the first units of the first layer."""

    polygons: np.ndarray  # VERTEX
    offsets: np.ndarray  # (tasks + 1,), int64
    on: np.ndarray  # (tasks, known units), bool
    counts: np.ndarray  # (tasks,), int64: how many cells there are in each, once it is done


class Kept(NamedTuple):
    """Room for cells that are kept; parts that are not asked for have none."""

    polygons: np.ndarray  # VERTEX
    sizes: np.ndarray  # (cells,), int64: the number of points
    on: np.ndarray  # (cells, hidden units), bool
    maps: np.ndarray  # (cells, 3, n_L): a, b, c of Z^[L]
