"""The set-up on machines that lack something, the lock, and who may import whom."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def make(tmp_path):
    """make(target, name=script, …): that target in a fresh clone, on a machine whose only programs are these."""

    def run(*arguments, **programs):
        path = tmp_path / "programs"
        path.mkdir()
        for name in ("awk", "echo", "rm", "touch"):
            (path / name).symlink_to(shutil.which(name))
        for name, script in programs.items():
            (path / name).write_text(f"#!/bin/sh\n{script}\n")
            (path / name).chmod(0o755)
        for name in (".gitignore", "Makefile", "requirements.lock"):
            shutil.copy(ROOT / name, tmp_path)
        experiment = tmp_path / "conf" / "experiment" / "brand_new.yaml"
        experiment.parent.mkdir(parents=True)
        experiment.touch()
        command = [shutil.which("make"), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env={"PATH": str(path)}, capture_output=True, encoding="utf-8", timeout=60
        )

    return run


def test_help_lists_every_target_and_starts_no_python(make, tmp_path):
    started = tmp_path / "started"
    result = make("help", python3=f"touch {started}", uv=f"touch {started}")
    assert result.returncode == 0
    listed = set(re.findall(r"^make (\S+)  +\S", result.stdout, re.MULTILINE))
    assert listed == {"help", "figures", "<experiment>", "check", "test", "lint", "bench", "clean"}
    assert "brand_new" in result.stdout
    assert not started.exists()


def test_a_yaml_file_alone_makes_an_experiment_a_target(make):
    result = make("--dry-run", "brand_new")
    assert result.returncode == 0
    assert "-m experiments experiment=brand_new" in result.stdout


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        pytest.param({}, "No Python 3.11 or newer on the PATH", id="no Python"),
        pytest.param({"python3": "exit 1"}, "No Python 3.11 or newer on the PATH", id="an old Python"),
        pytest.param({"python3": 'case "$2" in *venv*) exit 1; esac'}, "sudo apt install python3-venv", id="no venv"),
    ],
)
def test_the_set_up_says_in_one_line_what_the_machine_lacks(make, tmp_path, programs, said):
    result = make("test", **programs)
    assert result.returncode != 0
    assert said in result.stderr.splitlines()[0]
    assert not (tmp_path / ".venv").exists()


def test_a_peer_that_cannot_be_installed_is_left_out_of_the_benchmarks(make, tmp_path):
    """uv makes an environment, whose Python lists the peers and has no pip, and finds every package but one."""
    python = 'case "$*" in *tomllib*) echo jax; echo torch;; *pip*) exit 1; esac'
    uv = f"""bin=.venv-bench/bin; case "$*" in
        venv*) mkdir -p $bin; (echo '#!/bin/sh'; echo '{python}') > $bin/python; chmod +x $bin/python;;
        *torch) exit 1;;
    esac"""
    programs = {name: f'exec {shutil.which(name)} "$@"' for name in ("mkdir", "chmod")}
    result = make("bench", uv=uv, **programs)
    assert result.returncode == 0
    assert result.stderr.splitlines() == ["torch cannot be installed here and is left out"]
    assert (tmp_path / ".venv-bench" / ".ready").exists()


def test_a_set_up_that_failed_halfway_is_not_taken_for_ready(make, tmp_path):
    result = make("test", uv='case "$1" in pip) exit 1; esac')
    assert result.returncode != 0
    assert not (tmp_path / ".venv" / ".ready").exists()


def test_clean_leaves_sources_records_and_the_environment(make, tmp_path):
    git = shutil.which("git")
    kept = ["figures/a.svg", "figures/a.json", "unsaved.py", ".venv/lib/__pycache__/a.pyc", ".venv-bench/.ready"]
    built = [
        "figures/a.png",
        "benchmarks/training.png",
        "figures/quick/a.svg",
        "figures/.results/a/table.csv",
        "core/__pycache__/a.pyc",
    ]
    for name in kept + built:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    subprocess.run([git, "init", "--quiet", tmp_path], check=True)
    assert make("clean", git=f'exec {git} "$@"').returncode == 0
    assert [name for name in kept + built if (tmp_path / name).exists()] == kept


def test_the_lock_pins_every_dependency_by_hash_and_names_no_host_or_folder():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "requirements.lock").read_text()
    entries = re.findall(r"^(\S+)==\S+.*((?:\\\n    --hash=sha256:[0-9a-f]{64} ?)+)$", lock, re.MULTILINE)
    pinned = {name for name, _ in entries}
    assert pinned == set(re.findall(r"^[a-z][^=\s]*", lock, re.MULTILINE))
    assert pinned >= {*project["dependencies"], *project["optional-dependencies"]["dev"]}
    assert "/" not in lock  # neither an address nor a path does without one


def test_the_import_contracts_hold():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint_imports, "--no-logo"], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60)
    assert result.returncode == 0, result.stdout


def test_nothing_imports_an_experiment_by_name():
    experiments = [path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")]
    graph = grimp.build_graph("core", "experiments", cache_dir=None)
    importers = {name: graph.find_modules_that_directly_import(f"experiments.{name}") for name in experiments}
    assert not any(importers.values()), importers
