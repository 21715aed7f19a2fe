"""How the time of a step grows with width, depth, batch and the number of networks, ours and the peers'."""

import math
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from matplotlib.figure import Figure
from rich.table import Table

from benchmarks.choice import Choice
from benchmarks.harness import Spread, ratio, rounds, spread, workers
from benchmarks.training import step_timer
from benchmarks.workloads import GROWTH, problem

NAMES = list(GROWTH)
PEERS = ("jax", "torch")
AXES = {"width": "width", "depth": "depth $L$", "batch": "batch", "networks": "networks"}
SHORTER = 0.5  # times as long as a run is elsewhere, and a third of the rounds: there are many sizes
EPOCHS = 4  # the first trial of a run


def measure(choice: Choice, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row per axis, size and peer, ours first."""
    rows: list[dict[str, Any]] = []
    precision = choice.precisions[-1]
    with workers(("ours", *[peer for peer in PEERS if peer in choice.peers]), say) as peers:
        for axis in choice.chosen(NAMES):
            sizes = list(GROWTH[axis])
            for size in sizes[:: len(sizes) - 1] if choice.quick else sizes:
                say(f"{axis} {size}")
                runs, workload = {}, GROWTH[axis][size]
                for peer, worker in peers.items():
                    worker.ask(f"benchmarks.peers.{peer}", "training", problem(workload, precision, EPOCHS))
                    worker.run()
                    runs[peer] = step_timer(workload, precision, peer, worker, EPOCHS, SHORTER * choice.seconds)
                times = rounds(runs, max(1, choice.rounds // 3))
                for peer in peers:
                    found = {"seconds": spread(times[peer]), "ratio": ratio(times[peer], times["ours"])}
                    rows.append({"axis": axis, "size": size, "peer": peer, "precision": precision, **found})
    return rows


def crossings(rows: Iterable[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Axis, peer and where its time crosses ours, in words; between two sizes on a straight line of logarithms."""
    found = []
    ratios: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for row in rows:
        if row["peer"] != "ours":
            ratios.setdefault((row["axis"], row["peer"]), []).append((row["size"], Spread(*row["ratio"]).median))
    for (axis, peer), points in ratios.items():
        at = []
        for (x, a), (y, b) in pairwise(points):
            if (a < 1) != (b < 1):
                size = math.exp(math.log(x) + math.log(y / x) * math.log(a) / math.log(a / b))
                at.append(f"{'ahead' if b > 1 else 'behind'} from {size:.3g}")
        found.append((axis, peer, ", ".join(at) or f"{'ahead' if points[0][1] >= 1 else 'behind'} everywhere"))
    return found


def table(rows: list[dict[str, Any]]) -> Table:
    """What is printed: a line per size, then where the peers cross us."""
    peers = list(dict.fromkeys(row["peer"] for row in rows))
    found = Table("", "", "ours", *[f"{peer} / ours" for peer in peers[1:]])
    for axis, size in dict.fromkeys((row["axis"], row["size"]) for row in rows):
        line = {row["peer"]: row for row in rows if (row["axis"], row["size"]) == (axis, size)}
        ours = f"{1e6 * Spread(*line['ours']['seconds']).median:.4g} µs"
        found.add_row(axis, str(size), ours, *[str(Spread(*line[peer]["ratio"])) for peer in peers[1:]])
    found.add_section()
    for axis, peer, words in crossings(rows):
        found.add_row(axis, "", f"against {peer}", words)
    return found


def draw(rows: list[dict[str, Any]]) -> Figure:
    """Microseconds of a step against each size, log-log."""
    from experiments import style

    axes = list(dict.fromkeys(row["axis"] for row in rows))
    fig, panels = style.canvas(1, len(axes), sharey=True, squeeze=False)
    for ax, axis in zip(panels[0], axes, strict=True):
        for peer in dict.fromkeys(row["peer"] for row in rows):
            line = [row for row in rows if (row["axis"], row["peer"]) == (axis, peer)]
            x, y = [row["size"] for row in line], [1e6 * Spread(*row["seconds"]).median for row in line]
            ax.plot(x, y, **style.look(peer), label=peer)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlabel(AXES[axis])
    panels[0][0].set_ylabel("microseconds a step")
    panels[0][0].legend()
    return fig
