"""What the walk through cells in space knows and keeps, as arrays, and the names of places and states in them."""

from typing import NamedTuple

import numpy as np

from core.kernels.space.polytopes import Cut, Polytopes

DONE, PAUSED, STACK_FULL, CELL_FULL, FACETS_FULL, KEPT_FULL, MET = range(7)
COUNTED, FRAMES, POINTS, PENDING, KEPT, KEPT_FACETS, DOUBTS = range(7)  # places in Work.tally
BOX, SEVERAL = -1, -2  # instead of a unit: a facet of the box; SEVERAL - unit, where others are zero along it too
ZERO, ABOVE, BELOW = range(3)  # signs, as places in Layers.keys


class Layers(NamedTuple):
    """The network; rows of one flat axis are units, layer after layer, the inputs first."""

    widths: np.ndarray  # (L + 1,), int64
    rows: np.ndarray  # (L + 1,), int64: where the units of each layer begin
    weights: np.ndarray  # (L + 1,), int64: where W^[l] begins; weights[0] is not read
    W: np.ndarray  # W^[1], W^[2], …, each row-major
    largest: np.ndarray  # (L + 1,): the largest |weight| of each layer; largest[0] is not read
    b: np.ndarray  # (rows,); 0 for the inputs
    slopes: np.ndarray  # (L,): slope of the negative side of each layer; slopes[0] is not read
    kinked: np.ndarray  # (L,), bool; a layer without a kink is the identity
    readout: np.ndarray  # (n_(L-1),): a generic combination of the columns of W^[L]
    reach: np.ndarray  # (d,): largest |x_i| in the box
    keys: np.ndarray  # (rows, 3), uint64
    exact: np.ndarray  # (rows,): sums of absolute terms up to which a unit's map has not been rounded
    snap: float
    doubt: float  # of the sum of absolute terms: a value below needs a reason to be zero


class Facets(NamedTuple):
    """What is known of a cell's facets: of one cell, or of many with a leading axis."""

    used: np.ndarray  # (…, words), uint64: the slots that are taken
    unit: np.ndarray  # (…, slots), int64: the first unit that is zero along the facet, SEVERAL less it, or BOX
    key: np.ndarray  # (…, slots), uint64: the facet's name, but for that of the cell


class Work(NamedTuple):
    """The cell at hand, and what is known of its units."""

    tally: np.ndarray  # (7,), int64
    a: np.ndarray  # (rows, d): z = a x + c
    c: np.ndarray  # (rows,)
    terms: np.ndarray  # (rows,): the sum of absolute terms of z over the box
    gain: np.ndarray  # (rows,): df/dz, and 0 for a unit that is zero
    sign: np.ndarray  # (rows,), int64: ZERO, ABOVE or BELOW
    effect: np.ndarray  # (rows,): of a unit's activation on the read-out
    nothing: np.ndarray  # (L + 1,): effects of a layer that may be rounding
    pending: np.ndarray  # (widest,), int64: units that may cut
    cell: Polytopes
    facets: Facets
    cut: Cut
    shared: np.ndarray  # (slots, words), uint64


class Stack(NamedTuple):
    """Halves that wait."""

    cells: Polytopes
    facets: Facets
    pending: np.ndarray  # (capacity,), int64
    frames: np.ndarray  # (frames, 4), int64: layer, unit that cut it off or -1, number of points, of pending units


class Kept(NamedTuple):
    """Cells that are kept, and their facets across which the map may go on."""

    maps: np.ndarray  # (cells, d + 2, n_L): a and c of Z^[L], and the sum of absolute terms
    key: np.ndarray  # (facets,), uint64
    owner: np.ndarray  # (facets,), int64
