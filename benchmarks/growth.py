"""How the time of a step grows with width, depth, batch and the number of networks, ours and the peers'."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.choice import Choice
from benchmarks.harness import Spread, number, workers
from benchmarks.training import Row, Table, medians, side_by_side, unique
from benchmarks.worker import Worker
from benchmarks.workloads import GROWTH
from experiments import style

NAMES = list(GROWTH)
PEERS = ("jax", "torch")


def measure(choice: Choice, say: Callable[[str], None]) -> list[Row]:
    """A row per axis, size and peer, ours first; one precision and fewer, shorter rounds, for there are many."""
    rows: list[Row] = []
    with (
        workers("training", ("ours", *[peer for peer in PEERS if peer in choice.peers]), say) as peers,
        Worker() as peak,
    ):
        for axis in choice.chosen(NAMES):
            sizes = list(GROWTH[axis])
            for size in sizes[:: len(sizes) - 1] if choice.quick else sizes:
                say(f"{axis} {size}")
                found = side_by_side(
                    GROWTH[axis][size],
                    choice.precisions[-1],
                    peers,
                    peak,
                    max(1, choice.rounds // 3),
                    choice.seconds / 2,
                )
                rows += [{"axis": axis, "size": size, **row} for row in found]
    return rows


def table(rows: Sequence[Row]) -> Table:
    """A line per size, then a line per axis: see `summary`."""
    peers = unique(rows, "peer")
    lines: Table = [("", "", "ours", "of peak", *[f"{peer} / ours" for peer in peers[1:]])]
    for axis, size in unique(rows, "axis", "size"):
        line = {row["peer"]: row for row in rows if (row["axis"], row["size"]) == (axis, size)}
        seconds, share = Spread(*line["ours"]["seconds"]), Spread(*line["ours"]["share_of_peak"])
        ratios = [str(Spread(*line[peer]["ratio"])) if line[peer]["ratio"] else "other costs" for peer in peers[1:]]
        lines.append((axis, str(size), f"{number(1e6 * seconds.median)} µs", f"{share.median:.0%}", *ratios))
    return [*lines, *[(axis, sizes, "", "", *words) for axis, sizes, *words in summary(rows)[1:]]]


def summary(rows: Sequence[Row]) -> Table:
    """A line per axis: the sizes from which on we are ahead of, or behind, each peer."""
    peers = unique(rows, "peer")[1:]
    lines: Table = [("against", "sizes", *peers)]
    for axis in unique(rows, "axis"):
        sizes = unique([row for row in rows if row["axis"] == axis], "size")
        words = [crossings(sizes, [medians(rows, peer, axis=axis, size=size) for size in sizes]) for peer in peers]
        lines.append((axis, f"{sizes[0]} to {sizes[-1]}", *words))
    return lines


def crossings(sizes: Sequence[int], ratios: Sequence[Sequence[float]]) -> str:
    """Where a ratio crosses 1, between two sizes on a straight line of logarithms."""
    points = [(size, found[0]) for size, found in zip(sizes, ratios, strict=True) if found]
    words = []
    for (x, a), (y, b) in pairwise(points):
        if (a < 1) != (b < 1):
            at = x * (y / x) ** (math.log(a) / math.log(a / b))
            words.append(f"{'ahead' if b >= 1 else 'behind'} from {number(at)}")
    return ", ".join(words) or ("ahead everywhere" if points[0][1] >= 1 else "behind everywhere")


def draw(rows: Sequence[Row]) -> tuple[Figure, str]:
    """Microseconds of a step against each size, log-log; and the alternative text."""
    fig, _ = against_sizes(rows, lambda row: Spread(*row["seconds"]).median, "microseconds a step")
    peers = unique(rows, "peer")[1:]
    told = "; ".join(
        f"{line[0]}: " + ", ".join(map(" ".join, zip(peers, line[2:], strict=True))) for line in summary(rows)[1:]
    )
    return fig, f"Time of a training step against width, depth, batch and number of networks. We are, by {told}."


def against_sizes(rows: Sequence[Row], seconds: Callable[[Row], float], name: str) -> tuple[Figure, Sequence[Axes]]:
    """A panel for each axis, log-log, with a line for each peer: `seconds` of a row, in microseconds of that name."""
    axes, peers = unique(rows, "axis"), unique(rows, "peer")
    fig, panels = style.canvas(1, len(axes), sharey=True, squeeze=False)
    for ax, axis in zip(panels[0], axes, strict=True):
        for peer in peers:
            line = [row for row in rows if (row["axis"], row["peer"]) == (axis, peer)]
            times = [1e6 * seconds(row) for row in line]
            ax.plot([row["size"] for row in line], times, **style.look(peer), label=peer)
        ax.set(xscale="log", yscale="log", xlabel=axis)
    panels[0][0].set_ylabel(name)
    fig.legend(*panels[0][0].get_legend_handles_labels(), loc="outside upper right", ncols=len(peers))
    return fig, panels[0]
