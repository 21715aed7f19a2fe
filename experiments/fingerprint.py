"""Fingerprints: what a result and a drawing depend on, read from the source without importing it.

From a definition every name it uses is followed: inside its module, through `from experiments.x import name` into
another one, and on; whatever touches `core` depends on all of core. Comments, docstrings, annotations and layout do not
count, nor does the plumbing that carries results about; a field of Config counts by its value. Every Python version
gives the same hash.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import metadata
from typing import Any

from experiments.config import ROOT, meta, schema

NUMERIC = ("numpy", "numba", "scipy", "scikit-learn", "mnist1d")
PICTORIAL = ("matplotlib", "seaborn")
PLUMBING = tuple(f"experiments.{name}" for name in ("config", "progress", "runner", "store"))
FRAME = (  # what the runner does with every experiment's claims and figures
    ("experiments.claim", "judge"),
    ("experiments.claim", "overall"),
    ("experiments.style", "use"),
    ("experiments.style", "save"),
)
SKIPPED = ("annotation", "returns", "ctx", "kind", "type_comment", "type_ignores", "type_params")

Place = tuple[str, str]  # a module and a definition in it; "*" is the whole module


@dataclass(frozen=True)
class Marks:
    """Four hashes of one experiment with its values."""

    fingerprint: str  # compute: its source, its values
    address: str  # … and the numeric libraries: where the result is kept
    drawing: str  # claims, words, draw: their source, the criteria, the look
    stamp: str  # all of it and every library: as long as it stays, there is nothing to do


def marks(name: str, values: Mapping[str, Any], look: Mapping[str, Any]) -> Marks:
    """Hashes of an experiment with these values, drawn with this look (theme and canvas)."""
    module, about = f"experiments.{name}", meta(name)
    criteria = {field.name for field in fields(schema(name)) if "criterion" in field.metadata}
    measured = {key: value for key, value in values.items() if key not in criteria}
    judged = {key: value for key, value in values.items() if key in criteria}
    fingerprint = digest([code([(module, "compute"), (module, "Config")]), measured])
    seen = code([*((module, definition) for definition in ("claims", "words", "draw", "STEPS")), *FRAME])
    drawing = digest([seen, judged, look, about.title, about.order, about.slide])
    address = digest([fingerprint, versions(*NUMERIC)])
    return Marks(fingerprint, address, drawing, digest([address, drawing, versions(*PICTORIAL)]))


def digest(value: Any) -> str:
    """Sixteen hex digits for anything JSON can write."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


@cache
def versions(*packages: str) -> dict[str, str]:
    """Installed versions, from the packages' metadata: nothing is imported."""
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def code(roots: Iterable[Place]) -> str:
    """Hash of all source reached from the roots."""
    todo, reached = list(roots), set()
    while todo:
        place = todo.pop()
        if place not in reached:
            reached.add(place)
            todo += _uses(place)
    return digest([[*place, _text(place)] for place in sorted(reached)])


@cache
def _uses(place: Place) -> tuple[Place, ...]:
    """The places that a definition names, one step on."""
    module, name = place
    if module == "core":
        return ()
    parsed = _module(module)
    if name in parsed.imports and name not in parsed.definitions:
        return (parsed.imports[name],)
    nodes = _nodes(place)
    imports = parsed.imports | {k: v for node in nodes for inner in ast.walk(node) for k, v in _imported(inner)}
    found = []
    for used, attribute in (pair for node in nodes for pair in _names(node)):
        if used in imports:
            target, definition = imports[used]
            part = attribute if attribute and definition == "*" and target != "core" else definition
            found.append((target, part))
        elif used in parsed.definitions:
            found.append((module, used))
    return tuple(place for place in found if place[0] not in PLUMBING)


@cache
def _text(place: Place) -> str:
    """What counts of a definition's source, and of the data files beside the module that it names."""
    if place[0] == "core":
        files = sorted((ROOT / "core").rglob("*.py"))
        return "".join(_canonical([file.relative_to(ROOT).as_posix(), ast.parse(file.read_bytes())]) for file in files)
    constants = [inner.value for node in _nodes(place) for inner in ast.walk(node) if isinstance(inner, ast.Constant)]
    named = sorted(
        {value for value in constants if isinstance(value, str) and value.endswith((".json", ".csv", ".npz"))}
    )
    data = [file.read_bytes().hex() for file in (ROOT / "experiments" / value for value in named) if file.is_file()]
    return _canonical([*_nodes(place), *data])


@dataclass
class _Module:
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, Place] = field(default_factory=dict)
    loose: list[ast.stmt] = field(default_factory=list)  # runs on import, so it belongs to every definition


@cache
def _module(name: str) -> _Module:
    parsed, path = _Module(), ROOT.joinpath(*name.split(".")).with_suffix(".py")
    for node in ast.parse(path.read_bytes()).body if path.is_file() else ():
        if isinstance(node, ast.Import | ast.ImportFrom):
            parsed.imports.update(_imported(node))
        elif defined := _defined(node):
            for target in defined:
                parsed.definitions.setdefault(target, []).append(node)
        elif not _is_docstring(node):
            parsed.loose.append(node)
    return parsed


def _nodes(place: Place) -> list[ast.stmt]:
    parsed = _module(place[0])
    whole = [node for nodes in parsed.definitions.values() for node in nodes]
    return parsed.loose + (whole if place[1] == "*" else parsed.definitions.get(place[1], []))


def _defined(node: ast.stmt) -> list[str]:
    """Names that a statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets: list[ast.expr] = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    plain = [part for target in targets for part in getattr(target, "elts", [target])]
    return [part.id for part in plain if isinstance(part, ast.Name)]


def _imported(node: ast.AST) -> Iterator[tuple[str, Place]]:
    """Local name and place of everything that an import brings in from this project."""
    if isinstance(node, ast.ImportFrom):
        origin = ".".join(part for part in ("experiments" if node.level else "", node.module) if part)
        for alias in node.names:
            local = alias.asname or alias.name
            if origin.split(".")[0] == "core":
                yield local, ("core", "*")
            elif origin == "experiments":
                yield local, (f"experiments.{alias.name}", "*")
            elif origin.startswith("experiments."):
                yield local, (origin, alias.name)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.split(".")[0] == "core":
                yield alias.asname or "core", ("core", "*")
            elif alias.asname and alias.name.startswith("experiments."):
                yield alias.asname, (alias.name, "*")


def _names(node: ast.AST) -> Iterator[tuple[str, str | None]]:
    """Every name used below a node, with the attribute that is read from it."""
    for child in _children(node):
        if isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name):
            yield child.value.id, child.attr
        elif isinstance(child, ast.Name):
            yield child.id, None
        else:
            yield from _names(child)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for _, value in _fields(node):
        yield from (child for child in (value if isinstance(value, list) else [value]) if isinstance(child, ast.AST))


def _fields(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """The parts of a node that count."""
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            value = [part for part in value if not _is_docstring(part) and not _is_key(part)]
        if name not in SKIPPED and value is not None and value != []:
            yield name, value


def _canonical(value: Any) -> str:
    if isinstance(value, ast.AST):
        return f"{type(value).__name__}({','.join(f'{name}={_canonical(part)}' for name, part in _fields(value))})"
    return f"[{','.join(map(_canonical, value))}]" if isinstance(value, list) else repr(value)


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_key(node: Any) -> bool:
    """A field declared with key() or criterion(): its value counts, its help text and range do not."""
    called = node.value.func if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in ("key", "criterion")
