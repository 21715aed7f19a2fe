"""On which terms cells are looked for."""

from collections.abc import Callable
from dataclasses import dataclass

from core.checks import integer


@dataclass(frozen=True)
class Terms:
    """How many threads share the work, and who is told or may end it.

    Raises ValueError on fewer than one thread, and where a limit is below 1.
    """

    threads: int = 1
    max_regions: int | None = None
    progress: Callable[[int], object] | None = None

    def __post_init__(self) -> None:
        integer("threads", self.threads, at_least=1)
        if self.max_regions is not None:
            integer("max_regions", self.max_regions, at_least=1)

    def look(self, found: int) -> None:
        """Tells how many cells were met so far. Raises ValueError where there are too many."""
        if self.progress is not None:
            self.progress(found)
        if self.max_regions is not None and found > self.max_regions:
            raise ValueError(f"max_regions is {self.max_regions}; the walk was stopped at {found} activation regions")
