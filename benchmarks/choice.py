"""What a run of the benchmarks was asked for, from its command line; a wrong word is refused in one line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).parent
PEERS = tuple(sorted(path.stem for path in (HERE / "peers").glob("*.py") if path.stem not in ("__init__", "ours")))


@dataclass(frozen=True)
class Choice:
    """Sections; the names in them, all if none is given; peers besides ours; and how thorough to be."""

    sections: tuple[str, ...]
    only: tuple[str, ...] = ()
    peers: tuple[str, ...] = PEERS
    quick: bool = False
    output: Path | None = None

    @property
    def rounds(self) -> int:
        return 2 if self.quick else 7

    @property
    def seconds(self) -> float:
        """Of work that a timed run takes at least."""
        return 0.01 if self.quick else 0.1

    @property
    def precisions(self) -> tuple[str, ...]:
        return ("float32",) if self.quick else ("float32", "float64")

    def folder(self, sections: tuple[str, ...]) -> Path | None:
        """Where results go: what was asked for; else benchmarks/, which only a whole run may replace."""
        whole = self.sections == sections and self.peers == PEERS and not (self.only or self.quick)
        return self.output or (HERE if whole else None)

    def chosen(self, names: Sequence[str]) -> list[str]:
        """Those of a section's names that are asked for."""
        return [name for name in names if not self.only or name in self.only]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message}\n")


def parse(arguments: Sequence[str], sections: dict[str, Sequence[str]]) -> Choice:
    """A choice; `sections` are those there are, with the names in each. A wrong word ends the process, status 2."""
    parser = _Parser("python -m benchmarks", description="The same work given to us and to the peers, side by side.")
    parser.add_argument("sections", nargs="*", metavar="section", help=f"{', '.join(sections)}; all of them by default")
    parser.add_argument("--quick", action="store_true", help="two short rounds in float32: does it run?")
    parser.add_argument("--only", default="", metavar="NAMES", help="workloads, separated by commas: e,h or width")
    parser.add_argument(
        "--peers", default=",".join(PEERS), metavar="NAMES", help=f"of {', '.join(PEERS)}; we always run"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where results.json and the figures go; by default benchmarks/, if everything is measured",
    )
    given = parser.parse_args(arguments)
    chosen = tuple(given.sections or sections)
    names = [name for section in chosen if section in sections for name in sections[section]]
    for key, values, known in (
        ("section", chosen, sections),
        ("--only", split(given.only), names),
        ("--peers", split(given.peers), PEERS),
    ):
        for value in values:
            if value not in known:
                parser.error(f"{key}={value}: needs one of {', '.join(known)}")
    return Choice(chosen, split(given.only), split(given.peers), given.quick, given.output)


def split(words: str) -> tuple[str, ...]:
    return tuple(filter(None, words.split(",")))
