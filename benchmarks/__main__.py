"""python -m benchmarks [section …] [--quick] [--only NAMES] [--peers NAMES] [--output FOLDER]; see README, How fast.

A section is a module with NAMES, what --only chooses from; measure(choice, say) -> rows, that JSON can hold;
table(rows) and summary(rows), lines for the terminal and for the README; and, if it has a figure, draw(rows).
"""

import sys
from types import ModuleType
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks import choice, growth, record, region_growth, regions, starting, threads, training
from experiments import store

SECTIONS: dict[str, ModuleType] = {
    "training": training, "start": starting, "threads": threads, "growth": growth,
    "regions": regions, "region_growth": region_growth,
}  # fmt: skip
WIDE = 160  # columns, where no terminal says how many there are


def main() -> None:
    chosen = choice.parse(sys.argv[1:], {name: section.NAMES for name, section in SECTIONS.items()})
    console, results = Console(width=None if sys.stdout.isatty() else WIDE), record.made()
    for name in chosen.sections:
        results[name] = measured(name, chosen, console)
        console.print(printable(SECTIONS[name].table(results[name])))
    if folder := chosen.folder(tuple(SECTIONS)):
        record.write(results, SECTIONS, folder)
        console.print(f"{folder / 'results.json'}")
    if folder == choice.HERE:
        kept = store.read(folder / "results.json") or {}
        record.insert(kept, SECTIONS, folder.parent / "README.md", folder.name)


def measured(name: str, chosen: choice.Choice, console: Console) -> list[dict[str, Any]]:
    """The rows of a section; what it is at shows meanwhile."""
    with console.status(name) as status:

        def say(words: str) -> None:
            if console.is_terminal and "left out" not in words:
                status.update(f"{name}: {words}")
            else:
                console.print(f"{name}: {words}")

        return SECTIONS[name].measure(chosen, say)


def printable(lines: list[tuple[str, ...]]) -> Table:
    head, *rest = lines
    found = Table(*head, box=SIMPLE_HEAD)
    for line in rest:
        found.add_row(*line)
    return found


if __name__ == "__main__":
    main()
