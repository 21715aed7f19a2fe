"""The command line as its users meet it, in processes of its own."""

import argparse
import os
import signal

import pytest
from hydra._internal.utils import get_args_parser

from experiments.__main__ import accept_lazy_help, check, parse
from experiments.refusal import ConfigError

HEAVY = ("experiments.toy", "experiments.style", "seaborn", "matplotlib", "sklearn", "numba", "pandas", "scipy")


def imported(process):
    """Modules that a process under -X importtime has imported."""
    return {line.rpartition("|")[2].strip() for line in process.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nope=1"], "nope=1: unknown key; known: experiment, seed"),
        (["+experiment.nope=1"], "experiment.nope=1: unknown key; known: factors"),
        (["experiment.pause=abc"], "experiment.pause=abc: needs a number ≥ 0"),
        (["experiment.tolerance=0"], "experiment.tolerance=0: needs a number > 0"),
        (["style=nope"], "style=nope: needs one of dark, light, print"),
        (["experiment.pause=${seed}x"], "experiment.pause=0x: needs a number ≥ 0"),
        (["hydra/launcher=nope"], "In 'hydra/config': Could not find 'hydra/launcher/nope'"),
        (["-m", "seed=0,1,x"], "seed=x: needs a whole number ≥ 0"),
    ],
)
def test_a_refusal_is_one_line_status_2_and_writes_nothing(untouched, arguments, line):
    process = untouched("experiment=toy", *arguments)
    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith(line)
    assert process.stderr.count("\n") == 1
    assert untouched.files() == set()


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("+nope=1", "unknown key"),
        ("++experiment.nope=1", "unknown key"),
        ("+seed=1", "leave out the +"),
        ("~seed", "not removed"),
        ("seed=1,2", "needs? -m|need -m"),
        ("experiment=toy,toys", "needs one of toy, all"),
    ],
)
def test_prefixes_and_sweeps_out_of_place_are_refused(project, line, hint):
    with pytest.raises(ConfigError, match=hint):
        check(parse(["experiment=toy", line]), sweeping=False)


def test_an_entry_can_be_added_to_a_mapping(project):
    check(parse(["experiment=toy", "+experiment.rates.medium=0.5"]), sweeping=False)


def test_without_an_experiment_the_choice_is_shown(untouched):
    process = untouched()
    assert process.returncode == 2
    assert process.stderr == "experiment is missing: needs one of toy, all; --help tells more\n"


def test_help_lists_every_key_and_imports_no_experiment(untouched):
    process = untouched("experiment=toy", "size=quick", "experiment.pause=2", "--help", flags=("-X", "importtime"))
    assert process.returncode == 0
    for part in ("seed=0 ", "style=light ", "one of dark, light, print", "experiment.factors=[1,2] ",
                 "a list of whole numbers ≥ 1 and ≤ 64", "experiment.pause=2.0", "control=broken"):  # fmt: skip
        assert part in process.stdout
    assert imported(process).isdisjoint(HEAVY)


def test_two_files_are_an_experiment_and_a_second_run_imports_none(command_line):
    first = command_line("experiment=all")
    assert first.returncode == 0, first.stderr
    line = "toy  exact  doubling  0 (≤ 1e-05)  Twice a number is that number doubled.\nfigures/toy.svg"
    assert first.stdout == f"{line}  computed\nfigures/index.html\n"
    assert first.stderr.startswith("toy: ")
    built = {f"figures/toy.{kind}" for kind in ("svg", "png", "pdf", "npz", "json")}
    written = command_line.files()
    assert built <= written
    assert not any(part in path for path in written for part in ("outputs", ".hydra", ".log", ".draft"))

    second = command_line("experiment=all", flags=("-X", "importtime"))
    assert second.stdout == f"{line}  nothing to do\nfigures/index.html\n"
    assert imported(second).isdisjoint(HEAVY)
    assert command_line.files() == written


def test_ctrl_c_leaves_nothing_half_written(command_line):
    with command_line.start("experiment=toy", "experiment.pause=60") as process:
        assert process.stdout.readline() == "computing\n"
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert errors == "interrupted\n"
    assert command_line.files() == set()


def test_an_output_that_cannot_be_written_is_refused_before_anything_is_computed(command_line):
    process = command_line("experiment=toy", "output=conf/config.yaml/figures")
    assert process.returncode == 1
    assert "computing" not in process.stdout
    reason = "cannot write to conf/config.yaml/figures/.results: Not a directory"
    assert process.stderr.endswith(f"toy failed: output=conf/config.yaml/figures: {reason}\n")
    assert "Traceback" not in process.stderr


def check_help_of_3_14(self, action):
    """argparse.ArgumentParser._check_help as Python 3.14 has it."""
    if action.help and hasattr(self, "_get_formatter"):
        try:
            self._get_formatter()._expand_help(action)
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError("badly formed help string") from error


def test_hydras_lazy_help_passes_the_check_of_python_3_14(monkeypatch):
    real = getattr(argparse.ArgumentParser, "_check_help", check_help_of_3_14)
    monkeypatch.setattr(argparse.ArgumentParser, "_check_help", real, raising=False)

    def add_and_check():
        parser = get_args_parser()
        for action in parser._actions:
            parser._check_help(action)

    with pytest.raises(ValueError, match="badly formed help string"):
        add_and_check()
    accept_lazy_help()
    add_and_check()
    with pytest.raises(ValueError, match="badly formed help string"):
        argparse.ArgumentParser()._check_help(argparse.Action(["-x"], "x", help="%(nope)s"))
