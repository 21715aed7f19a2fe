"""A sweep on disk: each job leaves an account of itself in its folder, and in the end they are one tidy table.

Jobs may run in other processes, so what one wants to know of them is read from their folders. A job without an account
was cut short.
"""

import csv
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments import report, store

if TYPE_CHECKING:
    from experiments.runner import Outcome

MEASURED = ("experiment", "claim", "value", "low", "high", "verdict")
UNFINISHED: dict[str, Any] = {"typed": {}, "records": [], "failures": ["it did not finish"]}


def finish(folder: Path, typed: Mapping[str, str], found: list["Outcome"], refused: str = "") -> None:
    """Leave a job's account: what was typed, which records it wrote, what failed. Print one line."""
    failures = [one.error for one in found if one.error] + ([refused] if refused else [])
    records = [one.job.name for one in found if one.record]
    store.write(folder / "job.json", store.text({"typed": typed, "records": records, "failures": failures}))
    for error in failures:
        print(error, file=sys.stderr)
    verdicts = [one.record["verdict"] if one.record else one.note for one in found]
    print(f"{folder.name}: {_line(typed)}  {', '.join(verdicts) or 'refused'}", flush=True)


def summary(folder: Path) -> int:
    """Write the table of all jobs, print it, and name the jobs that failed; the exit status."""
    rows, failures = collect(folder)
    print()
    _print(rows)
    print(write(folder, rows))
    for line in failures:
        print(line, file=sys.stderr)
    return int(bool(failures))


def collect(folder: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """A row per job and claim or case, or for a job that failed, from what the jobs left; and a line per failure."""
    rows: list[dict[str, Any]] = []
    failures = []
    for job in sorted((path for path in folder.glob("*") if path.name.isdigit()), key=lambda path: int(path.name)):
        account = store.read(job / "job.json") or UNFINISHED
        typed = {"job": job.name, **account["typed"]}
        for error in account["failures"]:
            rows.append({**typed, "verdict": "failed"})
            failures.append(f"job {job.name} failed: {_line(account['typed'])}: {report.reason(error)}")
        for name in account["records"]:
            for claim, found in store.findings(store.read(job / f"{name}.json") or {"claims": []}):
                rows.append({**typed, "experiment": name, "claim": claim, **{key: found[key] for key in MEASURED[2:]}})
    return rows, failures


def write(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """The table as CSV: what was typed, then what was measured."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, _columns(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    store.write(folder / "table.csv", buffer.getvalue())
    return folder / "table.csv"


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    typed = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in MEASURED]
    return [*(typed or ["job"]), *MEASURED]


def _print(rows: list[dict[str, Any]]) -> None:
    """The table without the columns that are the same everywhere, unless they were measured."""
    kept = [key for key in _columns(rows) if key in MEASURED[1:] or len({row.get(key) for row in rows}) > 1]
    cells = [tuple(_cell(row.get(key)) for key in kept) for row in rows]
    print("\n".join(report.columns([tuple(key.removeprefix("experiment.") for key in kept), *cells])))


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else report.number(value)


def _line(typed: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in typed.items())
