"""What is printed: help, and at the end of a run a line per claim and the place of each figure."""

import math
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from experiments import config, refusal

if TYPE_CHECKING:
    from experiments.runner import Outcome

COLOURS = {"exact": "green", "holds": "green", "refuted here": "red"}  # anything between is yellow
WIDEST = 50


def help_text(given: Mapping[str, Any]) -> str:
    """Every key with its value now, what it takes and what it means; an experiment's own keys where one is named."""
    name, usual = given.get("experiment"), config.defaults() | {"experiment": "NAME"}
    choices = {group: refusal.one_of(config.options(group)) for group in ("style", "canvas")}
    choices |= {"experiment": "NAME or all", "control": "null or NAME"}
    rows = [
        (f"{key}={refusal.shown(given.get(key, usual[key]))}", choices.get(key, allowed), about)
        for key, about, allowed in refusal.described(config.Run)
    ]
    lines = ["python -m experiments experiment=NAME [key=value …]", "", *columns(rows, indent=2), ""]
    if name in (None, "all"):
        lines += columns([(one, config.meta(one).title) for one in config.names()], indent=2)
        lines += ["", "The keys of one experiment: python -m experiments experiment=NAME --help"]
    else:
        lines += [f"{name}: {config.meta(name).title}", *_experiment_help(name, given)]
    return "\n".join([*lines, "A sweep: python -m experiments -m experiment=NAME size=quick 'seed=range(5)'"])


def _experiment_help(name: str, given: Mapping[str, Any]) -> list[str]:
    typed = {path.removeprefix("experiment."): v for path, v in given.items() if path.startswith("experiment.")}
    settings = {key: given[key] for key in ("size", "control", "seed") if key in given}
    values = config.resolve(name, given=typed, **settings)
    rows = [
        (f"experiment.{key}={refusal.shown(values[key])}", allowed, about)
        for key, about, allowed in refusal.described(config.schema(name))
        if key != "seed"
    ]
    controls = config.meta(name).controls.items()
    rows += [(f"control={control}", "", f"breaks {', '.join(what['breaks'])}") for control, what in controls]
    return [*columns(rows, indent=2), ""]


def outcomes(found: list["Outcome"]) -> int:
    """Print a line per claim, where the figures are, and what went wrong; the exit status."""
    _print_claims([(one.job.name, claim) for one in found if one.record for claim in one.record["claims"]])
    for one in found:
        _print_outcome(one)
    failed = [one for one in found if one.error]
    for one in failed:
        *trace, last = one.error.strip().splitlines()
        print(*trace, f"{one.job.name} failed: {last}", sep="\n", file=sys.stderr)
    return int(bool(failed) or any(one.note == "checked" and one.differences for one in found))


def _print_claims(claims: list[tuple[str, Mapping[str, Any]]]) -> None:
    lines = columns([(name, c["verdict"], c["key"], measured(c), c["says"]) for name, c in claims])
    if not sys.stdout.isatty():
        print(*lines, sep="\n", end="\n" if lines else "")
        return
    from rich.console import Console
    from rich.text import Text

    for line, (_, claim) in zip(lines, claims, strict=True):
        text = Text(line, no_wrap=True, overflow="ellipsis")
        text.highlight_words([f"  {claim['verdict']}  "], COLOURS.get(claim["verdict"], "yellow"))
        Console(highlight=False).print(text)


def _print_outcome(one: "Outcome") -> None:
    if one.record and one.note != "checked":
        print(f"{one.job.record.with_suffix('.svg')}  {one.note}")
    elif one.record and not one.differences:
        print(f"{one.job.record}  reproduced")
    if one.differences:
        print(f"{one.job.name} does not reproduce {one.job.record}:", *one.differences, sep="\n  ")


def measured(claim: Mapping[str, Any]) -> str:
    """A claim's value, its interval if it has one, and the criterion: '0.42 [0.4, 0.44] (≤ 0.5)'; of cases, each."""
    cases = [f"{name} {_estimate(case)}" for name, case in claim.get("cases", {}).items()]
    return f"{', '.join(cases) or _estimate(claim)} ({claim['criterion']})"


def _estimate(claim: Mapping[str, Any]) -> str:
    low, high = number(claim["low"]), number(claim["high"])
    return number(claim["value"]) + ("" if claim["low"] == claim["high"] else f" [{low}, {high}]")


def number(value: float | None) -> str:
    """Three digits; whole numbers in full."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e15 else f"{value:.3g}"


def reason(error: str) -> str:
    """The last line of a traceback."""
    return error.strip().splitlines()[-1]


def columns(rows: Iterable[tuple[str, ...]], indent: int = 0) -> list[str]:
    """A line per row, the columns aligned."""
    rows = list(rows)
    widths = [min(WIDEST, max(map(len, column))) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [" " * indent + line.rstrip() for line in lines]
