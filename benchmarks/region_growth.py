"""How the time of a region grows with width, hidden layers and the number of inputs, ours and the peer's."""

from collections.abc import Callable, Sequence

from matplotlib.figure import Figure

from benchmarks.choice import Choice
from benchmarks.growth import against_sizes
from benchmarks.harness import Spread, number, workers
from benchmarks.networks import GROWTH
from benchmarks.regions import side_by_side
from benchmarks.training import Row, Table, unique

NAMES = list(GROWTH)
PEERS = ("regioncam",)


def measure(choice: Choice, say: Callable[[str], None]) -> list[Row]:
    """A row per axis, size and peer, ours first; fewer and shorter rounds, for there are many."""
    rows: list[Row] = []
    with workers("regions", ("ours", *[peer for peer in PEERS if peer in choice.peers]), say) as peers:
        for axis in choice.chosen(NAMES):
            sizes = list(GROWTH[axis])
            for size in sizes[:2] if choice.quick else sizes:
                say(f"{axis} {size}")
                found = side_by_side(GROWTH[axis][size], peers, max(1, choice.rounds // 3), choice.seconds / 2)
                rows += [{"axis": axis, "size": size, **row} for row in found]
    return rows


def table(rows: Sequence[Row]) -> Table:
    """A line per size: the regions, the time of one, and the peer's."""
    peers = unique(rows, "peer")[1:]
    lines: Table = [("", "", "network", "regions", "ours, a region", *[f"{peer} / ours" for peer in peers])]
    for axis, size in unique(rows, "axis", "size"):
        line = {row["peer"]: row for row in rows if (row["axis"], row["size"]) == (axis, size)}
        ours = line["ours"]
        ratios = [str(Spread(*line[peer]["ratio"])) if peer in line else "" for peer in peers]
        time = f"{number(1e6 * _each(ours))} µs"
        lines.append((axis, str(size), ours["network"], str(ours["regions"]), time, *ratios))
    return lines


def summary(rows: Sequence[Row]) -> Table:
    """A line per axis: its ends, and the time of a region there; the peer's as far as it goes."""
    peers = unique(rows, "peer")
    lines: Table = [("against", "sizes", "regions", *[f"time of a region, {peer}" for peer in peers])]
    for axis in unique(rows, "axis"):
        ends = [_ends([row for row in rows if (row["axis"], row["peer"]) == (axis, peer)]) for peer in peers]
        (first, *_, last), counts = ends[0], [row["regions"] for row in ends[0]]
        times = [" to ".join(f"{number(1e6 * _each(row))} µs" for row in line) for line in ends]
        for i, line in enumerate(ends):
            if line and line[-1]["size"] != last["size"]:
                times[i] += f" at {line[-1]['size']}"
        lines.append((axis, f"{first['size']} to {last['size']}", " to ".join(map(str, counts)), *times))
    return lines


def _ends(line: Sequence[Row]) -> list[Row]:
    """The first and the last row, if there are so many."""
    return list(line[:1]) + list(line[1:][-1:])


def draw(rows: Sequence[Row]) -> tuple[Figure, str]:
    """Microseconds of a region against each size, log-log; and the alternative text."""
    fig, panels = against_sizes(rows, _each, "microseconds a region")
    for ax in panels:
        ax.set_xscale("log", base=2)
        ax.xaxis.set_major_formatter("{x:g}")
    told = "; ".join(f"{axis} {sizes}: {ours}" for axis, sizes, _, ours, *_ in summary(rows)[1:])
    return fig, f"Time of a region against width, hidden layers and number of inputs. Ours, by {told}."


def _each(row: Row) -> float:
    """Seconds a region."""
    return Spread(*row["seconds"]).median / row["regions"]
