"""python -m benchmarks [section …] [--quick] [--only NAMES] [--peers NAMES] [--output FOLDER]; see README, How fast."""

import sys

from rich.console import Console

from benchmarks import choice, growth, starting, threads, training

SECTIONS = {"training": training, "growth": growth, "start": starting, "threads": threads}


def main() -> None:
    chosen = choice.parse(sys.argv[1:], {name: section.NAMES for name, section in SECTIONS.items()})
    console = Console()
    for name in chosen.sections:
        with console.status(name) as status:
            rows = SECTIONS[name].measure(chosen, lambda words: status.update(words))
        console.print(SECTIONS[name].table(rows))


if __name__ == "__main__":
    main()
