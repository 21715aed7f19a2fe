"""A process that does what it is asked over a pipe: it imports one peer's library, in an environment of its own.

    Worker().ask("benchmarks.peers.jax", "training", problem)      module, function, arguments
    Worker().run()                                                 calls the function that the last `ask` returned

Every answer says what it took, so that starting, preparing and running can each be timed on their own.
"""

import importlib
import os
import pickle
import re
import resource
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

ROOT = Path(__file__).parents[1]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
INHERITED = (
    "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE",  # made for older versions, they slow NumPy's OpenBLAS down
    "PYTHONDONTWRITEBYTECODE",  # with it every start compiles every library anew
)  # fmt: skip
ONE_XLA_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


class PeerError(Exception):
    """What went wrong in a worker: its last line."""


class Answer(NamedTuple):
    """A function's value, the seconds it took, and what the process has used since it started."""

    value: Any
    cpu: float
    wall: float
    cpu_since_start: float
    memory: int  # bytes, at the peak

    @property
    def rate(self) -> float:
        """Of a value that counts what was done: so many a CPU second."""
        return self.value / self.cpu


class Worker:
    """The parent's end. Leaving the block ends the process."""

    def __init__(self, threads: int = 1, environment: Mapping[str, str] | None = None):
        kept = {name: value for name, value in os.environ.items() if name not in INHERITED}
        kept |= dict.fromkeys(THREADS, str(threads)) | {"XLA_FLAGS": ONE_XLA_THREAD, **(environment or {})}
        command = [sys.executable, "-c", "from benchmarks.worker import serve; serve()"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=kept, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, module: str, function: str, *arguments: Any) -> Answer:
        """The answer of module.function(*arguments). A function as its value stays in the worker, for `run`."""
        self.send(module, function, *arguments)
        return self.receive()

    def run(self) -> Answer:
        self.send()
        return self.receive()

    def send(self, *request: Any) -> None:
        assert self.process.stdin
        pickle.dump(request, self.process.stdin)
        self.process.stdin.flush()

    def receive(self) -> Answer:
        assert self.process.stdout
        try:
            answer = pickle.load(self.process.stdout)
        except EOFError:
            raise PeerError(f"the process ended with status {self.process.wait()}") from None
        if isinstance(answer, str):
            raise PeerError(answer)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def serve() -> None:
    """The worker's end: answers until the pipe is closed."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    run = None
    while True:
        try:
            request = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        reply: Answer | str
        try:
            run, reply = _answer(request, run)
        except ImportError as error:
            reply = str(error)
        except Exception as error:
            traceback.print_exc()
            reply = f"{type(error).__name__}: {error}"
        pickle.dump(reply, answers)
        answers.flush()


def offers(module: str, function: str) -> bool:
    """Whether a module, which is imported, has that function."""
    return hasattr(importlib.import_module(module), function)


def _answer(request: tuple, run: Any) -> tuple[Any, Answer]:
    wall, cpu = time.perf_counter(), _cpu()
    if request:
        module, function, *arguments = request
        value = getattr(importlib.import_module(module), function)(*arguments)
    else:
        value = run()
    cpu, wall = _cpu() - cpu, time.perf_counter() - wall
    if callable(value):
        run, value = value, None
    return run, Answer(value, cpu, wall, _cpu(), _peak_memory())


def _cpu() -> float:
    """Seconds of this process, and of those that it started and that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _peak_memory() -> int:
    """Bytes. On Linux not from getrusage, where a process starts with its parent's peak."""
    if sys.platform == "linux":
        kibibytes = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
        return 1024 * int(kibibytes[1]) if kibibytes else 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
