"""Workloads a to h: the time of a step, ours and the peers', after a check that all compute the same costs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.choice import Choice
from benchmarks.harness import Spread, enough, geometric_mean, number, ratio, rounds, spread, workers
from benchmarks.worker import Worker
from benchmarks.workloads import TRAINING, Workload, problem
from experiments import style

Row = dict[str, Any]
Table = list[tuple[str, ...]]
NAMES = [workload.name for workload in TRAINING]
CHECKED = 8  # steps whose costs are compared, an epoch where it has more; later, rounding in ReLU and Adam has grown
OTHER_COSTS = "other costs"  # stands where a ratio would


def measure(choice: Choice, say: Callable[[str], None]) -> list[Row]:
    """A row per workload, precision and peer, ours first."""
    rows = []
    with workers("training", ("ours", *choice.peers), say) as peers, Worker() as peak:
        for workload in TRAINING:
            for precision in choice.precisions if workload.name in choice.chosen(NAMES) else ():
                say(f"{workload.name}, {precision}")
                rows += side_by_side(workload, precision, peers, peak, choice.rounds, choice.seconds)
    return rows


def side_by_side(
    workload: Workload, precision: str, peers: Mapping[str, Worker], peak: Worker, n_rounds: int, seconds: float
) -> list[Row]:
    """A row per peer. One whose costs differ from ours by more than rounding gets no ratio."""
    epochs, costs = max(1, CHECKED // workload.steps), {}
    peak.ask("benchmarks.peak", "peak", precision)
    runs: dict[str, Callable[[], float]] = {"peak": lambda: peak.run().rate}
    for peer, worker in peers.items():
        costs[peer], runs[peer] = _entrant(workload, precision, peer, worker, epochs, seconds)
    times = rounds(runs, n_rounds)
    about = {"workload": workload.name, "network": workload.title, "precision": precision}
    rows = []
    for peer in peers:
        deviation, bound = difference(costs[peer], costs["ours"]), tolerance(workload, precision, epochs)
        shares = [workload.flops / t / rate for t, rate in zip(times[peer], times["peak"], strict=True)]
        compared = ratio(times[peer], times["ours"]) if deviation <= bound else None
        found = {"seconds": spread(times[peer]), "ratio": compared, "share_of_peak": spread(shares)}
        rows.append({**about, "peer": peer, **found, "difference": deviation, "bound": bound})
    return rows


def _entrant(
    workload: Workload, precision: str, peer: str, worker: Worker, epochs: int, seconds: float
) -> tuple[np.ndarray, Callable[[], float]]:
    """A peer's costs of so many epochs; and a run, at least as long, that returns the CPU seconds of a step.

    A run of one step would not do: XLA leaves out the gradient of the last, since nothing reads it.
    """

    def prepare(epochs: int) -> object:
        return worker.ask(f"benchmarks.peers.{peer}", "training", problem(workload, precision, epochs))

    prepare(epochs)
    costs = worker.run().value
    n_steps = workload.steps * enough(prepare, worker.run, epochs, seconds)
    return costs, lambda: worker.run().cpu / n_steps


def difference(costs: np.ndarray, ours: np.ndarray) -> float:
    """The largest difference, relative to the largest cost so far; infinite where one is not finite or not there.

    The outputs are rounded relative to their size, which does not fall as the cost does.
    """
    if costs.shape != ours.shape or not (np.isfinite(costs).all() and np.isfinite(ours).all()):
        return float("inf")
    return float(np.max(np.abs(costs - ours) / np.maximum.accumulate(ours, axis=-1)))


def tolerance(workload: Workload, precision: str, epochs: int) -> float:
    """How far apart the costs may be, relatively, by rounding alone.

    The longest chain of sums in a step has n_0 + … + n_{L-1} + batch terms; rounding errors grow with the root of their
    number (Higham and Mary 2019) and, from step to step, add up.
    """
    terms = sum(workload.widths[:-1]) + workload.batch
    return float(np.finfo(precision).eps * np.sqrt(terms) * epochs * workload.steps)


def table(rows: Sequence[Row]) -> Table:
    """A line per workload and precision, a column per peer: the time of a step in that of ours."""
    peers = unique(rows, "peer")
    lines: Table = [("", "precision", "ours", "of peak", *[f"{peer} / ours" for peer in peers[1:]], "costs differ by")]
    for name, precision in unique(rows, "workload", "precision"):
        line = {row["peer"]: row for row in rows if (row["workload"], row["precision"]) == (name, precision)}
        ours = line["ours"]
        lines.append((
            name,
            precision,
            f"{number(1e6 * Spread(*ours['seconds']).median)} µs",
            f"{Spread(*ours['share_of_peak']).median:.0%}",
            *[str(Spread(*line[peer]["ratio"])) if line[peer]["ratio"] else OTHER_COSTS for peer in peers[1:]],
            f"{max(row['difference'] for row in line.values()):.0e} (≤ {ours['bound']:.0e})",
        ))  # fmt: skip
    for precision in unique(rows, "precision"):
        means = [geometric_mean(medians(rows, peer, precision=precision)) for peer in peers[1:]]
        lines.append(("geometric mean", precision, "", "", *[number(mean) for mean in means], ""))
    return lines


def summary(rows: Sequence[Row]) -> Table:
    """A line per workload; both precisions in a cell, the medians alone."""
    peers, precisions = unique(rows, "peer")[1:], unique(rows, "precision")
    lines: Table = [(" / ".join(precisions), "network", *peers)]

    def cell(peer: str, **where: str) -> str:
        found = [medians(rows, peer, precision=precision, **where) for precision in precisions]
        return " / ".join(number(geometric_mean(one)) if one else OTHER_COSTS for one in found)

    for name, network in unique(rows, "workload", "network"):
        lines.append((name, network, *[cell(peer, workload=name) for peer in peers]))
    return [*lines, ("geometric mean", "", *[cell(peer) for peer in peers])]


def medians(rows: Sequence[Row], peer: str, **where: str) -> list[float]:
    """The median ratios of a peer where the columns have these values."""
    chosen = [row for row in rows if row["peer"] == peer and all(row[key] == value for key, value in where.items())]
    return [Spread(*row["ratio"]).median for row in chosen if row["ratio"]]


def unique(rows: Sequence[Row], *columns: str) -> list[Any]:
    """The different values of a column, or of several, in the order they come."""
    return list(dict.fromkeys(row[columns[0]] if len(columns) == 1 else tuple(row[c] for c in columns) for row in rows))


def draw(rows: Sequence[Row]) -> tuple[Figure, str]:
    """How many times as long a step takes each peer, workload by workload; and the alternative text."""
    fig, ax = style.canvas()
    peers, names = unique(rows, "peer")[1:], unique(rows, "workload", "network")
    for place, peer in enumerate(peers):
        look = style.look(peer, line=False) | {"markersize": style.size("marker")}
        for i, (name, _) in enumerate(names):
            y = i + 0.6 * ((place + 0.5) / len(peers) - 0.5)
            x = medians(rows, peer, workload=name)  # one for each precision
            ax.plot(x, [y] * len(x), color=look["color"], linewidth=style.size("line"))
            ax.plot(x[-1:], [y], **look, label=peer if i == 0 else None)
    ax.axvline(1, **style.look("theory"))
    ax.set(xscale="log", xlabel="time of a step, as a multiple of ours", ylim=(len(names) - 0.5, -0.5))
    ax.set_yticks(range(len(names)), [f"{name}: {network}" for name, network in names])
    ax.xaxis.set_major_formatter("{x:g}")
    fig.legend(loc="outside upper right", ncols=len(peers))
    ends = [f"{peer} {number(min(found))} to {number(max(found))}" for peer in peers if (found := medians(rows, peer))]
    return fig, f"Time of a training step as a multiple of ours, on {len(names)} workloads: {', '.join(ends)}."
