"""All cells of a network of two inputs: shared out among threads, watched, and put together in one order."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import NamedTuple

import numpy as np

from core.kernels.plane import facets as neighbours
from core.kernels.plane.polygons import ROWS, tag_of
from core.kernels.plane.records import VERTEX, Tasks
from core.network import layers_in
from core.regions.layers import Layers, layers_from
from core.regions.piecewise import Piecewise
from core.regions.rooms import Asked
from core.regions.terms import Terms
from core.regions.walks import PARTS, Walk

#: A network of at least ENOUGH hidden units is parted into the cells of PARTING units of the first layer, some dozens;
#: of 12 lines there are 79 at most, which the numbers of cells have room for.
PARTING, ENOUGH = 12, 256
WATCH = 0.1  # seconds between two looks at the threads
NO_PAIRS = np.empty((0, 3), dtype=np.int64)
NO_AXES = np.empty(0, dtype=np.int64)
NOTHING = {name: np.empty(0) for name in PARTS}


class Cells(NamedTuple):
    """The cells of a network on a box, in an order that does not depend on the threads.

    n_cells   how many there are; where nothing is kept of each, all of the next five are empty
    points    (n_vertices, 2), counter-clockwise within each cell, or none
    tags      (n_vertices,): what made the edge that leaves each, see core.kernels.plane.polygons, or none
    sizes     (n_cells,): the number of vertices
    on        (n_cells, hidden units), or (n_cells, 0)
    maps      (n_cells, 3, n_L): a, b, c of Z^[L] = a x + b y + c, or (n_cells, 3, 0)
    counts    (tasks,): how many of them each task has met
    pairs     (n, 3): two neighbours, and 1 where their maps are the same: only those, unless all were asked for; where
              nothing is kept of a cell, its number tells it from others and is not its place
    blur      how far vertices may be off, in shares of the box
    doubtful  how many signs, and how many maps that may be one, rounding may have chosen
    """

    n_cells: int
    points: np.ndarray
    tags: np.ndarray
    sizes: np.ndarray
    on: np.ndarray
    maps: np.ndarray
    counts: np.ndarray
    pairs: np.ndarray
    blur: float
    doubtful: int

    @property
    def offsets(self) -> np.ndarray:
        """(n_cells + 1,): cell i has points[offsets[i] : offsets[i + 1]]."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    @property
    def certain(self) -> bool:
        """Whether rounding has chosen no sign and no equality of maps."""
        return self.doubtful == 0

    def regions(self) -> np.ndarray:
        """The linear region of each cell, (n_cells,): labels 0, 1, … in the order of their first cells."""
        parents = np.arange(self.n_cells)
        if self.pairs[:, 2].any():
            neighbours.unite(self.pairs[self.pairs[:, 2] == 1, :2], parents)
            first = parents == np.arange(self.n_cells)
            parents = (np.cumsum(first) - 1)[parents]
        return parents

    @property
    def n_linear(self) -> int:
        """The number of linear regions."""
        if len(self.pairs) == 0 or not self.pairs[:, 2].any():  # as in most networks
            return self.n_cells
        met, pairs = np.unique(self.pairs[self.pairs[:, 2] == 1, :2], return_inverse=True)
        parents = np.arange(len(met))
        neighbours.unite(pairs.reshape(-1, 2), parents)
        return self.n_cells - len(met) + len(np.unique(parents))


def cells(layers: Layers, asked: Asked, terms: Terms) -> Cells:
    """The cells of a network on a box. Raises ValueError where there are more than max_regions."""
    tasks, axes, doubtful = _tasks(layers)
    walks = [Walk(layers, tasks, axes, asked) for _ in range(min(terms.threads, len(tasks.counts) if tasks else 1))]
    if len(walks) == 1:
        walks[0].begin(0, len(walks[0].tasks.counts))
        while walks[0].go_on():
            terms.look(_met(walks))
    else:
        _share_out(walks, _largest_first(walks[0].tasks), terms)
    n_cells = _met(walks)
    terms.look(n_cells)
    walks[0].finish(walks[1:])
    counts, pairs = walks[0].tasks.counts.copy(), NO_PAIRS
    if met := [pairs for walk in walks for pairs in walk.pairs_met]:
        pairs = np.concatenate(met)
        if asked.cells or asked.neighbours:
            starts, numbers = np.cumsum([0, *counts]), pairs[:, :2]
            places = (numbers & (1 << neighbours.TASK) - 1) >> neighbours.PLACE
            numbers[:] = starts[numbers >> neighbours.TASK] + places
    doubtful += sum(int(walk.record["doubtful"][0]) for walk in walks)
    blur = max(float(walk.record["blur"][0]) for walk in walks)
    for walk in walks:
        walk.room.leave()
    return Cells(n_cells, **_in_order(walks, counts), counts=counts, pairs=pairs, blur=blur, doubtful=doubtful)


def one_cell(layers: Layers, counts: np.ndarray, i: int) -> tuple[np.ndarray, np.ndarray]:
    """Pattern and maps of cell i, for the counts of all cells: only its task is walked."""
    ends = np.cumsum(counts)
    task = int(np.searchsorted(ends, i, side="right"))
    tasks, axes, _ = _tasks(layers)
    walk = Walk(layers, tasks, axes, Asked(patterns=True, maps=True))
    walk.begin(task, task + 1)
    while walk.go_on():
        pass
    walk.room.leave()
    place = i - (ends[task] - counts[task])
    on, maps = (_joined(walk.parts[name])[place] for name in ("on", "maps"))
    return on, maps


def _tasks(layers: Layers) -> tuple[Tasks | None, np.ndarray, int]:
    """What is walked through one after the other or side by side, the axes of the cuts between, and doubtful signs.

    A network with many units is parted along the lines of its first few. Cut 1 + j is the whole line of unit j.
    """
    if layers.shape.widths[1] < PARTING or layers.shape.hidden < ENOUGH:
        return None, NO_AXES, 0
    W, b = (part[..., :PARTING] for part in layers_in(layers.theta, layers.shape.widths)[0])
    theta = np.concatenate([W.ravel(), b, np.zeros(PARTING + 1)])  # nothing is read
    known = Piecewise((2, PARTING, 1), theta, layers.slopes[:1], layers.kinked[:1], layers.limits)
    few = layers_from(known, layers.snap)
    found = cells(few, Asked(points=True, tags=True, patterns=True), Terms())
    row, axis, polygons = np.abs(found.tags) >> 1 & ROWS, found.tags & 1, np.empty(len(found.tags), dtype=VERTEX)
    polygons["x"], polygons["y"] = found.points.T
    polygons["tag"] = np.where(row < 2, found.tags, np.sign(found.tags) * tag_of(row - 1, row, axis))
    sizes = np.abs(W) * np.diff(layers.limits)
    axes = (sizes[0] > sizes[1]).astype(np.int64)
    counts, blur = np.zeros(found.n_cells, dtype=np.int64), np.array([found.blur])
    return Tasks(polygons, found.offsets, found.on, counts, blur), axes, found.doubtful


def _largest_first(tasks: Tasks) -> list[int]:
    """The tasks by area, roughly by their cells: the last ones are short, so that threads end together."""
    points = np.stack([tasks.polygons["x"], tasks.polygons["y"]], axis=1)
    return np.argsort(-areas(points, tasks.offsets)).tolist()


def areas(points: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Of polygons: number i, counter-clockwise, has points[offsets[i] : offsets[i + 1]]."""
    x, y = (points - np.repeat(points[offsets[:-1]], np.diff(offsets), axis=0)).T
    following = next_points(offsets)
    return np.add.reduceat(x * y[following] - x[following] * y, offsets[:-1]) / 2


def next_points(offsets: np.ndarray) -> np.ndarray:
    """The number of the point that follows each, around its polygon."""
    following = np.arange(1, offsets[-1] + 1)
    following[offsets[1:] - 1] = offsets[:-1]
    return following


def _share_out(walks: list[Walk], tasks: list[int], terms: Terms) -> None:
    """Runs each walk in a thread; whoever is free takes the next task. An exception stops all."""
    waiting, stop = deque(tasks), Event()

    def run(walk: Walk) -> None:
        while not stop.is_set():
            try:
                task = waiting.popleft()
            except IndexError:
                return
            walk.begin(task, task + 1)
            while walk.go_on() and not stop.is_set():
                pass

    with ThreadPoolExecutor(len(walks)) as pool:
        futures = [pool.submit(run, walk) for walk in walks]
        try:
            while wait(futures, timeout=WATCH).not_done:
                terms.look(_met(walks))
        finally:
            stop.set()
    for future in futures:
        future.result()


def _met(walks: list[Walk]) -> int:
    """The number of cells so far."""
    return sum(int(walk.record["counted"][0]) for walk in walks)


def _in_order(walks: list[Walk], counts: np.ndarray) -> dict[str, np.ndarray]:
    """What was kept of each cell, in the order of the tasks."""
    if not walks[0].asked.cells:
        return NOTHING
    pieces: dict[int, dict[str, np.ndarray]] = {}
    for walk in [walk for walk in walks if walk.done]:  # one thread may have been too late for any
        own = {name: _joined(walk.parts.pop(name)) for name in PARTS}
        if len(walks) == 1:
            return own
        starts = np.cumsum([0, *counts[walk.done]])
        vertices = np.concatenate([[0], np.cumsum(own["sizes"])])[starts]
        for i, task in enumerate(walk.done):
            cut = {True: slice(vertices[i], vertices[i + 1]), False: slice(starts[i], starts[i + 1])}
            pieces[task] = {name: own[name][cut[name in ("points", "tags")]] for name in PARTS}
    return {name: np.concatenate([pieces[task][name] for task in sorted(pieces)]) for name in PARTS}


def _joined(pieces: list[np.ndarray]) -> np.ndarray:
    """One array; the pieces go as it grows, so that there are not two of everything."""
    if len(pieces) == 1:
        return pieces.pop()
    pieces.reverse()
    joined, end = np.empty((sum(map(len, pieces)), *pieces[0].shape[1:]), pieces[0].dtype), 0
    while pieces:
        piece = pieces.pop()
        joined[end : end + len(piece)] = piece
        end += len(piece)
    return joined
