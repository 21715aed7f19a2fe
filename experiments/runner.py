"""One experiment from its settings to its files: look up or compute, judge, draw, compare with the record, write."""

import shlex
import shutil
import tempfile
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from pathlib import Path
from platform import python_version
from types import ModuleType
from typing import Any

from experiments import config, fingerprint, progress, store
from experiments.refusal import ConfigError, shown

IDLE = "nothing to do"


@dataclass(frozen=True)
class Job:
    """An experiment with every value settled, and where it goes."""

    name: str
    size: str
    control: str | None
    seed: int
    values: Mapping[str, Any]
    look: Mapping[str, Mapping[str, Any]]  # style and canvas
    command: str
    folder: Path  # of the figures
    results: Path  # what compute returned, shared by all folders of one output

    @property
    def record(self) -> Path:
        return self.folder / f"{self.name}.json"

    @property
    def marks(self) -> fingerprint.Marks:
        return fingerprint.marks(self.name, self.values, self.look)


@dataclass(frozen=True)
class Outcome:
    """What came of a job."""

    job: Job
    note: str
    record: Mapping[str, Any] | None = None
    differences: tuple[str, ...] = ()  # from the record that was there
    error: str = ""  # a refusal of one line, or a traceback


def plan(
    name: str, run: Mapping[str, Any], chosen: Mapping[str, str], typed: Iterable[str], folder: Path | None = None
) -> Job:
    """The job for one experiment: `run` as composed, the chosen style and canvas by name, the keys that were typed."""
    settings = {key: run[key] for key in ("size", "control", "seed")}
    paths = [path.removeprefix("experiment.") for path in typed if path.startswith("experiment.")]
    values = config.resolve(name, **settings, given={path: _select(run["experiment"], path) for path in paths})
    now = {**run, **chosen, "experiment": values}
    usual = {**config.defaults(), "experiment": config.resolve(name, **settings)}
    keys = ["size", "control", "seed", "style", "canvas", *(f"experiment.{path}" for path in paths)]
    unusual = {key: _select(now, key) for key in keys if _select(now, key) != _select(usual, key)}
    unusual |= {path: _select(run, path) for path in typed if path.startswith(("style.", "canvas."))}
    words = [f"{key}={shown(value)}" for key, value in {"experiment": name, **unusual}.items()]
    return Job(
        name,
        **settings,
        values=values,
        look={"style": run["style"], "canvas": run["canvas"]},
        command=shlex.join(["python", "-m", "experiments", *words]),
        folder=folder or Path(run["output"], _variant(unusual)),
        results=Path(run["output"], ".results"),
    )


def _variant(unusual: Mapping[str, Any]) -> str:
    """Folder of what differs from the defaults: 'quick', 'dark-half', 'control-relu', 'changed'; or none."""
    parts = [unusual[key] for key in ("size", "style", "canvas") if key in unusual]
    parts += [f"control-{unusual['control']}"] if "control" in unusual else []
    parts += ["changed"] if "seed" in unusual or any("." in key for key in unusual) else []
    return "-".join(parts)


def _select(values: Any, path: str) -> Any:
    return reduce(lambda inner, part: inner.get(part) if isinstance(inner, Mapping) else None, path.split("."), values)


def run_all(jobs: list[Job], check: bool = False) -> list[Outcome]:
    """Every job in turn, with a bar for each that has something to do; one that raises does not stop the others."""
    waiting = {job.name for job in jobs if check or not store.built(job.folder, job.name, job.marks.stamp)}
    outcomes = []
    with progress.bars([job.name for job in jobs if job.name in waiting]) as bar:
        for job in jobs:
            if job.name in waiting:
                with bar(job.name):
                    outcomes.append(attempt(job, check))
            else:
                outcomes.append(Outcome(job, IDLE, store.read(job.record)))
    return outcomes


def attempt(job: Job, check: bool = False) -> Outcome:
    """The outcome of a job, or why there is none."""
    try:
        return verify(job) if check else run(job)
    except ConfigError as error:  # values that are fine one by one, but not together or not in this data
        return Outcome(job, "failed", error=str(error))
    except Exception:
        return Outcome(job, "failed", error=traceback.format_exc())


def run(job: Job) -> Outcome:
    """Do what is out of date: compute if no result with this fingerprint is stored; judge, draw and write."""
    _refuse_unwritable(job)
    marks = job.marks
    module = import_module(f"experiments.{job.name}")
    kept = job.results / job.name / marks.address
    note = "drawn from the stored result" if kept.is_dir() else "computed"
    result = _result(module, job.values, kept)
    record = _record(job, module, result, marks)
    differences, keep = _compare(store.read(job.record), record)
    with store.draft(job.folder) as drafted:
        _draw(job, module, result, record, drafted)
        for name, path in store.copies(kept, job.name).items():
            shutil.copyfile(path, drafted / name)
        (drafted / job.record.name).write_text(store.text(record), encoding="utf-8")
        store.mark(job.folder, job.name, marks.stamp, store.publish(drafted, job.folder, keep))
    return Outcome(job, note, record, differences)


def _refuse_unwritable(job: Job) -> None:
    """Raise before anything is computed where it could not be written."""
    for folder in (job.results, job.folder):
        try:
            with store.draft(folder):
                pass
        except OSError as error:
            raise ConfigError(f"output={job.results.parent}: cannot write to {folder}: {error.strerror}") from None


def verify(job: Job) -> Outcome:
    """Compute afresh in a temporary folder and compare with the record; nothing else is written."""
    old = store.read(job.record)
    module = import_module(f"experiments.{job.name}")
    with tempfile.TemporaryDirectory() as temporary:
        record = _record(job, module, _result(module, job.values, Path(temporary, "result")), job.marks)
    if old is None:
        return Outcome(job, "checked", record, (f"there is no {job.record} to compare with",))
    return Outcome(job, "checked", record, tuple(store.differences(old, record)))


def _result(module: ModuleType, values: Mapping[str, Any], folder: Path) -> store.Result:
    """The stored result; computed first if there is none. Always read back, so that a redraw sees the same bits."""
    cfg = module.Config(**values)
    if not folder.is_dir():
        store.save(module.compute(cfg), folder)
    return store.load(folder, cfg)


def _record(job: Job, module: ModuleType, result: store.Result, marks: fingerprint.Marks) -> dict[str, Any]:
    from experiments import claim

    about = config.meta(job.name)
    claims = claim.judge(list(module.claims(result)))
    words, steps = module.words(result), getattr(module, "STEPS", {})
    panels = {panel: {"caption": w.caption, "alt": w.alt, "steps": steps.get(panel, 0)} for panel, w in words.items()}
    versions = {"python": python_version(), **fingerprint.versions(*fingerprint.NUMERIC, *fingerprint.PICTORIAL)}
    settings = {"config": dict(job.values), "seed": job.seed, "size": job.size, "control": job.control}
    return {
        "experiment": job.name,
        "title": about.title,
        "order": about.order,
        "slide": about.slide,
        "verdict": claim.overall(claims),
        "claims": [one.as_record() for one in claims],
        "caption": panels["headline"]["caption"],
        "alt": panels["headline"]["alt"],
        "panels": panels,
        "command": job.command,
        "provenance": settings | {"versions": versions, "fingerprint": marks.fingerprint, "drawing": marks.drawing},
    }


def _compare(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """What of the old record is not reproduced, and whether it stays: it does if the code behind it is the same."""
    before, after = (old or {}).get("provenance", {}), new["provenance"]
    if old is None or any(before.get(key) != after[key] for key in ("config", "seed", "size", "control")):
        return (), False
    differences = tuple(store.differences(old, new))
    return differences, not differences and all(before[key] == after[key] for key in ("fingerprint", "drawing"))


def _draw(job: Job, module: ModuleType, result: store.Result, record: Mapping[str, Any], folder: Path) -> None:
    """Every panel, and every build step of it."""
    from experiments import style

    verdicts = [f"{claim['key']}: {claim['verdict']}" for claim in record["claims"]]
    comment = "; ".join([*verdicts, f"seed {job.seed}", f"fingerprint {record['provenance']['fingerprint']}"])
    for panel, words in record["panels"].items():
        stem = job.name if panel == "headline" else f"{job.name}.{panel}"
        for step in (None, *range(1, words["steps"] + 1)):
            with style.use(job.look["style"], job.look["canvas"]):
                name = stem if step is None else f"{stem}.step{step}"
                fig = module.draw(result, panel, step)
                style.save(fig, folder, name, title=words["caption"], description=words["alt"], comment=comment)
