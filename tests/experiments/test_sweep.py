"""A sweep ends in one table; jobs that failed are named, the others kept."""

import csv

import pytest

from experiments import store, sweep


def table(command_line):
    (path,) = command_line.root.glob("multirun/*/table.csv")
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_sweep_tabulates_all_jobs_and_names_the_failed_one(command_line):
    process = command_line("-m", "experiment=toy", "seed=range(2)", "experiment.factors=[1],[13]")
    assert process.returncode == 1
    rows = table(command_line)
    assert list(rows[0]) == [
        "job", "seed", "experiment.factors", "experiment", "claim", "value", "low", "high", "verdict"]  # fmt: skip
    assert [(row["seed"], row["experiment.factors"], row["value"], row["verdict"]) for row in rows] == [
        ("0", "[1]", "0.0", "exact"),
        ("0", "[13]", "", "failed"),
        ("1", "[1]", "0.001", "refuted here"),
        ("1", "[13]", "", "failed"),
    ]
    assert "job  seed  factors  claim" in process.stdout
    assert (
        "job 1 failed: experiment=toy seed=0 experiment.factors=[13]: RuntimeError: thirteen is unlucky"
        in process.stderr
    )
    folder = next(command_line.root.glob("multirun/*"))
    assert (folder / "2/toy.svg").is_file()
    assert (folder / "2/toy.json").is_file()
    assert not (command_line.root / "figures/toy.json").exists()


def test_a_sweep_in_parallel_gives_the_same_table(command_line):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    process = command_line("-m", "experiment=toy", "seed=0,1", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    assert process.returncode == 0, process.stderr
    assert [(row["seed"], row["value"]) for row in table(command_line)] == [("0", "0.0"), ("1", "0.001")]


def test_a_job_that_was_cut_short_is_named(tmp_path):
    (tmp_path / "0").mkdir()
    (tmp_path / "10").mkdir()
    (tmp_path / "2").mkdir()
    claim = {"key": "a", "value": 1.0, "low": 1.0, "high": 1.0, "verdict": "exact"}
    for job in ("2", "10"):
        account = {"typed": {"experiment": "toy", "seed": job}, "records": ["toy"], "failures": []}
        store.write(tmp_path / job / "job.json", store.text(account))
        store.write(tmp_path / job / "toy.json", store.text({"claims": [claim]}))
    rows, failures = sweep.collect(tmp_path)
    assert [row["job"] for row in rows] == ["0", "2", "10"]
    assert failures == ["job 0 failed: : it did not finish"]


def test_every_case_of_a_claim_has_a_row(tmp_path):
    (tmp_path / "0").mkdir()
    case = {"value": 1.0, "low": 0.5, "high": 1.5, "verdict": "holds"}
    claim = {"key": "a", **case, "verdict": "holds only when it is x", "cases": {"x": case, "y": case}}
    store.write(tmp_path / "0/job.json", store.text({"typed": {}, "records": ["toy"], "failures": []}))
    store.write(tmp_path / "0/toy.json", store.text({"claims": [claim]}))
    rows, _ = sweep.collect(tmp_path)
    assert [(row["claim"], row["verdict"]) for row in rows] == [
        ("a", "holds only when it is x"), ("a: x", "holds"), ("a: y", "holds")]  # fmt: skip
