"""The cells of a network on a box, in front of the kernels: what they need, what they return, what is refused.

One input is treated as two, the second of which the network does not read: cells are then upright rectangles.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.activations import LEAKY_SLOPE
from core.kernels import regions as kernels
from core.network import Network
from core.streams import stream

SLOPES = {"identity": 1.0, "relu": 0.0, "leaky_relu": LEAKY_SLOPE, "absolute": -1.0}  # prelu: each layer its own

#: Relative to the sum of absolute terms of a pre-activation. Rounding, also of a vertex, is some 1e-15 of it.
SNAP = 1e-13
#: Relative to the same sum for Z^[L]: maps that agree to this are one map. A sum of some thousand rounded terms.
SAME_MAP = 1e-11
#: Relative to the box's side: what two cells must share of an edge to be neighbours. Vertices are not as far off.
SHARED_EDGE = 1e-12

STEP = 1 << 16  # frames between two returns to Python, where a key press is heard


@dataclass(frozen=True, eq=False)
class Cells:
    """Some or all cells of a network on a box.

    n_cells   how many there are
    points    (n_vertices, 2), counter-clockwise within each cell
    offsets   (kept + 1,): cell i has points[offsets[i] : offsets[i + 1]]
    cuts      (n_vertices,): signed number of the cut that made the edge leaving the vertex, 0 on the box
    maps      (kept, 4, n_L): a, b, c of Z^[L] = a x + b y + c, and the sum of absolute terms
    on        (kept, hidden units), or (kept, 0)
    reach, sides   (2,): largest |x|, |y| and the lengths of the box
    """

    n_cells: int
    points: np.ndarray
    offsets: np.ndarray
    cuts: np.ndarray
    maps: np.ndarray
    on: np.ndarray
    reach: np.ndarray
    sides: np.ndarray


def cells(net: Network, box: ArrayLike, every: bool, snap: float) -> Cells:
    """Every cell, or those that may be one linear region with a neighbour: all others are only counted.

    Raises ValueError on an ensemble, more than two inputs, a smooth activation and a box that is none.
    """
    slopes, kinked = _sides_of_kinks(net)
    limits = _limits(box, net.widths[0])
    if not (np.isfinite(snap) and snap >= 0):
        raise ValueError(f"snap is {snap}; it must be at least 0 and finite")
    layers = _layers(net, slopes, kinked, limits, snap)
    work, stack = _start(layers, limits)
    n_hidden = int(layers.widths[1:-1].sum())
    buffer = _buffer(net.widths[-1], n_hidden, every)
    kept = []
    state = kernels.PAUSED
    while state != kernels.DONE:
        state = kernels.walk(layers, work, stack, buffer, every, STEP)
        if state == kernels.STACK_FULL:
            stack = kernels.Stack(kernels.Polygon(*map(_doubled, stack.polygons)), *map(_doubled, stack[1:]))
        if state in (kernels.CELLS_FULL, kernels.DONE):
            kept.append(_emptied(buffer, work.tally))
    points, cuts, sizes, maps, on = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    return Cells(int(work.tally[kernels.COUNTED]), points, offsets, cuts, maps, on, layers.reach, layers.sides)


def linear_regions(some: Cells) -> np.ndarray:
    """The linear region of each cell that is kept, (kept,): labels 0, 1, … in the order of their first cells."""
    start = np.arange(len(some.cuts))
    stop = start + 1
    stop[some.offsets[1:] - 1] = some.offsets[:-1]  # the last edge closes the polygon
    inner = np.flatnonzero(some.cuts)
    cuts = some.cuts[inner]
    axis = np.abs(cuts) % 2
    ends = some.points[start[inner], axis], some.points[stop[inner], axis]
    low, high = np.minimum(*ends), np.maximum(*ends)
    owner = np.repeat(np.arange(len(some.offsets) - 1), np.diff(some.offsets))[inner]
    order = np.lexsort((low, cuts < 0, np.abs(cuts)))
    parents = np.arange(len(some.offsets) - 1)
    kernels.merge(
        cuts[order], low[order], high[order], owner[order], SHARED_EDGE * some.sides, some.maps, some.reach, SAME_MAP,
        parents,
    )  # fmt: skip
    while (parents != parents[parents]).any():
        parents = parents[parents]
    return np.unique(parents, return_inverse=True)[1].astype(np.int64)


def _sides_of_kinks(net: Network) -> tuple[np.ndarray, np.ndarray]:
    """Slope of the negative side and whether there is a kink, for each hidden layer: (L - 1,) each."""
    if net.theta.ndim == 2:
        raise ValueError(
            f"the network is an ensemble of {len(net.theta)} networks; regions are those of one network: net[0] …"
        )
    if net.widths[0] > 2:
        raise ValueError(f"the network has {net.widths[0]} inputs; regions are counted for 1 or 2")
    hidden = net.depth - 1
    names = (net.activation,) * hidden if isinstance(net.activation, str) else net.activation
    learnt = iter(net.theta[net.n_parameters - names.count("prelu") :])
    slopes = np.ones(hidden)
    for l, name in enumerate(names, start=1):
        if name != "prelu" and name not in SLOPES:
            raise ValueError(f"hidden layer {l} is {name}, which is not piecewise linear; "
                             f"regions need one of {', '.join(SLOPES)}, prelu")  # fmt: skip
        slopes[l - 1] = next(learnt) if name == "prelu" else SLOPES[name]
    return slopes, np.array([name != "identity" for name in names], dtype=bool)


def _limits(box: ArrayLike, n_inputs: int) -> np.ndarray:
    """Lower and upper limits, (2, 2); the second input of a network of one goes from 0 to 1."""
    limits = np.asarray(box, dtype=np.float64)
    if limits.shape != (n_inputs, 2):
        raise ValueError(f"box has shape {limits.shape}; this network needs ({n_inputs}, 2), "
                         "the lower and the upper limit of each")  # fmt: skip
    if not np.isfinite(limits).all():
        raise ValueError(f"box is {limits.tolist()}; its limits must be finite")
    for i, (low, high) in enumerate(limits, start=1):
        if not low < high:
            raise ValueError(f"box goes from {low} to {high} along input {i}; the lower limit must be below the upper")
    return limits if n_inputs == 2 else np.concatenate([limits, [[0.0, 1.0]]])


def _layers(net: Network, slopes: np.ndarray, kinked: np.ndarray, limits: np.ndarray, snap: float) -> kernels.Layers:
    """The network as the kernels know it."""
    pairs = [(W.astype(np.float64), b.astype(np.float64)) for W, b in net.layers()]
    if net.widths[0] == 1:
        W, b = pairs[0]
        pairs[0] = np.concatenate([W, np.zeros_like(W)]), b
    reach = np.abs(limits).max(axis=1)
    _refuse_overflow(pairs, slopes, reach)
    last = pairs[-1][0]
    widths = np.array([2, *net.widths[1:]], dtype=np.int64)
    return kernels.Layers(
        widths=widths,
        rows=np.cumsum([0, *widths[:-1]]),
        weights=np.cumsum([0, 0, *(widths[:-1] * widths[1:])[:-1]]),
        W=np.concatenate([W.ravel() for W, _ in pairs]),
        transposed=np.concatenate([W.T.ravel() for W, _ in pairs]),
        largest=np.array([0, *(np.abs(W).max() for W, _ in pairs)]),
        b=np.concatenate([np.zeros(2), *(b for _, b in pairs)]),
        slopes=np.concatenate([[1], slopes]),
        kinked=np.concatenate([[False], kinked]),
        readout=last @ stream(0, "read-out").uniform(1, 2, last.shape[1]),
        reach=reach,
        sides=np.diff(limits)[:, 0],
        snap=float(snap),
    )


def _refuse_overflow(pairs: list[tuple[np.ndarray, np.ndarray]], slopes: np.ndarray, reach: np.ndarray) -> None:
    """Raises where a pre-activation on the box could be too large for double precision."""
    size = reach
    with np.errstate(over="ignore", invalid="ignore"):
        for (W, b), slope in zip(pairs, [*slopes, 0.0], strict=True):
            size = (np.abs(W).T @ size + np.abs(b)) * max(1.0, abs(slope))
    if not np.isfinite(size).all():
        raise ValueError(f"weights up to {max(np.abs(W).max() for W, _ in pairs)} on a box that reaches "
                         f"{reach.max()} may overflow double precision")  # fmt: skip


def _emptied(buffer: kernels.Cells, tally: np.ndarray) -> tuple[np.ndarray, ...]:
    """Copies of the points, cuts, sizes, maps and patterns in the buffer, which is free again."""
    n, n_points = tally[[kernels.KEPT, kernels.KEPT_POINTS]]
    tally[[kernels.KEPT, kernels.KEPT_POINTS]] = 0
    points = np.stack([buffer.polygons.x[:n_points], buffer.polygons.y[:n_points]], axis=1)
    rest = (buffer.sizes[:n], buffer.maps[:n], buffer.on[:n])
    return points, buffer.polygons.cut[:n_points].copy(), *(part.copy() for part in rest)


def _doubled(array: np.ndarray) -> np.ndarray:
    return np.concatenate([array, np.zeros_like(array)])


def _polygon(capacity: int) -> kernels.Polygon:
    x, y = np.zeros((2, capacity))
    cut, unit = np.zeros((2, capacity), dtype=np.int64)
    return kernels.Polygon(x, y, cut, unit)


def _start(layers: kernels.Layers, limits: np.ndarray) -> tuple[kernels.Work, kernels.Stack]:
    """The whole box on the stack, before the first layer."""
    rows, widest = int(layers.widths.sum()), int(layers.widths.max())
    most = rows + 8  # every cut adds a vertex at most
    x, y, zeros = np.zeros(rows), np.zeros(rows), [np.zeros(rows) for _ in range(4)]
    x[0] = y[1] = 1  # the inputs' maps
    c, terms, gain, effect = zeros
    gain[:2] = 1
    work = kernels.Work(
        np.zeros(7, dtype=np.int64), x, y, c, terms, gain, np.zeros(rows, dtype=bool), effect,
        np.zeros(layers.widths.size), _polygon(most), np.zeros(most), np.zeros(widest, dtype=np.int64),
    )  # fmt: skip
    capacity = 4 * (most + widest)
    stack = kernels.Stack(
        _polygon(capacity), np.zeros(capacity, dtype=np.int64), np.zeros((capacity, 4), dtype=np.int64)
    )
    (x0, x1), (y0, y1) = limits
    stack.polygons.x[:4] = x0, x1, x1, x0
    stack.polygons.y[:4] = y0, y0, y1, y1
    stack.polygons.unit[:4] = kernels.BOX
    stack.frames[0] = 0, -1, 4, 0
    work.tally[kernels.FRAMES], work.tally[kernels.POINTS] = 1, 4
    return work, stack


def _buffer(n_outputs: int, n_hidden: int, every: bool) -> kernels.Cells:
    """Room for some thousand cells."""
    n = 4096
    n_points = 6 * n + n_hidden + 8
    return kernels.Cells(
        polygons=_polygon(n_points),
        sizes=np.zeros(n, dtype=np.int64),
        maps=np.zeros((n, 4, n_outputs)),
        on=np.zeros((n, n_hidden if every else 0), dtype=bool),
    )
