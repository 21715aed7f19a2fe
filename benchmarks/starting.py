"""A fresh process: the time and memory to the first result with a warm cache, and what compiling from nothing costs us."""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from rich.table import Table

from benchmarks.choice import Choice
from benchmarks.harness import Spread, rounds, spread, workers
from benchmarks.worker import Worker
from benchmarks.workloads import TRAINING, Problem, problem

NAMES = ["first", "cold"]
WORKLOAD = next(workload for workload in TRAINING if workload.name == "e")
MIB = 2**20


def measure(choice: Choice, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row per peer; ours has the CPU seconds of a compilation, those of a start with an empty cache less a warm one."""
    job = problem(WORKLOAD, choice.precisions[-1], epochs=1)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        warm = {
            "JAX_COMPILATION_CACHE_DIR": folder,
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        }
        with workers(("ours", *choice.peers), say) as installed:
            starts = {peer: partial(start, peer, job, **warm) for peer in installed}
        for peer in starts:
            starts[peer]()  # fills its cache
        found = rounds(starts, choice.rounds if "first" in choice.chosen(NAMES) else 1)
        for peer, seen in found.items():
            wall, cpu, memory = (spread(values) for values in zip(*seen, strict=True))
            rows.append({"peer": peer, "wall": wall, "cpu": cpu, "memory": int(memory.median)})
    if "cold" in choice.chosen(NAMES) and not choice.quick:
        with tempfile.TemporaryDirectory() as folder:
            rows[0]["compile"] = start("ours", job, NUMBA_CACHE_DIR=folder)[1] - rows[0]["cpu"].median
    return rows


def start(peer: str, job: Problem, **environment: str) -> tuple[float, float, int]:
    """Wall and CPU seconds from the start of a process to the costs of one epoch, and its peak memory in bytes."""
    began = time.perf_counter()
    with Worker(**environment) as worker:
        worker.ask(f"benchmarks.peers.{peer}", "training", job)
        answer = worker.run()
        return time.perf_counter() - began, answer.cpu_since_start, answer.memory


def table(rows: list[dict[str, Any]]) -> Table:
    found = Table("fresh process (e)", "first result, wall", "CPU", "peak memory", "compiling, CPU")
    for row in rows:
        compiling = f"{row['compile']:.1f} s" if "compile" in row else ""
        wall, cpu = Spread(*row["wall"]), Spread(*row["cpu"])
        found.add_row(row["peer"], f"{wall} s", f"{cpu} s", f"{row['memory'] / MIB:.0f} MiB", compiling)
    return found
