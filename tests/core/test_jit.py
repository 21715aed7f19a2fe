"""Compilation: once per precision, kept on disk, never stale, never mixed up."""

import inspect
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import grimp
import numba
import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

import core
from core.costs import PAIRS
from core.kernels import entries, jit
from core.kernels.optimizers import OPTIMIZERS
from core.kernels.plane import cells, facets

NETWORK_ENTRIES = (entries.predict, entries.train)
REGION_ENTRIES = (cells.walk_on, facets.close_all, facets.unite)
ENTRIES = (*NETWORK_ENTRIES, *REGION_ENTRIES)
CORE = Path(core.__file__).parent
#: Two kernels that compile in a blink; what they call stands in the real files, under one name each.
PROBE = """
import sys
import numpy as np
from core.kernels.jit import lean_entry
from core.kernels.lanes import at
from core.activations import activate

@lean_entry
def first(code, Z, A):
    activate(code, at(Z, 0), at(A, 0), Z.size, 0.5)

@lean_entry
def second(code, Z, A):
    activate(code + 3, at(Z, 0), at(A, 0), Z.size, 0.5)

for kernel in sys.argv[1:]:
    A = np.zeros((2, 8))
    for code in (0, 1):
        globals()[kernel](code, np.full(8, -1.0), A[code])
    print(*A[:, 0], sum(globals()[kernel].stats.cache_hits.values()))
"""


@pytest.fixture
def copy(tmp_path):
    """A copy of core/ with the probe beside it; it loads only what the probe needs."""
    shutil.copytree(CORE, tmp_path / "core", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "core" / "__init__.py").write_text("")
    (tmp_path / "probe.py").write_text(PROBE)
    return tmp_path


def run(copy, *kernels):
    """What each kernel makes of -1 with codes 0 and 1 in a fresh process, and whether it was found compiled."""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    result = subprocess.run(
        [sys.executable, "probe.py", *kernels],
        cwd=copy,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [[float(number) for number in line.split()] for line in result.stdout.splitlines()]


def test_compiled_kernels_are_found_again_kept_apart_and_dropped_after_an_edit_in_any_file(copy):
    logistic = 1 / (1 + np.e)
    assert run(copy, "first") == [[-1, logistic, 0]]
    assert run(copy, "second") == [[0, -0.5, 0]]
    assert run(copy, "first", "second") == [[-1, logistic, 1], [0, -0.5, 1]]
    activations = copy / "core" / "activations.py"
    activations.write_text(activations.read_text().replace("where(z < 0, 0, z)", "where(z < 0, 7, z)"))
    assert run(copy, "second") == [[7, -0.5, 0]]


def callees(*kernels):
    """Every compiled function that these kernels may call, themselves included."""
    found, waiting = set(), list(kernels)
    while waiting:
        kernel = waiting.pop()
        found.add(kernel)
        scope = inspect.getclosurevars(kernel.py_func)
        values = [*scope.nonlocals.values(), *scope.globals.values()]
        values += [value for module in values if isinstance(module, ModuleType) for value in vars(module).values()]
        waiting += [value for value in values if isinstance(value, Dispatcher) and value not in found]
    return found


def test_no_two_compiled_functions_share_a_name():
    names = Counter((kernel.py_func.__module__, kernel.py_func.__qualname__) for kernel in callees(*ENTRIES))
    assert names.most_common(1)[0][1] == 1
    assert {("core.kernels.propagation", "forward"), ("core.kernels.products", "product")} <= names.keys()


def test_an_edit_of_any_file_that_kernels_are_made_of_starts_a_new_cache(copy, monkeypatch):
    graph = grimp.build_graph("core", cache_dir=None)
    tools = {"core.kernels.jit", "core.kernels.lanes"}
    users = set().union(*map(graph.find_modules_that_directly_import, tools))
    made_of = tools.union(users, *(graph.find_upstream_modules(user) for user in users))
    assert {"core.activations", "core.kernels.lanes", "core.kernels.products"} <= made_of
    monkeypatch.setattr(jit, "KERNELS", copy / "core" / "kernels")
    for module in made_of - {"core", "core.kernels"}:
        path = (copy / module.replace(".", "/")).with_suffix(".py")
        before = jit._digest()
        path.write_text(path.read_text() + "\n# edited\n")
        assert jit._digest() != before, module


def test_an_edit_of_a_face_leaves_the_cache_alone(copy, monkeypatch):
    monkeypatch.setattr(jit, "KERNELS", copy / "core" / "kernels")
    before = jit._digest()
    for name in ("network.py", "training.py", "constructions.py"):
        (copy / "core" / name).write_text("# edited\n")
    assert jit._digest() == before


def test_kernels_are_kept_where_numba_is_told_to_keep_them(monkeypatch, tmp_path):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    assert jit._cache_folder().parent == tmp_path


def test_kernels_of_an_installation_that_cannot_be_written_are_kept_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setattr(jit, "KERNELS", tmp_path / "a file, no folder")
    jit.KERNELS.touch()
    assert tmp_path not in jit._cache_folder().parents


def test_the_cache_folder_is_for_our_kernels_only():
    for kernel in ENTRIES:
        assert kernel.stats.cache_path.startswith(jit._FOLDER)
    assert numba.config.CACHE_DIR != jit._FOLDER


def test_every_network_cost_and_optimizer_shares_one_compiled_kernel_per_precision():
    X, Y = np.linspace(-1, 1, 10).reshape(5, 2), np.eye(3)[[0, 1, 2, 0, 1]]
    networks = [((2, 3), "relu"), ((2, 4, 3), ("gelu",)), ((2, 5, 5, 5, 3), ("relu", "prelu", "tanh"))]
    for precision in (np.float64, np.float32):
        for widths, activation in networks:
            for output, cost in PAIRS:
                start = core.initialize(widths, "glorot", seeds=range(2), activation=activation, output=output)
                nets = replace(start, theta=start.theta.astype(precision))
                for data in (X, X.astype(np.float32), np.asfortranarray(X), np.stack([X, X])):
                    nets.forward(data)
                    nets.gradient(data, Y, cost)
                for optimizer in OPTIMIZERS:
                    for batch_size in (None, 2):
                        core.train(
                            nets, X, Y, cost=cost, optimizer=optimizer, learning_rate=0.1, epochs=1,
                            batch_size=batch_size, l2=0.1, snapshots=[1],
                        )  # fmt: skip
    for kernel in NETWORK_ENTRIES:
        assert len(kernel.signatures) == 2
        assert {str(signature[0].dtype) for signature in kernel.signatures} == {"float32", "float64"}


def test_every_network_shares_one_compiled_walk_over_its_regions():
    parted = (2, 256, 1)  # wide enough to be walked through task by task
    for widths, activation in [
        ((1, 3, 1), "relu"), ((2, 3, 3, 2), ("absolute", "identity")), ((2, 1), "relu"), (parted, "relu"),
    ]:  # fmt: skip
        net = core.initialize(widths, "he", seeds=0, activation=activation)
        for theta in (net.theta, net.theta.astype(np.float32)):
            core.regions.count(replace(net, theta=theta), [[-1, 1]] * widths[0])
            core.regions.partition(replace(net, theta=theta), np.full((widths[0], 2), [0, 3]))
    assert [len(kernel.signatures) for kernel in REGION_ENTRIES] == [1, 1, 1]
