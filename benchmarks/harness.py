"""How to time side by side on a machine that others use too.

Each peer lives in one process for the whole run. All do enough work to be timed, one after the other, round by round; a
ratio compares two peers within a round, and what is reported is the median over rounds with its quartiles. With one
thread CPU seconds count, so that a neighbour's load does not.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple, TypeVar

import numpy as np

from benchmarks.worker import Answer, PeerError, Worker

MOST = 1000  # times as much work from one trial to the next


Measured = TypeVar("Measured")


class Spread(NamedTuple):
    """The median over rounds, and the quartiles."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{number(self.median)} [{number(self.low)}, {number(self.high)}]"


def number(x: float) -> str:
    """Three digits; a whole number from 1 000 on, without an exponent."""
    return f"{x:.3g}" if x < 1000 else f"{x:.0f}"


def spread(values: Sequence[float]) -> Spread:
    low, median, high = np.percentile(values, [25, 50, 75])
    return Spread(float(median), float(low), float(high))


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> Spread:
    """How many times as long they take, round by round."""
    return spread([a / b for a, b in zip(theirs, ours, strict=True)])


def geometric_mean(ratios: Sequence[float]) -> float:
    """NaN of none."""
    if not ratios:
        return math.nan
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


@contextmanager
def workers(work: str, peers: Sequence[str], say: Callable[[str], None]) -> Iterator[dict[str, Worker]]:
    """A process for each peer that does this work; for one that is not installed, a line that it is left out."""
    with ExitStack() as stack:
        found = {}
        for peer in peers:
            worker = stack.enter_context(Worker())
            try:
                if worker.ask("benchmarks.worker", "offers", f"benchmarks.peers.{peer}", work).value:
                    found[peer] = worker
            except PeerError as error:
                say(f"{peer} is left out: {error}")
        yield found


def enough(prepare: Callable[[int], object], run: Callable[[], Answer], amount: int, seconds: float) -> int:
    """The amount of work, at least `amount`, that takes so many CPU seconds. It is prepared when this returns.

    `amount` is prepared, and has run once, before.
    """
    while (spent := run().cpu) < seconds:
        amount = math.ceil(amount * min(MOST, 1.5 * seconds / max(spent, 1e-6)))
        prepare(amount)
        run()  # fills caches
    return amount


def rounds(runs: Mapping[str, Callable[[], Measured]], n: int) -> dict[str, list[Measured]]:
    """What each run returned in each round: A B C A B C …"""
    found: dict[str, list[Measured]] = {name: [] for name in runs}
    for _ in range(n):
        for name, run in runs.items():
            found[name].append(run())
    return found
