"""Two threads beside one and beside two processes, by the clock: many networks trained, the regions of one counted."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace

from benchmarks.choice import Choice
from benchmarks.harness import Spread, enough, ratio, rounds, spread
from benchmarks.networks import SHARED
from benchmarks.training import Row, Table
from benchmarks.worker import Worker
from benchmarks.workloads import TRAINING, problem

NAMES = ["g", "regions"]
WORKLOAD = next(workload for workload in TRAINING if workload.name == "g")
LONGER = 3  # times as long as a run on one thread is elsewhere: halves have to be long enough
PEER = "benchmarks.peers.ours"


def measure(choice: Choice, say: Callable[[str], None]) -> list[Row]:
    """A row per precision of what is trained, and one of what is counted; none on a machine with one core."""
    if (os.cpu_count() or 1) < 2:
        say("threads: this machine has one core")
        return []
    rows: list[Row] = []
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(threads)) for threads in (1, 2, 1, 1)]
        if "g" in choice.chosen(NAMES):
            for precision in choice.precisions:
                _train(workers, precision, choice.seconds)
                rows.append(_row(f"{WORKLOAD.title}, {precision}", workers, 1, choice.rounds))
        if "regions" in choice.chosen(NAMES):
            for worker, threads in zip(workers, (1, 2, 1, 1), strict=True):
                worker.ask(PEER, "regions", SHARED.pairs(), 1, threads)
                worker.run()
            rows.append(_row(f"regions of {SHARED.title}", workers, 2, choice.rounds))
    return rows


def _train(workers: Sequence[Worker], precision: str, seconds: float) -> None:
    """Prepares all networks for one thread and for two, and half of them for each of two processes."""

    def prepare(epochs: int) -> object:
        return workers[0].ask(PEER, "training", problem(WORKLOAD, precision, epochs))

    prepare(1)
    workers[0].run()
    whole = problem(WORKLOAD, precision, enough(prepare, workers[0].run, 1, LONGER * seconds))
    middle = WORKLOAD.networks // 2
    parts = (whole.theta, whole.theta[:middle], whole.theta[middle:])
    for worker, theta in zip(workers[1:], parts, strict=True):
        worker.ask(PEER, "training", replace(whole, theta=theta))
        worker.run()


def _row(network: str, workers: Sequence[Worker], work: int, n_rounds: int) -> Row:
    """Workers with one thread, with two, and two processes, which together do `work` times as much."""
    one, two, *processes = workers

    def both() -> float:
        start = time.perf_counter()
        for worker in processes:
            worker.send()
        for worker in processes:
            worker.receive()
        return (time.perf_counter() - start) / work

    times = rounds({"one": lambda: one.run().wall, "two": lambda: two.run().wall, "both": both}, n_rounds)
    return {
        "network": network,
        "seconds": spread(times["one"]),
        "two_threads": ratio(times["one"], times["two"]),
        "two_processes": ratio(times["one"], times["both"]),
        "of_processes": ratio(times["both"], times["two"]),
    }


def table(rows: Sequence[Row]) -> Table:
    """A line per network: the speed of two threads and of two processes."""
    lines: Table = [("", "two threads / one", "two processes / one", "two threads / two processes")]
    for row in rows:
        cells = (row["two_threads"], row["two_processes"], row["of_processes"])
        lines.append((row["network"], *[str(Spread(*cell)) for cell in cells]))
    return lines


summary = table
