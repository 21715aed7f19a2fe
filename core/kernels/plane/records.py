"""What the walks keep, as records: a function of theirs is given an array of records, or a pointer to one.

A record is a pointer, and fields that are used together lie together. Arrays stand in named tuples by how long they
last: to kernels, each of these is a pointer too.
"""

from typing import Annotated, NamedTuple

import numpy as np

from core.kernels.bundles import record

#: Why a walk stops: the tasks are done, it was told to, or some array is full.
DONE, PAUSED, STACK_FULL, NET_FULL, FORMS_FULL, FACETS_FULL, PAIRS_FULL, KEPT_FULL = range(8)


# A layer: its width, where its units begin among all units (the two inputs first), where W^[l] begins, whether it has a
# kink; the slope of the negative side, and a power of two that all maps are multiples of, or 0.
LAYER = record("width row weights kinked", "slope grain")

# A network on a polygon: how many units it has, the number of columns in a slot, where M begins. In `columns` begin:
# the first column of each layer; whether in each layer all that has no column any more was free of rounding; the unit
# of each column. And where that ends.
NET = record("units padded weights starts sound rows end")

# A vertex, and what made the edge that leaves it; see polygons.
VERTEX = record("tag", "x y")

# A cell, or what is known of it so far: its net and layer, the slots of this layer's maps and of the later layers', how
# often it was cut since the net was made, the unit that has just been turned on or -1, whether its list is still that
# of the whole, whether chords were unsure, and whether it may decide about its edges: all signs of the last hidden
# layer are sure, and its shares not added yet; first cut that is not open in it; where its polygon and its list of
# units begin, and their lengths; how far vertices may be off, in shares of the box.
FRAME = record("net layer own slot splits unit fresh close clean open start size list length", "blur")

# The line of a unit that has cut the cell at hand: where its map is, and the distance between two components of it; the
# grain of its map, 0 if it was rounded, and its size on the box.
LINE = record("place padded", "grain size")

# An end of a chord: the edge on which it lies, which chord it is; how far along the border, in edges, and where.
END = record("edge chord", "place x y")

# The map of the read-out on a cell, or what a unit adds to it.
SUM = record("", "a b c terms")

# A facet that waits for its neighbours: the next one in its list, its cell, its ends along the axis of the cut, and
# the map of the read-out on the cell.
FACET = record("following cell", "low high a b c terms")

# The facets on one side of a cut: the first one, and how many there are.
SIDE = record("first length")

# Where a walk stands, and the box: numbers of layers, of outputs that are asked for, of columns that a layer may have;
# whether it has to be known which units are on, as it always is in net 0, and whether one side of an edge may decide,
# see kinks; cells that were met, and that had been when the task began; frames, cuts, cells and points in use; the task
# and where tasks end; doubtful signs and maps; the first facet that is free again, the first that was never used, how
# many there are of both; pairs. Largest |x| and |y|, lengths of the sides; up to which share of the sum of absolute
# terms a value is 0, and its sign doubtful, and from which on it is sure; how far any vertex so far may be off.
WALK = record(
    "depth outputs widest noted decides counted before frames cuts kept points task end doubtful free unused spare "
    "pairs",
    "reach_x reach_y side_x side_y snap doubt sure blur",
)


Layers = Annotated[np.ndarray, LAYER]
Vertices = Annotated[np.ndarray, VERTEX]
Numbers = Annotated[np.ndarray, np.float64]
Integers = Annotated[np.ndarray, np.int64]


class Plan(NamedTuple):
    """The network, but for its biases: they are in net 0."""

    layers: Layers  # (L + 1,)
    W: Numbers  # W^[1], W^[2], … each in blocks of LANES columns, row by row
    loud: Annotated[np.ndarray, np.bool_]  # (n_(L-1),): the last hidden units that an output surely reads
    paths: Numbers  # (n_1,): where edges may decide, the size of all paths from each first hidden unit to the read-out
    readout: Numbers  # (n_L,): how the outputs are mixed in the column in front of theirs


class Stacks(NamedTuple):
    """What grows with the depth of the walk: each thing lies above those that it was made of."""

    frames: Annotated[np.ndarray, FRAME]  # the cell at hand, on top, and the halves that wait
    polygons: Vertices
    units: Integers  # lists of columns
    nets: Annotated[np.ndarray, NET]
    numbers: Numbers  # weights and slots of the nets
    columns: Integers  # what nets know of their columns


class Work(NamedTuple):
    """What is written and read again at once, but for the first three: they hold for the cell at hand."""

    on: Annotated[np.ndarray, np.bool_]  # (2 + hidden units + 1,); the last one stands for columns without a unit
    lines: Annotated[np.ndarray, LINE]  # (2 + hidden units,)
    exact: Integers  # (L,): whether the maps of a layer are free of rounding
    shares: Numbers
    bounds: Numbers
    corners: Numbers
    adding: Integers
    gains: Numbers
    forms: Numbers
    ranges: Numbers
    symbols: Integers
    ends: Annotated[np.ndarray, END]
    order: Integers
    sums: Annotated[np.ndarray, SUM]
    signs: Integers  # at each vertex, and once more at the first: which units of chords are on there, as bits
    waits: Annotated[np.ndarray, np.bool_]  # for each edge, whether facets wait there
    steps: Numbers  # what each chord's unit adds to a jump where it is on
    found: Numbers  # a vector whose lanes are to be added up
    factors: Numbers  # of the last hidden units, each in its column, what is passed on of their maps


class Edges(NamedTuple):
    """The edges between what was met and what was not, and the neighbours that were found."""

    sides: Annotated[np.ndarray, SIDE]  # (2 cuts,): below a cut, where its unit is off, and above it
    axes: Integers  # (cuts,): along which the places on a cut are told apart
    facets: Annotated[np.ndarray, FACET]
    order: Integers  # room to sort facets
    slopes: Numbers  # room to compare their maps: two numbers each, and four vectors
    pairs: Annotated[np.ndarray, np.int64, 2]  # (n, 3): two cells, and 1 if they have the same map


class Tasks(NamedTuple):
    """Polygons to be walked through one after the other: the cells of the first units of the first layer."""

    polygons: Vertices
    offsets: Integers  # (tasks + 1,)
    on: Annotated[np.ndarray, np.bool_, 2]  # (tasks, known units)
    counts: Integers  # (tasks,): how many cells there are in each, once it is done
    blur: Numbers  # (1,): how far their vertices may be off, in shares of the box


class Kept(NamedTuple):
    """Room for cells that are kept; parts that are not asked for have none."""

    polygons: Vertices
    sizes: Integers  # (cells,): the number of points
    on: Annotated[np.ndarray, np.bool_, 2]  # (cells, hidden units)
    maps: Annotated[np.ndarray, np.float64, 3]  # (cells, 3, n_L): a, b, c of Z^[L]
