"""A small project in a temporary folder: the real machinery, a toy of two files, and nothing that is slow to import."""

import importlib
import os
import shutil
import signal
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import experiments
from experiments import config, fingerprint, runner

TOY = '''"""Twice a number is that number doubled.

Slide     None
"""

from dataclasses import dataclass
from time import sleep

import numpy as np

import core
from experiments.claim import exactly
from experiments.config import criterion, key
from experiments.progress import track
from experiments.store import Result, Words

STEPS = {"headline": 1}


@dataclass(frozen=True)
class Config:
    seed: int = key("base seed", at_least=0)
    factors: list[int] = key("numbers to double", at_least=1, at_most=64)
    rates: dict[str, float] = key("rates by name", above=0)
    kind: str = key("which doubling", one_of=("plain", "broken"))
    pause: float = key("seconds to wait for each factor", at_least=0)
    tolerance: float = criterion("largest error", above=0)


def compute(cfg):
    errors = []
    if cfg.pause:
        print("computing", flush=True)
    for factor in track(cfg.factors):
        sleep(cfg.pause)
        if factor == 13:
            raise RuntimeError("thirteen is unlucky")
        errors.append(abs(product(factor) - core.double(factor)) / 3 + cfg.seed * 1e-3)
    return Result(arrays={"errors": np.array(errors)})


def product(factor):
    return 2 * factor


def claims(result):
    error = result.arrays["errors"].max() + (result.cfg.kind == "broken")
    yield exactly("doubling", "Twice a number is that number doubled.", error, at_most=result.cfg.tolerance)


def words(result):
    return {"headline": Words("Doubling works.", "A line.")}


def draw(result, panel, step):
    return f"a drawing of {len(result.arrays['errors'])} points, step {step}"
'''

VALUES = """
order: 10
slide: Toys
factors: [1, 2, 3]
rates: {slow: 0.1, fast: 1.0}
kind: plain
pause: 0.0
tolerance: 1.0e-5
sizes:
  quick: {factors: [1, 2]}
controls:
  broken: {change: {kind: broken}, breaks: [doubling]}
"""

CLAIM = '''"""Claims without statistics."""

from dataclasses import asdict, dataclass

LEVEL = 0.95


@dataclass(frozen=True)
class Claim:
    key: str
    says: str
    value: float
    at_most: float

    @property
    def verdict(self):
        return "exact" if self.value <= self.at_most else "refuted here"

    def as_record(self):
        rest = {"kind": "exact", "low": self.value, "high": self.value, "criterion": f"≤ {self.at_most:g}"}
        return asdict(self) | rest | {"verdict": self.verdict}


def exactly(key, says, value, at_most):
    return Claim(key, says, float(value), at_most)


def judge(claims):
    return claims


def overall(claims):
    return claims[0].verdict
'''

STYLE = '''"""Files instead of pictures."""

from contextlib import nullcontext


def use(theme, canvas):
    return nullcontext()


def save(fig, folder, stem, *, title, description, comment):
    for suffix in ("svg", "png", "pdf"):
        (folder / f"{stem}.{suffix}").write_text(fig)
'''


def lay_out(root: Path) -> Path:
    """The two files of an experiment, and around them only what every project has."""
    theirs = (f"{name}.py" for name in config.options("experiment"))
    shutil.copytree(config.CONF, root / "conf", ignore=shutil.ignore_patterns("experiment"))
    machinery = shutil.ignore_patterns("__pycache__", *theirs)
    shutil.copytree(config.ROOT / "experiments", root / "experiments", ignore=machinery)
    files = {"experiments/toy.py": TOY, "experiments/claim.py": CLAIM,
             "experiments/style.py": STYLE, "README.md": "<!-- results -->\n<!-- /results -->\n",
             "core/__init__.py": "def double(x):\n    return x + x\n", "conf/experiment/toy.yaml": VALUES}  # fmt: skip
    for path, content in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
    return root


class CommandLine:
    """The project as its users meet it: a process of its own for each command."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def start(self, *arguments: str, flags: tuple[str, ...] = ()) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, *flags, "-m", "experiments", *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root), "COLUMNS": "120"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # CI may start us without
        )

    def __call__(self, *arguments: str, flags: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
        with self.start(*arguments, flags=flags) as process:
            out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def files(self) -> set[str]:
        """Everything that runs have written."""
        given = ("README.md", "core", "conf", "experiments")
        found = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return {path.as_posix() for path in found if path.parts[0] not in given}


@pytest.fixture
def command_line(tmp_path: Path) -> CommandLine:
    return CommandLine(lay_out(tmp_path / "project"))


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A project that the tests of a module share because they write nothing."""
    return CommandLine(lay_out(tmp_path_factory.mktemp("untouched") / "project"))


class Project:
    """The project inside this process, for what needs no command line."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        (self.root / path).write_text(text.replace(old, new), encoding="utf-8")
        self.forget()

    def forget(self) -> None:
        """Read and import everything anew, as the next process would."""
        for cached in (config._yaml, config._source, config.schema):
            cached.cache_clear()
        for cached in (fingerprint._module, fingerprint._uses, fingerprint._text):
            cached.cache_clear()
        for name in ("toy", "claim", "style"):
            sys.modules.pop(f"experiments.{name}", None)
            vars(experiments).pop(name, None)
        importlib.invalidate_caches()

    def plan(self, **settings: Any) -> runner.Job:
        """A job with top-level settings, and values of the toy's Config where they are not top-level keys."""
        run = {**config.defaults(), "style": {}, "canvas": {}, "output": str(self.root / "figures")}
        run |= {key: settings.pop(key) for key in list(settings) if key in run}
        run["experiment"] = settings
        chosen = {"style": "light", "canvas": "slide"}
        return runner.plan("toy", run, chosen, [f"experiment.{key}" for key in settings])

    def run(self, **settings: Any) -> runner.Outcome:
        (outcome,) = runner.run_all([self.plan(**settings)])
        assert not outcome.error, outcome.error
        return outcome


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    root = lay_out(tmp_path / "project")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # an edit within the same second would go unseen
    monkeypatch.setattr(experiments, "__path__", [str(root / "experiments")])
    for module in (config, fingerprint):
        monkeypatch.setattr(module, "ROOT", root)
    monkeypatch.setattr(config, "CONF", root / "conf")
    core = types.ModuleType("core")
    vars(core)["double"] = lambda x: x + x
    monkeypatch.setitem(sys.modules, "core", core)
    kept = {name: module for name, module in sys.modules.items() if name.startswith("experiments.")}
    project = Project(root)
    project.forget()
    yield project
    monkeypatch.undo()
    project.forget()
    sys.modules.update(kept)
    vars(experiments).update({name.partition(".")[2]: module for name, module in kept.items()})
