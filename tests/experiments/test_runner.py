"""From settings to files: what is computed, judged and drawn again, and what is left alone."""

import json

import pytest

from experiments import report, runner

MODULE = "experiments/toy.py"


def read(project, name):
    return (project.root / "figures" / name).read_text()


def test_a_second_run_has_nothing_to_do(project):
    assert project.run().note == "computed"
    assert project.run().note == runner.IDLE


def test_editing_draw_redraws_and_computes_nothing(project):
    project.run()
    project.edit(MODULE, "a drawing of", "a picture of")
    assert project.run().note == "drawn from the stored result"
    assert read(project, "toy.svg") == "a picture of 3 points, step None"
    assert read(project, "toy.step1.svg") == "a picture of 3 points, step 1"


def test_editing_a_criterion_judges_again_and_computes_nothing(project):
    assert project.run(seed=1).record["verdict"] == "refuted here"
    project.edit("conf/experiment/toy.yaml", "tolerance: 1.0e-5", "tolerance: 1.0")
    outcome = project.run(seed=1)
    assert outcome.note == "drawn from the stored result"
    assert outcome.record["verdict"] == "exact"


def test_another_look_shares_the_result(project):
    project.run()
    outcome = project.run(style={"background": "#000000"})
    assert outcome.note == "drawn from the stored result"


def test_a_record_that_is_reproduced_is_left_alone(project):
    project.run()
    record = project.root / "figures/toy.json"
    committed = record.read_text().replace('"value": 0.0', '"value": 1e-09')
    record.write_text(committed)
    (project.root / "figures/toy.npz").unlink()
    outcome = project.run()
    assert outcome.differences == ()
    assert record.read_text() == committed
    assert (project.root / "figures/toy.npz").is_file()


def test_a_record_that_is_not_reproduced_gives_the_difference_and_is_replaced(project):
    project.run()
    record = project.root / "figures/toy.json"
    record.write_text(record.read_text().replace('"verdict": "exact"', '"verdict": "holds"'))
    (project.root / "figures/toy.npz").unlink()
    assert project.run().differences == ("doubling: 0.0 (holds) -> 0.0 (exact)",)
    assert json.loads(record.read_text())["verdict"] == "exact"


def test_another_seed_is_another_result_and_no_difference(project):
    project.run(seed=1)
    assert project.run(seed=2).differences == ()


def test_check_compares_and_writes_nothing(project):
    job = project.plan()
    assert runner.attempt(job, check=True).differences == (f"there is no {job.record} to compare with",)
    assert not job.folder.exists()
    project.run()
    assert runner.attempt(job, check=True).differences == ()
    job.record.write_text(job.record.read_text().replace('"verdict": "exact"', '"verdict": "refuted here"'))
    before = {path: path.stat().st_mtime_ns for path in project.root.rglob("figures/**/*")}
    assert runner.attempt(job, check=True).differences == ("doubling: 0.0 (refuted here) -> 0.0 (exact)",)
    assert {path: path.stat().st_mtime_ns for path in project.root.rglob("figures/**/*")} == before


@pytest.mark.parametrize(
    ("settings", "folder"),
    [
        ({}, "."),
        ({"size": "quick"}, "quick"),
        ({"control": "broken"}, "control-broken"),
        ({"seed": 3}, "changed"),
        ({"factors": [4]}, "changed"),
        ({"factors": [1, 2, 3]}, "."),
        ({"size": "quick", "factors": [4]}, "quick-changed"),
    ],
)
def test_settings_other_than_the_default_have_a_folder_of_their_own(project, settings, folder):
    figures = project.root / "figures"
    assert project.plan(**settings).folder == figures / folder


def test_the_record_names_the_command_that_makes_it(project):
    assert project.plan(size="quick", factors=[1, 2, 4]).command == (
        "python -m experiments experiment=toy size=quick 'experiment.factors=[1,2,4]'"
    )


def test_one_experiment_that_raises_is_named_and_does_not_stop_the_others(project, capsys):
    broken, sound = runner.run_all([project.plan(factors=[13]), project.plan()])
    assert sound.record["verdict"] == "exact"
    assert report.outcomes([broken, sound]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("toy  exact  doubling  0 (≤ 1e-05)  Twice a number is that number doubled.\n")
    assert "in compute\n" in printed.err
    assert printed.err.endswith("toy failed: RuntimeError: thirteen is unlucky\n")


def test_a_failure_leaves_what_was_there(project):
    project.run()
    before = {path: path.read_bytes() for path in (project.root / "figures").rglob("*") if path.is_file()}
    project.edit(MODULE, 'return f"a drawing', 'raise RuntimeError("no ink")\n    return f"a drawing')
    (outcome,) = runner.run_all([project.plan()])
    assert outcome.error
    assert {path: path.read_bytes() for path in (project.root / "figures").rglob("*") if path.is_file()} == before
