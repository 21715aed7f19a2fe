"""Keys, values and refusals, without a process of their own."""

import dataclasses
import sys

import pytest

from experiments import config, refusal
from experiments.refusal import ConfigError

NAMES = config.options("experiment")


def refused(given):
    with pytest.raises(ConfigError) as error:
        config.check(given)
    return str(error.value)


def test_values_come_from_yaml_then_size_then_control_then_the_command_line(project):
    assert config.resolve("toy")["factors"] == [1, 2, 3]
    assert config.resolve("toy", size="quick")["factors"] == [1, 2]
    assert config.resolve("toy", size="quick", given={"factors": [5]})["factors"] == [5]
    assert config.resolve("toy", control="broken")["kind"] == "broken"
    assert config.resolve("toy", control="broken", given={"kind": "plain"})["kind"] == "plain"


def test_one_entry_of_a_mapping_can_be_changed(project):
    assert config.resolve("toy", given={"rates.slow": 0.2})["rates"] == {"slow": 0.2, "fast": 1.0}


def test_the_seed_is_the_one_of_the_top_level(project):
    assert config.resolve("toy", seed=7)["seed"] == 7


def test_values_take_the_types_declared(project):
    values = config.resolve("toy", given={"pause": 1})
    assert isinstance(values["pause"], float)
    assert list(values) == [field.name for field in dataclasses.fields(config.schema("toy"))]


def test_reading_an_experiment_does_not_import_it(project):
    config.resolve("toy")
    assert config.meta("toy").title == "Twice a number is that number doubled."
    assert "experiments.toy" not in sys.modules


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("seed", -1, "a whole number ≥ 0"),
        ("seed", 2.5, "a whole number ≥ 0"),
        ("size", "huge", "one of quick, default, paper"),
        ("check", "perhaps", "true or false"),
        ("control", "zap", "one of broken, null"),
        ("experiment.factors", [1, 0], "a list of whole numbers ≥ 1 and ≤ 64"),
        ("experiment.factors", [65], "≤ 64"),
        ("experiment.factors", 3, "a list of whole numbers"),
        ("experiment.rates", {"slow": 0}, "of numbers > 0"),
        ("experiment.kind", "odd", "one of plain, broken"),
        ("experiment.pause", float("nan"), "a number ≥ 0"),
        ("experiment.pause", float("inf"), "a number ≥ 0"),
        ("experiment.tolerance", 0, "a number > 0"),
        ("canvas.width", "wide", "something like 13.333"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(project, key, value, allowed):
    line = refused({"experiment": ["toy"], key: [value]})
    assert line.startswith(f"{key}=")
    assert allowed in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("nope", "known: experiment, seed, size"),
        ("seeds", "did you mean seed?"),
        ("experiment.nope", "known: factors, rates, kind, pause, tolerance"),
        ("experiment.factor", "did you mean experiment.factors?"),
        ("experiment.seed", "did you mean seed?"),
        ("experiment.order", "known: factors"),
        ("experiment.sizes", "known: factors"),
        ("style.nope", "known: foreground"),
    ],
)
def test_an_unknown_key_is_refused_with_the_known_ones(project, key, hint):
    line = refused({"experiment": ["toy"], key: [1]})
    assert line.startswith(f"{key}=1: unknown key; ")
    assert hint in line


def test_an_entry_of_a_mapping_is_checked(project):
    line = refused({"experiment": ["toy"], "experiment.rates.slow": ["abc"]})
    assert line == 'experiment.rates={"slow":"abc"}: needs {name: value} of numbers > 0'


def test_every_value_of_a_sweep_is_checked(project):
    assert refused({"experiment": ["toy"], "seed": [0, 1, -1]}).startswith("seed=-1")


def test_values_of_one_experiment_are_refused_for_all(project):
    assert "belongs to one experiment" in refused({"experiment": ["all"], "experiment.factors": [[1]]})


def test_a_key_without_a_value_in_yaml_is_named(project):
    project.edit("conf/experiment/toy.yaml", "pause: 0.0\n", "")
    with pytest.raises(ConfigError, match=r"experiment\.pause: declared in toy\.py, without a value in toy\.yaml"):
        config.resolve("toy")


@pytest.mark.parametrize("name", ["Run", *NAMES])
def test_every_key_has_a_help_text(name):
    declared = config.Run if name == "Run" else config.schema(name)
    assert all(text and allowed for _, text, allowed in refusal.described(declared))


@pytest.mark.parametrize("name", NAMES)
def test_the_values_of_every_size_and_control_are_allowed(name):
    for size in ("quick", "default", "paper"):
        for control in (None, *config.meta(name).controls):
            config.resolve(name, size=size, control=control)
