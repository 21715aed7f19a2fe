"""What a key takes, and the one line that refuses anything else: the key, the value, what is allowed."""

import difflib
import json
import math
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

BOUNDS = {"at_least": "≥", "above": ">", "at_most": "≤", "below": "<"}
KINDS = {  # one, several
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    bool: ("true or false", "true or false"),
    str: ("text", "texts"),
}


class ConfigError(Exception):
    """One line for the user; no traceback."""


def conform(declared: type, values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The values, converted to the types that a dataclass declares; a wrong key, type or range is refused."""
    known, blank, typed = {one.name: one for one in fields(declared)}, OmegaConf.structured(declared), {}
    for name, value in values.items():
        if name not in known:
            raise unknown(prefix + name, value, known)
        try:
            merged: Any = OmegaConf.to_container(OmegaConf.merge(blank, {name: value}))
        except OmegaConfBaseException:
            raise refused(prefix + name, value, allowed(declared, name)) from None
        if merged[name] == []:
            raise refused(prefix + name, value, "at least one entry")
        if not all(_fits(entry, known[name].metadata) for entry in _entries(merged[name])):
            raise refused(prefix + name, value, allowed(declared, name))
        typed[name] = merged[name]
    return typed


def described(declared: type) -> Iterator[tuple[str, str, str]]:
    """Name, help text and range of every key."""
    for one in fields(declared):
        yield one.name, one.metadata["help"], allowed(declared, one.name)


def allowed(declared: type, name: str) -> str:
    """What a key takes, in words: 'a list of whole numbers ≥ 1 and ≤ 64'."""
    kind = typing.get_type_hints(declared)[name]
    limits = next(one.metadata for one in fields(declared) if one.name == name)
    inner = [part for part in typing.get_args(kind) if part is not type(None)]
    single, several = KINDS.get(inner[-1] if inner else kind, KINDS[str])
    if limits["one_of"]:
        single = several = one_of(limits["one_of"])
    shapes = {list: f"a list of {several}", dict: f"{{name: value}} of {several}"}
    what = shapes.get(typing.get_origin(kind) or kind, single)
    bounds = " and ".join(f"{sign} {limits[bound]:g}" for bound, sign in BOUNDS.items() if limits[bound] is not None)
    return f"{what} {bounds}".strip()


def _fits(entry: Any, limits: Mapping[str, Any]) -> bool:
    if limits["one_of"]:
        return entry in limits["one_of"]
    if isinstance(entry, bool) or not isinstance(entry, int | float):
        return True
    at_least, above, at_most, below = (limits[bound] for bound in BOUNDS)
    return (
        math.isfinite(entry)
        and (at_least is None or entry >= at_least)
        and (above is None or entry > above)
        and (at_most is None or entry <= at_most)
        and (below is None or entry < below)
    )


def _entries(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]


def one_of(choice: Iterable[str]) -> str:
    return "one of " + ", ".join(choice)


def shown(value: Any) -> str:
    """A value as it is written on the command line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def refused(path: str, value: Any, needed: str) -> ConfigError:
    return ConfigError(f"{path}={shown(value)}: needs {needed}")


def unknown(path: str, value: Any, known: Iterable[str]) -> ConfigError:
    """The refusal of a key; `known` are those beside it."""
    group, _, name = path.rpartition(".")
    near = difflib.get_close_matches(name, known := list(known), n=1)
    hint = f"did you mean {'.'.join(filter(None, (group, near[0])))}?" if near else f"known: {', '.join(known)}"
    return ConfigError(f"{path}={shown(value)}: unknown key; {hint}")
