"""Configuration: what can be set, and the values of one experiment.

A module declares its keys in `Config`, conf/experiment/<name>.yaml gives their values, and the file name registers it.
Nothing here imports an experiment: `Config` is read from the module's source, so help and refusals stay quick.
"""

import ast
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache, reduce
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from experiments.refusal import ConfigError, conform, one_of, refused, shown, unknown

ROOT = Path(__file__).resolve().parents[1]
CONF = ROOT / "conf"
META = ("order", "slide", "sizes", "controls")  # keys of an experiment's YAML that are not values of its Config
LIGHT = ("__future__", "dataclasses", "typing", "experiments.config")  # modules that a Config may use


def key(
    help: str,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
    below: float | None = None,
    one_of: tuple[str, ...] | None = None,
) -> Any:
    """A field with help text and range, and no default: values live in YAML. Bounds hold for each entry of a list."""
    bounds = {"at_least": at_least, "above": above, "at_most": at_most, "below": below}
    return field(metadata={"help": help, "one_of": one_of, **bounds})


def criterion(help: str, **limits: Any) -> Any:
    """A key that only `claims` reads: changing it judges again and never recomputes."""
    return field(metadata={**key(help, **limits).metadata, "criterion": True})


@dataclass
class Run:
    """The top level of a command line; its values are in conf/config.yaml."""

    experiment: dict[str, Any] = key("the claim to test, or all of them")
    seed: int = key("base seed; every random stream derives from it", at_least=0)
    size: str = key("how much is computed", one_of=("quick", "default", "paper"))
    control: str | None = key("a negative control: the physics changed, so that claims must break")
    style: dict[str, Any] = key("colours")
    canvas: dict[str, Any] = key("size of the picture and of its type")
    output: str = key("folder of the figures")
    check: bool = key("recompute, compare with the record on disk, write nothing")


@dataclass(frozen=True)
class Meta:
    """What the YAML and the module's first line say about an experiment, beside its values."""

    title: str
    order: int
    slide: str
    sizes: Mapping[str, Mapping[str, Any]]
    controls: Mapping[str, Mapping[str, Any]]  # name -> change: {key: value}, breaks: [claim, …]


def options(group: str) -> list[str]:
    """Names that can be chosen: a file each."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def names() -> list[str]:
    """Every experiment, in the order of the lecture."""
    return sorted(options("experiment"), key=lambda name: (meta(name).order, name))


def meta(name: str) -> Meta:
    """Title, place in the lecture, sizes and controls of an experiment."""
    values = _yaml(f"experiment/{name}.yaml")
    title = (ast.get_docstring(_source(name)) or name).splitlines()[0]
    return Meta(title, values["order"], values["slide"], values.get("sizes") or {}, values.get("controls") or {})


def defaults() -> dict[str, Any]:
    """The top level as conf/config.yaml has it; style and canvas by name."""
    values = _yaml("config.yaml")
    groups = {group: name for entry in values["defaults"] if isinstance(entry, dict) for group, name in entry.items()}
    return {one.name: values.get(one.name, groups.get(one.name)) for one in fields(Run)}


@cache
def schema(name: str) -> type:
    """The Config class of an experiment, without importing the module: only what Config is declared with is run."""
    body: list[ast.stmt] = []
    for node in _source(name).body:
        if isinstance(node, ast.ImportFrom):
            wanted = node.module in LIGHT
        elif isinstance(node, ast.Import):
            wanted = all(alias.name in LIGHT for alias in node.names)
        else:
            wanted = isinstance(node, ast.ClassDef) and node.name == "Config"
        body += [node] if wanted else []
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(compile(ast.Module(body, type_ignores=[]), f"experiments/{name}.py", "exec"), namespace)
    return typing.cast(type, namespace["Config"])


@cache
def _source(name: str) -> ast.Module:
    path = ROOT / "experiments" / f"{name}.py"
    if not path.is_file():
        raise ConfigError(f"experiment={name}: conf/experiment/{name}.yaml has no experiments/{name}.py beside it")
    return ast.parse(path.read_bytes(), str(path))


@cache
def _yaml(path: str) -> dict[str, Any]:
    return typing.cast(dict[str, Any], OmegaConf.to_container(OmegaConf.load(CONF / path)))


def resolve(
    name: str,
    *,
    size: str = "default",
    control: str | None = None,
    seed: int | None = None,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Every value of an experiment: its YAML, then the size's, the control's change, and `given` by dotted path."""
    about, declared = meta(name), [one.name for one in fields(schema(name))]
    _check_control(name, control)
    values: Any = OmegaConf.create({k: v for k, v in _yaml(f"experiment/{name}.yaml").items() if k not in META})
    if "seed" in declared:
        values["seed"] = defaults()["seed"] if seed is None else seed
    values.merge_with(about.sizes.get(size, {}), about.controls[control]["change"] if control else {})
    for path, value in (given or {}).items():
        OmegaConf.update(values, path, value, force_add=True)
    plain: Any = OmegaConf.to_container(values)
    typed = conform(schema(name), plain, "experiment.")
    if missing := [one for one in declared if one not in typed]:
        raise ConfigError(f"experiment.{missing[0]}: declared in {name}.py, without a value in {name}.yaml")
    return {one: typed[one] for one in declared}


def check(given: Mapping[str, list[Any]]) -> None:
    """Refuse a command line before anything is composed. A sweep gives a key several values."""
    chosen = {group: given.get(group, [defaults()[group]]) for group in ("experiment", "style", "canvas")}
    for group in chosen.keys() & given.keys():
        known = [*options(group), *(["all"] if group == "experiment" else [])]
        for name in given[group]:
            if name not in known:
                raise refused(group, name, one_of(known))
    for path, value in ((path, value) for path, values in given.items() for value in values):
        group, _, inner = path.partition(".")
        if group not in chosen:
            conform(Run, {path: value})
        for name in chosen.get(group, []) if inner else []:
            _check_value(group, name, inner, value)
    if "experiment" not in given:
        raise ConfigError(f"experiment is missing: needs {one_of([*names(), 'all'])}; --help tells more")
    for name in chosen["experiment"]:
        for control in given.get("control", []):
            _check_control(name, control)


def _check_control(name: str, control: Any) -> None:
    known = [] if name == "all" else [*meta(name).controls]
    if control not in [*known, None]:
        raise refused("control", control, f"{one_of([*known, 'null'])} with experiment={name}")


def _check_value(group: str, name: str, path: str, value: Any) -> None:
    """Refuse what an experiment's Config does not take, or what is unlike the value in a style's or canvas's file."""
    label, first = f"{group}.{path}", path.split(".")[0]
    if group != "experiment":
        values = _yaml(f"{group}/{name}.yaml")
        if first not in values:
            raise unknown(label, value, values)
        kind = (int, float) if isinstance(values[first], int | float) else type(values[first])
        if first == path and not isinstance(value, kind):
            raise refused(label, value, f"something like {shown(values[first])}")
    elif name not in options("experiment"):
        raise ConfigError(f"{label}={shown(value)}: belongs to one experiment, and needs experiment=NAME")
    elif first == "seed":
        raise ConfigError(f"{label}={shown(value)}: unknown key; did you mean seed?")
    elif first not in (declared := [one.name for one in fields(schema(name)) if one.name != "seed"]):
        raise unknown(label, value, declared)
    elif "${" not in str(value):  # an interpolation has a value once all is composed
        conform(
            schema(name), reduce(lambda inner, part: {part: inner}, reversed(path.split(".")), value), "experiment."
        )
