"""A fresh process: time and memory to its first result with a warm cache, and what compiling from nothing costs us."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from benchmarks.choice import Choice
from benchmarks.harness import Spread, rounds, spread, workers
from benchmarks.networks import Case
from benchmarks.training import Row, Table
from benchmarks.worker import Answer, Worker
from benchmarks.workloads import TRAINING, Problem, problem

NAMES = ["first", "cold"]
WORKLOAD = next(workload for workload in TRAINING if workload.name == "e")
COUNTED = [Case((8, 8), n_inputs=d).pairs() for d in (2, 3)]
COMPILED = "training / regions in the plane / in space"
MIB = 2**20


def measure(choice: Choice, say: Callable[[str], None]) -> list[Row]:
    """A row per peer; ours with the CPU seconds of compiling."""
    job = problem(WORKLOAD, choice.precisions[-1], epochs=1)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        warm = {
            "JAX_COMPILATION_CACHE_DIR": folder,
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        }
        with workers("training", ("ours", *choice.peers), say) as installed:
            starts = {peer: partial(start, peer, job, warm) for peer in installed}
        for peer in starts:
            starts[peer]()  # fills its cache
        found = rounds(starts, choice.rounds if "first" in choice.chosen(NAMES) else 1)
        for peer, seen in found.items():
            wall, cpu, memory = zip(*seen, strict=True)
            rows.append({"peer": peer, "wall": spread(wall), "cpu": spread(cpu), "memory": max(memory)})
    if "cold" in choice.chosen(NAMES) and not choice.quick:
        rows[0]["compile"] = [compiling("training", job), *(compiling("regions", pairs, 1) for pairs in COUNTED)]
    return rows


def start(peer: str, job: Problem, environment: Mapping[str, str]) -> tuple[float, float, int]:
    """Wall and CPU seconds from the start of a process to the costs of one epoch, and its peak memory in bytes."""
    began = time.perf_counter()
    answer = first(peer, environment, "training", job)
    return time.perf_counter() - began, answer.cpu_since_start, answer.memory


def first(peer: str, environment: Mapping[str, str], function: str, *arguments: Any) -> Answer:
    """What a fresh process answers, when it is asked for one run of this function."""
    with Worker(environment=environment) as worker:
        worker.ask(f"benchmarks.peers.{peer}", function, *arguments)
        return worker.run()


def compiling(function: str, *arguments: Any) -> float:
    """CPU seconds that we take to compile: a start without a cache less one with."""
    with tempfile.TemporaryDirectory() as folder:
        cold, warm = (first("ours", {"NUMBA_CACHE_DIR": folder}, function, *arguments) for _ in range(2))
        return cold.cpu_since_start - warm.cpu_since_start


def table(rows: Sequence[Row]) -> Table:
    """A line per peer."""
    lines: Table = [
        (f"a fresh process ({WORKLOAD.name})", "first result, wall", "CPU", "peak memory", f"compiling {COMPILED}")
    ]
    for row in rows:
        compiling = f"{' / '.join(f'{seconds:.1f}' for seconds in row['compile'])} s CPU" if "compile" in row else ""
        wall, cpu = Spread(*row["wall"]), Spread(*row["cpu"])
        lines.append((row["peer"], f"{wall} s", f"{cpu} s", f"{row['memory'] / MIB:.0f} MiB", compiling))
    return lines


summary = table
