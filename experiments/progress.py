"""A bar for each experiment while it works; an experiment says `for depth in track(cfg.depths):` and knows no more."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Item = TypeVar("Item")


@dataclass
class _Bar:
    progress: "Progress"
    task: "TaskID"
    busy: bool = False  # some loop moves it already: a loop inside that one leaves it alone


_bar: _Bar | None = None  # of the experiment at work, where bars are shown


def track(iterable: Iterable[Item], total: int | None = None) -> Iterator[Item]:
    """The items, while the bar moves on; inside another track, without a bar or without a length, just the items."""
    bar = _bar
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    if bar is None or bar.busy or total is None:
        yield from iterable
        return
    bar.busy = True
    bar.progress.update(bar.task, completed=0, total=total)
    try:
        for item in iterable:
            yield item
            bar.progress.advance(bar.task)
    finally:
        bar.busy = False


@contextmanager
def bars(names: list[str]) -> Iterator[Callable[[str], AbstractContextManager[None]]]:
    """Bars for these experiments on a terminal's error stream; elsewhere a line as each is done."""
    if not names or not sys.stderr.isatty():
        yield _line
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks = {name: progress.add_task(name, start=False, total=1) for name in names}

        @contextmanager
        def bar(name: str) -> Iterator[None]:
            global _bar
            _bar = _Bar(progress, tasks[name])
            progress.start_task(tasks[name])
            try:
                yield
                progress.update(tasks[name], completed=1, total=1)
            finally:
                _bar = None
                progress.stop_task(tasks[name])

        yield bar


@contextmanager
def _line(name: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    print(f"{name}: {time.monotonic() - start:.1f} s", file=sys.stderr, flush=True)
