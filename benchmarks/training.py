"""Workloads a to h: the time of a step, ours and the peers', after a check that all compute the same costs."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.choice import Choice
from benchmarks.harness import Spread, enough, geometric_mean, ratio, rounds, spread, workers
from benchmarks.worker import Worker
from benchmarks.workloads import TRAINING, Workload, problem

Row = dict[str, Any]
NAMES = [workload.name for workload in TRAINING]
CHECKED = 56  # steps whose costs are compared, or an epoch where it has more


def measure(choice: Choice, say: Callable[[str], None]) -> list[Row]:
    """A row per workload, precision and peer, ours first."""
    rows = []
    with workers(("ours", *choice.peers), say) as peers, Worker() as peak:
        for workload in TRAINING:
            if workload.name in choice.chosen(NAMES):
                for precision in choice.precisions:
                    rows += side_by_side(workload, precision, peers, peak, choice)
                    say(f"{workload.name} {precision}")
    return rows


def side_by_side(
    workload: Workload, precision: str, peers: Mapping[str, Worker], peak: Worker, choice: Choice
) -> list[Row]:
    epochs, costs = max(1, CHECKED // workload.steps), {}
    runs: dict[str, Callable[[], float]] = {}
    peak.ask("benchmarks.peak", "peak", precision)
    runs["peak"] = lambda: (lambda answer: answer.cpu / answer.value)(peak.run())
    for peer, worker in peers.items():
        worker.ask(f"benchmarks.peers.{peer}", "training", problem(workload, precision, epochs))
        costs[peer] = worker.run().value
        runs[peer] = step_timer(workload, precision, peer, worker, epochs, choice.seconds)
    times = rounds(runs, choice.rounds)
    bound = tolerance(workload, precision, epochs)
    return [row(workload, precision, peer, times, difference(costs[peer], costs["ours"]), bound) for peer in peers]


def step_timer(
    workload: Workload, precision: str, peer: str, worker: Worker, epochs: int, seconds: float
) -> Callable[[], float]:
    """A function that returns the CPU seconds of one step, from a run that is long enough."""

    def prepare(epochs: int) -> object:
        return worker.ask(f"benchmarks.peers.{peer}", "training", problem(workload, precision, epochs))

    n_steps = workload.steps * enough(prepare, worker.run, epochs, seconds)
    return lambda: worker.run().cpu / n_steps


def row(
    workload: Workload, precision: str, peer: str, times: Mapping[str, list[float]], deviation: float, bound: float
) -> Row:
    """One row of the results; without a ratio where the costs differ by more than rounding."""
    per_flop = [seconds / workload.flops for seconds in times[peer]]
    return {
        "workload": workload.name,
        "precision": precision,
        "peer": peer,
        "seconds": spread(times[peer]),
        "ratio": ratio(times[peer], times["ours"]) if deviation <= bound else None,
        "share_of_peak": ratio(times["peak"], per_flop),
        "difference": deviation,
        "bound": bound,
    }


def difference(costs: np.ndarray, ours: np.ndarray) -> float:
    """The largest relative difference; infinite where one is not finite."""
    if costs.shape != ours.shape or not (np.isfinite(costs).all() and np.isfinite(ours).all()):
        return float("inf")
    return float(np.max(np.abs(costs - ours) / np.abs(ours)))


def tolerance(workload: Workload, precision: str, epochs: int) -> float:
    """How far apart the costs may be, relatively, by rounding alone.

    The longest chain of sums in a step has n_0 + … + n_{L-1} + batch terms; rounding errors grow with the root of their
    number (Higham and Mary 2019) and, from step to step, add up.
    """
    terms = sum(workload.widths[:-1]) + workload.batch
    return float(np.finfo(precision).eps * np.sqrt(terms) * epochs * workload.steps)


def table(rows: Iterable[Row]) -> Table:
    """What is printed: a line per workload and precision, a column per peer."""
    rows = list(rows)
    peers = list(dict.fromkeys(r["peer"] for r in rows))
    found = Table("", "precision", "ours", "of peak", *[f"{peer} / ours" for peer in peers[1:]], "costs differ by")
    for name, precision in dict.fromkeys((r["workload"], r["precision"]) for r in rows):
        line = {r["peer"]: r for r in rows if (r["workload"], r["precision"]) == (name, precision)}
        ours = line["ours"]
        seconds, share = Spread(*ours["seconds"]), Spread(*ours["share_of_peak"])
        found.add_row(
            name,
            precision,
            f"{1e6 * seconds.median:.4g} µs",
            f"{100 * share.median:.0f} %",
            *[shown(line[peer]["ratio"]) for peer in peers[1:]],
            f"{max(r['difference'] for r in line.values()):.0e} (≤ {ours['bound']:.0e})",
        )
    found.add_section()
    for precision in dict.fromkeys(r["precision"] for r in rows):
        found.add_row("mean", precision, "", "", *[mean(rows, precision, peer) for peer in peers[1:]], "")
    return found


def shown(found: Spread | None) -> str:
    return str(Spread(*found)) if found else "other costs"


def mean(rows: list[Row], precision: str, peer: str) -> str:
    """The geometric mean over workloads."""
    ratios = [r["ratio"] for r in rows if (r["precision"], r["peer"]) == (precision, peer) and r["ratio"]]
    return f"{geometric_mean([Spread(*one).median for one in ratios]):.3g}" if ratios else ""
