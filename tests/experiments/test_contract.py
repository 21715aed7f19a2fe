"""What every experiment keeps to, at quick size. They are found by their files: there is no list to edit here."""

import math
import re
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import core
from experiments import config, runner, store, style
from experiments.refusal import ConfigError

NAMES = config.names()
CONTROLS = [(name, control) for name in NAMES for control in config.meta(name).controls]
KEYS = [(name, one.name) for name in NAMES for one in fields(config.schema(name)) if one.name != "seed"]
SEEDED = [name for name in NAMES if "seed" in config.resolve(name)]
LOOKS = [  # a theme changes colours, a canvas the layout: each theme on one canvas, each canvas in one theme
    *(("light", canvas) for canvas in config.options("canvas")),
    *((theme, "slide") for theme in config.options("style") if theme != "light"),
]
CERTAIN = ("exact", "constructive", "bound")  # the others mean little with three seeds
ALT = 250  # characters

Run = Callable[..., runner.Outcome]


def module_of(name: str) -> ModuleType:
    return import_module(f"experiments.{name}")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The outcome of an experiment, or of a control, at quick size: run once, from its settings to its files."""

    look = {"style": "light", "canvas": "paper"}  # a small picture is quicker to write

    @cache
    def run(name: str, control: str | None) -> runner.Outcome:
        output = tmp_path_factory.mktemp(name)
        settings = {**config.defaults(), **look, "size": "quick", "control": control, "output": output}
        return runner.run(runner.plan(name, settings, look, ()))

    return lambda name, control=None: run(name, control)


def claims_of(outcome: runner.Outcome) -> dict[str, dict]:
    return {claim["key"]: claim for claim in outcome.record["claims"]}


def not_holding(outcome: runner.Outcome) -> set[str]:
    return {key for key, claim in claims_of(outcome).items() if claim["verdict"] not in store.INSIDE}


def result_folder(outcome: runner.Outcome) -> Path:
    return outcome.job.results / outcome.job.name / outcome.job.marks.address


def stored(outcome: runner.Outcome) -> store.Result:
    """What draw sees."""
    return store.load(result_folder(outcome), module_of(outcome.job.name).Config(**outcome.job.values))


def pictures(outcome: runner.Outcome) -> list[tuple[str, int | None]]:
    """Every panel, and every build step of it."""
    panels = outcome.record["panels"].items()
    return [(panel, step) for panel, words in panels for step in (None, *range(1, words["steps"] + 1))]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def forbidden(*arguments, **keys):
    raise AssertionError("nothing is left to compute")


# what the files say


@pytest.mark.parametrize("name", NAMES)
def test_a_module_says_where_it_stands_and_what_it_shows(name):
    title, blank, *lines = module_of(name).__doc__.splitlines()
    assert re.fullmatch(r"[A-Z].+\.", title)
    assert blank == ""
    assert [line[:10].rstrip() for line in lines if line[:1].strip()] == ["Slide", "Figure", "Control", "Not here"]
    assert config.meta(name).slide in lines[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_values_say_how_much_and_what_is_changed(name):
    about = config.meta(name)
    assert isinstance(about.order, int)
    assert about.sizes.keys() == {"quick", "paper"}
    assert about.controls
    assert all(control.keys() == {"change", "breaks"} for control in about.controls.values())


def test_every_experiment_has_a_place_of_its_own_in_the_lecture():
    orders = [config.meta(name).order for name in NAMES]
    assert orders == sorted(set(orders))


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_an_ill_typed_value_is_refused(name, key):
    with pytest.raises(ConfigError, match=rf'^experiment\.{key}={{"no":"where"}}: needs .+$'):
        config.check({"experiment": [name], f"experiment.{key}": [{"no": "where"}]})


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_key_is_refused(name):
    with pytest.raises(ConfigError, match=r"^experiment\.nope=1: unknown key; .+$"):
        config.check({"experiment": [name], "experiment.nope": [1]})


# claims


@pytest.mark.parametrize("name", NAMES)
def test_a_claim_is_a_sentence_that_can_fail(name, ran):
    for key, claim in claims_of(ran(name)).items():
        assert re.fullmatch(r"[a-z][a-z0-9_]+", key)
        assert re.fullmatch(r"[A-Z0-9].+\.", claim["says"])
        assert "inf" not in claim["criterion"]
    assert len(claims_of(ran(name))) == len(ran(name).record["claims"]) > 0


@pytest.mark.parametrize("name", NAMES)
def test_what_is_certain_holds_and_the_rest_is_measured(name, ran):
    for key, claim in claims_of(ran(name)).items():
        if claim["kind"] in CERTAIN:
            assert claim["verdict"] in store.INSIDE, key
        assert all(math.isfinite(claim[number]) for number in ("value", "low", "high")), key


@pytest.mark.parametrize(("name", "control"), CONTROLS)
def test_a_control_breaks_what_it_names_and_no_more(name, control, ran):
    named, broken = set(config.meta(name).controls[control]["breaks"]), not_holding(ran(name, control))
    assert named <= claims_of(ran(name)).keys()
    assert named <= broken
    assert {key for key in broken - named if claims_of(ran(name))[key]["kind"] in CERTAIN} == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_claim_is_broken_by_a_control(name, ran):
    """But for constructive ones: their weights are written down, and no value of a Config changes them."""
    measured = {key for key, claim in claims_of(ran(name)).items() if claim["kind"] != "constructive"}
    broken = {key for control in config.meta(name).controls.values() for key in control["breaks"]}
    assert measured - broken == set()


# results


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bits_and_no_criterion_is_read(name, ran, tmp_path):
    cfg = stored(ran(name)).cfg
    unjudged = {one.name: None for one in fields(cfg) if "criterion" in one.metadata}
    store.save(module_of(name).compute(replace(cfg, **unjudged)), tmp_path / "again")
    assert contents(tmp_path / "again") == contents(result_folder(ran(name)))


@pytest.mark.parametrize("name", SEEDED)
def test_another_seed_gives_another_result(name, ran, tmp_path):
    cfg = stored(ran(name)).cfg
    store.save(module_of(name).compute(replace(cfg, seed=cfg.seed + 1)), tmp_path / "other")
    assert contents(tmp_path / "other") != contents(result_folder(ran(name)))


# figures


@pytest.mark.parametrize("name", NAMES)
def test_redrawing_computes_nothing_and_gives_the_same_bytes(name, ran, tmp_path, monkeypatch):
    first = ran(name)
    monkeypatch.setattr(module_of(name), "compute", forbidden)
    monkeypatch.setattr(core, "train", forbidden)
    again = runner.run(replace(first.job, folder=tmp_path / "again"))
    assert again.note == "drawn from the stored result"
    assert contents(again.job.folder) == contents(first.job.folder)
    other = runner.run(replace(first.job, folder=tmp_path / "other", look={"style": "dark", "canvas": "paper"}))
    assert contents(other.job.folder).keys() == contents(first.job.folder).keys()


@pytest.mark.parametrize(("theme", "canvas"), LOOKS)
@pytest.mark.parametrize("name", NAMES)
def test_every_picture_fits_and_is_drawn_from_what_is_stored(name, theme, canvas, ran, monkeypatch):
    result, module, problems = stored(ran(name)), module_of(name), {}
    take_away_what_computes(module, monkeypatch)
    for panel, step in pictures(ran(name)):
        with style.use(theme, canvas):
            problems[panel, step] = style.fits(module.draw(result, panel, step))
    assert {picture: found for picture, found in problems.items() if found} == {}


def take_away_what_computes(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an experiment has of the core, of the data and of scikit-learn."""
    for name, value in list(vars(module).items()):
        origin = str(getattr(value, "__module__", None) or getattr(value, "__name__", ""))
        if name == "compute" or origin.split(".")[0] in ("core", "sklearn") or origin == "experiments.datasets":
            monkeypatch.delattr(module, name)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_jumps_between_build_steps(name, ran):
    result, draw, frames = stored(ran(name)), module_of(name).draw, {}
    for panel, step in pictures(ran(name)):
        with style.use():
            fig = draw(result, panel, step)
            style.fits(fig)  # lays it out
        frame = [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in fig.axes]
        assert frames.setdefault(panel, frame) == frame, (panel, step)


@pytest.mark.parametrize(("name", "control"), [*((name, None) for name in NAMES), *CONTROLS])
def test_every_panel_has_a_caption_and_a_short_alternative_text(name, control, ran):
    panels = ran(name, control).record["panels"]
    assert next(iter(panels)) == "headline"
    assert getattr(module_of(name), "STEPS", {}).keys() <= panels.keys()
    for words in panels.values():
        assert words["caption"].strip()
        assert 0 < len(words["alt"].strip()) <= ALT
        assert re.findall(r"\b(?:nan|inf)\b", words["caption"] + words["alt"]) == []
