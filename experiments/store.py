"""What is kept: results (tables and arrays), records (claims and provenance), and the rule for replacing a record.

Everything is written under a temporary name on the same disk and then renamed, so a file is there whole or not at all.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

COMMITTED = (".svg", ".json")
INSIDE = ("exact", "holds")
RELATIVE = 1e-6  # between libraries and processors: sums in another order, far above round-off, far below any claim


@dataclass(frozen=True)
class Result:
    """Tidy tables and named arrays; `cfg` is filled in when a stored result is loaded."""

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    cfg: Any = None


@dataclass(frozen=True)
class Words:
    """Caption and alternative text of a panel."""

    caption: str
    alt: str


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """A temporary folder inside this one, gone afterwards whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".draft-", dir=folder) as path:
        yield Path(path)


def save(result: Result, folder: Path) -> None:
    """Write a result, complete or not at all; where one stands already it is the same and stays."""
    with draft(folder.parent) as temporary:
        whole = temporary / "result"
        whole.mkdir()
        columns = {name: _write_table(table, whole / f"{name}.csv") for name, table in result.tables.items()}
        if result.arrays:
            _write_arrays(result.arrays, whole / "arrays.npz")
        (whole / "columns.json").write_text(json.dumps(columns), encoding="utf-8")
        try:
            whole.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise


def load(folder: Path, cfg: Any = None) -> Result:
    """The stored result, bit for bit."""
    import numpy as np

    columns = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
    tables = {name: _read_table(folder / f"{name}.csv", types) for name, types in columns.items()}
    arrays = {}
    if (folder / "arrays.npz").is_file():
        with np.load(folder / "arrays.npz", allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    return Result(tables, arrays, cfg)


def copies(folder: Path, name: str) -> dict[str, Path]:
    """A stored result's files by the names users find them under: <name>.csv, <name>.<table>.csv, <name>.npz."""
    tables = list(json.loads((folder / "columns.json").read_text(encoding="utf-8")))
    found = {f"{name}.csv" if i == 0 else f"{name}.{t}.csv": folder / f"{t}.csv" for i, t in enumerate(tables)}
    arrays = folder / "arrays.npz"
    return found | ({f"{name}.npz": arrays} if arrays.is_file() else {})


def _write_table(table: pd.DataFrame, path: Path) -> dict[str, str]:
    """Types of the columns; floats are written with as many digits as it takes to read them back."""
    table.to_csv(path, index=False, lineterminator="\n")
    return {str(column): str(kind) for column, kind in table.dtypes.items()}


def _read_table(path: Path, types: dict[str, str]) -> pd.DataFrame:
    import pandas as pd

    missing = {column: [""] for column, kind in types.items() if kind.startswith("float")}  # in text, "" is a text
    return pd.read_csv(path, dtype=types, na_values=missing, keep_default_na=False)


def _write_arrays(arrays: Mapping[str, np.ndarray], path: Path) -> None:
    import numpy as np

    if unclear := [name for name, array in arrays.items() if np.asarray(array).dtype == object]:
        raise TypeError(f"array {unclear[0]!r} holds Python objects; numbers or text are needed")
    np.savez_compressed(path, **dict(arrays))  # type: ignore[arg-type]


def publish(drafted: Path, folder: Path, keep: bool = False) -> list[str]:
    """Move every drafted file into the folder; with `keep`, committed ones that are there stay as they are."""
    names = sorted((path.name for path in drafted.iterdir()), key=lambda name: (name.endswith(".json"), name))
    # the record goes last: should this be cut short, it must not vouch for an image that is still the old one
    for name in names:
        if not (keep and name.endswith(COMMITTED) and (folder / name).is_file()):
            os.replace(drafted / name, folder / name)
    return names


def text(value: Any) -> str:
    """JSON with the same bytes for the same values; NaN and infinity become null."""
    return json.dumps(_clean(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _clean(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(part) for part in value]
    if hasattr(value, "item"):  # NumPy's numbers
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read(path: Path) -> dict[str, Any] | None:
    """What a JSON file holds, or None without it."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def write(path: Path, content: str) -> None:
    """Write a text file, complete or not at all."""
    with draft(path.parent) as drafted:
        (drafted / path.name).write_text(content, encoding="utf-8")
        publish(drafted, path.parent)


def mark(folder: Path, name: str, stamp: str, files: list[str]) -> None:
    """Remember what these files were built from; what an earlier build made and this one did not is removed."""
    path = folder / ".built" / f"{name}.json"
    earlier = read(path) or {"files": []}
    for stale in set(earlier["files"]) - set(files):
        (folder / stale).unlink(missing_ok=True)
    write(path, text({"stamp": stamp, "files": files}))


def built(folder: Path, name: str, stamp: str) -> bool:
    """Whether every file is there and was built from just this."""
    mark = read(folder / ".built" / f"{name}.json")
    return mark is not None and mark["stamp"] == stamp and all((folder / file).is_file() for file in mark["files"])


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What of an old record a new one does not reproduce: a line per claim or case, none if it does."""
    before, after = (dict(findings(record)) for record in (old, new))
    lines = []
    for key in [*before, *(key for key in after if key not in before)]:
        if key not in before or key not in after:
            lines.append(f"{key}: {'is new' if key in after else 'is gone'}")
        elif not _reproduces(before[key], after[key]):
            lines.append(f"{key}: {_brief(before[key])} -> {_brief(after[key])}")
    return lines


def findings(record: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every claim of a record under its key, and after it its cases: `deep_is_better` and `deep_is_better: radial`."""
    for claim in record["claims"]:
        yield claim["key"], claim
        yield from ((f"{claim['key']}: {name}", case) for name, case in claim.get("cases", {}).items())


def _reproduces(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if old["verdict"] != new["verdict"]:
        return False
    if old["value"] is None or new["value"] is None:
        return old["value"] is new["value"]
    if None not in (old["low"], old["high"]) and old["low"] < old["high"]:
        return old["low"] <= new["value"] <= old["high"]
    return new["verdict"] in INSIDE or math.isclose(old["value"], new["value"], rel_tol=RELATIVE)


def _brief(claim: Mapping[str, Any]) -> str:
    return f"{claim['value']} ({claim['verdict']})"
