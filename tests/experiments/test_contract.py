"""What every experiment keeps to, at quick size. They are found by their files: there is no list to edit here."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from matplotlib.figure import Figure

from experiments import claim, config, runner, store, style
from experiments.refusal import ConfigError

NAMES = config.names()
CONTROLS = [(name, control) for name in NAMES for control in config.meta(name).controls]
PLAIN_AND_CONTROLS = [*((name, None) for name in NAMES), *CONTROLS]
SEEDED = [name for name in NAMES if "seed" in config.resolve(name)]
KEYS = [(name, one.name) for name in NAMES for one in fields(config.schema(name)) if one.name != "seed"]
LOOKS = [*(("light", canvas) for canvas in config.options("canvas")), ("dark", "slide")]  # print: see another look
CERTAIN = ("exact", "constructive", "bound")  # the others mean little with three seeds
ALT = 250  # characters


@dataclass(frozen=True)
class Met:
    """An experiment as the runner meets it: the stored result, and what its module makes of it."""

    job: runner.Job
    module: ModuleType
    folder: Path  # of the stored result
    result: store.Result
    claims: dict[str, claim.Claim]
    words: dict[str, store.Words]

    @property
    def broken(self) -> set[str]:
        return {key for key, one in self.claims.items() if not one.holds}

    @property
    def steps(self) -> dict[str, int]:
        return getattr(self.module, "STEPS", {})

    def panels(self) -> Iterator[tuple[str, Figure]]:
        """Every panel, whole."""
        for panel in self.words:
            yield panel, self.module.draw(self.result, panel, None)

    def build_steps(self) -> Iterator[tuple[str, int, Figure]]:
        """Every build step of every panel."""
        for panel, n in self.steps.items():
            for step in range(1, n + 1):
                yield panel, step, self.module.draw(self.result, panel, step)


Meet = Callable[..., Met]


@pytest.fixture(scope="module")
def meet(tmp_path_factory: pytest.TempPathFactory) -> Meet:
    """An experiment, or a control of it: computed once, written and read back."""
    output = tmp_path_factory.mktemp("figures")

    @cache
    def met(name: str, control: str | None) -> Met:
        look = {"style": "light", "canvas": "paper"}  # small pictures are quicker to write
        settings = {**config.defaults(), **look, "size": "quick", "control": control, "output": output}
        job, module = runner.plan(name, settings, look, ()), import_module(f"experiments.{name}")
        cfg, folder = module.Config(**job.values), job.results / name / job.marks.address
        store.save(module.compute(cfg), folder)
        result = store.load(folder, cfg)
        claims = {one.key: one for one in claim.judge(module.claims(result))}
        return Met(job, module, folder, result, claims, module.words(result))

    return lambda name, control=None: met(name, control)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


# what the files say


@pytest.mark.parametrize("name", NAMES)
def test_a_module_says_where_it_stands_and_what_it_shows(name):
    title, blank, *lines = import_module(f"experiments.{name}").__doc__.splitlines()
    assert re.fullmatch(r"[A-Z].+\.", title)
    assert blank == ""
    assert [line[:10].rstrip() for line in lines if line[:1].strip()] == ["Slide", "Figure", "Control", "Not here"]
    assert config.meta(name).slide in lines[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_values_say_how_much_is_computed_and_what_a_control_changes(name):
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
def test_a_claim_is_a_sentence_that_can_fail(name, meet):
    met = meet(name)
    for key, one in met.claims.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]+", key)
        assert re.fullmatch(r"[A-Z0-9].+\.", one.says)
        assert math.isfinite(one.at_least) or math.isfinite(one.at_most)
    assert len(met.claims) == len(list(met.module.claims(met.result))) > 0


@pytest.mark.parametrize("name", NAMES)
def test_what_is_certain_holds_and_the_rest_is_measured(name, meet):
    for key, one in meet(name).claims.items():
        assert one.holds or one.kind not in CERTAIN, key
        assert all(map(math.isfinite, (one.value, one.low, one.high))), key


@pytest.mark.parametrize(("name", "control"), CONTROLS)
def test_a_control_breaks_what_it_names_and_nothing_else_that_is_certain(name, control, meet):
    named, claims, broken = set(config.meta(name).controls[control]["breaks"]), meet(name).claims, meet(name, control)
    assert named <= claims.keys()
    assert named <= broken.broken
    assert {key for key in broken.broken - named if claims[key].kind in CERTAIN} == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_claim_is_broken_by_a_control(name, meet):
    """But for constructive ones: their weights are written down, and no value of a Config changes them."""
    measured = {key for key, one in meet(name).claims.items() if one.kind != "constructive"}
    named = {key for control in config.meta(name).controls.values() for key in control["breaks"]}
    assert measured - named == set()


# results


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bits_and_no_criterion_is_read(name, meet, tmp_path):
    met = meet(name)
    unjudged = {one.name: None for one in fields(met.result.cfg) if "criterion" in one.metadata}
    store.save(met.module.compute(replace(met.result.cfg, **unjudged)), tmp_path / "again")
    assert contents(tmp_path / "again") == contents(met.folder)


@pytest.mark.parametrize("name", SEEDED)
def test_another_seed_gives_another_result(name, meet, tmp_path):
    met = meet(name)
    store.save(met.module.compute(replace(met.result.cfg, seed=met.result.cfg.seed + 1)), tmp_path / "other")
    assert contents(tmp_path / "other") != contents(met.folder)


# figures


@pytest.mark.parametrize("name", NAMES)
def test_another_look_computes_nothing_and_twice_gives_the_same_bytes(name, meet, tmp_path, monkeypatch):
    met = meet(name)
    take_away_what_computes(met.module, monkeypatch)
    only_vectors(monkeypatch)
    job = replace(met.job, look={"style": "print", "canvas": "paper"})
    first, again = (runner.run(replace(job, folder=tmp_path / time)) for time in ("first", "again"))
    assert (first.note, again.note) == ("drawn from the stored result",) * 2
    assert contents(tmp_path / "first") == contents(tmp_path / "again")


@pytest.mark.parametrize(("theme", "canvas"), LOOKS)
@pytest.mark.parametrize("name", NAMES)
def test_every_panel_fits_and_is_drawn_from_what_is_stored(name, theme, canvas, meet, monkeypatch):
    met = meet(name)
    take_away_what_computes(met.module, monkeypatch)
    with style.use(theme, canvas):
        problems = {panel: style.fits(fig) for panel, fig in met.panels()}
    assert {panel: found for panel, found in problems.items() if found} == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_build_step_fits_and_nothing_jumps_from_one_to_the_next(name, meet):
    met = meet(name)
    with style.use():
        frames = {panel: frame(fig) for panel, fig in met.panels() if panel in met.steps}
        for panel, step, fig in met.build_steps():
            assert style.fits(fig) == [], (panel, step)
            assert frame(fig) == frames[panel], (panel, step)


def take_away_what_computes(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an experiment has of the core, of the data and of scikit-learn."""
    for name, value in list(vars(module).items()):
        origin = str(getattr(value, "__module__", None) or getattr(value, "__name__", ""))
        if name == "compute" or origin.split(".")[0] in ("core", "sklearn") or origin == "experiments.datasets":
            monkeypatch.delattr(module, name)


def only_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writes each picture as an SVG; that the same figure gives the same PNG and PDF is tested with the style."""
    draw = style._rendered
    monkeypatch.setattr(style, "_rendered", lambda fig, kind, facts: draw(fig, kind, facts) if kind == "svg" else b"")


def frame(fig: Figure) -> list[tuple]:
    """Limits and places of all axes, once the figure is laid out."""
    fig.draw_without_rendering()
    return [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in fig.axes]


@pytest.mark.parametrize(("name", "control"), CONTROLS)
def test_a_control_can_be_drawn(name, control, meet):
    with style.use(canvas="paper"):
        for _, fig in meet(name, control).panels():
            fig.draw_without_rendering()  # crowded it may be


@pytest.mark.parametrize(("name", "control"), PLAIN_AND_CONTROLS)
def test_every_panel_has_a_caption_and_a_short_alternative_text(name, control, meet):
    met = meet(name, control)
    assert next(iter(met.words)) == "headline"
    assert met.steps.keys() <= met.words.keys()
    for words in met.words.values():
        assert words.caption.strip()
        assert 0 < len(words.alt.strip()) <= ALT
        assert re.findall(r"(?<![A-Za-z])(?:nan|inf)(?![a-z])", words.caption + words.alt) == []
