"""Workload g on two threads, beside one thread and beside two processes with half of it each, by the clock."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.choice import Choice
from benchmarks.harness import Spread, enough, ratio, rounds, spread
from benchmarks.training import Row, Table
from benchmarks.worker import Answer, Worker
from benchmarks.workloads import TRAINING, Problem, problem

NAMES = ["g"]
WORKLOAD = next(workload for workload in TRAINING if workload.name == "g")
LONGER = 3  # times as long as a run on one thread is elsewhere: halves have to be long enough


def measure(choice: Choice, say: Callable[[str], None]) -> list[Row]:
    """A row per precision; none on a machine with one core."""
    if (os.cpu_count() or 1) < 2:
        say("threads: this machine has one core")
        return []
    with Worker() as one, Worker(threads=2) as two, Worker() as half, Worker() as other_half:
        return [_row(precision, choice, one, two, (half, other_half)) for precision in choice.precisions]


def _row(precision: str, choice: Choice, one: Worker, two: Worker, halves: tuple[Worker, Worker]) -> Row:
    def prepare(epochs: int) -> Answer:
        return _prepare(one, problem(WORKLOAD, precision, epochs))

    prepare(1)
    one.run()
    whole = problem(WORKLOAD, precision, enough(prepare, one.run, 1, LONGER * choice.seconds))
    middle = WORKLOAD.networks // 2
    for worker, theta in zip((two, *halves), (whole.theta, whole.theta[:middle], whole.theta[middle:]), strict=True):
        _prepare(worker, replace(whole, theta=theta))
        worker.run()

    def both() -> float:
        start = time.perf_counter()
        for worker in halves:
            worker.send()
        for worker in halves:
            worker.receive()
        return time.perf_counter() - start

    times = rounds({"one": lambda: one.run().wall, "two": lambda: two.run().wall, "both": both}, choice.rounds)
    return {
        "precision": precision,
        "seconds": spread(times["one"]),
        "two_threads": ratio(times["one"], times["two"]),
        "two_processes": ratio(times["one"], times["both"]),
        "of_processes": ratio(times["both"], times["two"]),
    }


def _prepare(worker: Worker, job: Problem) -> Answer:
    return worker.ask("benchmarks.peers.ours", "training", job)


def table(rows: Sequence[Row]) -> Table:
    """A line per precision: the speed of two threads and of two processes."""
    lines: Table = [(WORKLOAD.title, "two threads / one", "two processes / one", "two threads / two processes")]
    for row in rows:
        cells = (row["two_threads"], row["two_processes"], row["of_processes"])
        lines.append((row["precision"], *[str(Spread(*cell)) for cell in cells]))
    return lines


summary = table
