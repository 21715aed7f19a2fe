"""Every peer trains the same networks on the same batches, and sees the same costs."""

import importlib
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.choice import PEERS as ALL
from benchmarks.networks import CASES, Case
from benchmarks.training import difference, tolerance
from benchmarks.workloads import GROWTH, TRAINING, Workload, problem

PEERS = [peer for peer in ALL if peer not in ("regioncam", "relucent")]  # those that train
TINY = [
    Workload("bits", (2, 5, 1), "tanh", "binary_cross_entropy", "gd", 0.5, batch=4, observations=4),
    Workload("batches", (2, 5, 3, 1), "relu", "mse", "adam", 0.01, batch=8, observations=24),
    Workload("wide", (3, 17, 1), "sigmoid", "mse", "gd", 0.1, batch=16, observations=16),
    Workload("classes", (4, 6, 3), "relu", "cross_entropy", "momentum", 0.1, batch=5, observations=20),
    Workload("digits", (64, 8, 10), "tanh", "cross_entropy", "adam", 0.01, batch=10, observations=40, data="digits"),
    Workload("ensemble", (2, 4, 1), "tanh", "binary_cross_entropy", "adam", 0.1, 12, 12, networks=3),
]
EPOCHS = 6


def costs(peer, workload, precision):
    module = importlib.import_module(f"benchmarks.peers.{peer}")
    return module.training(problem(workload, precision, EPOCHS))()


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("workload", TINY, ids=lambda workload: workload.name)
@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_sees_our_costs_in_every_epoch(peer, workload, precision):
    if peer in ("jax", "torch"):
        pytest.importorskip(peer)
    ours = costs("ours", workload, precision)
    assert ours.shape == ((workload.networks, EPOCHS) if workload.networks > 1 else (EPOCHS,))
    assert difference(costs(peer, workload, precision), ours) <= tolerance(workload, precision, EPOCHS)


@pytest.mark.parametrize(("peer", "n_inputs"), [("regioncam", 1), ("regioncam", 2), ("relucent", 3)])
def test_a_peer_finds_our_regions(peer, n_inputs):
    pytest.importorskip(peer)
    case = Case((3, 3), 0.5, n_inputs)
    ours, theirs = (importlib.import_module(f"benchmarks.peers.{name}").regions for name in ("ours", peer))
    assert ours(case.pairs(), 1)() == theirs(case.pairs(), 2)() > n_inputs + 1


def test_every_network_has_a_name_of_its_own_and_a_peer_that_there_is():
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.peer for case in CASES} <= {None, *ALL}


def test_a_run_can_be_repeated():
    run = importlib.import_module("benchmarks.peers.numpy").training(problem(TINY[1], "float64", EPOCHS))
    assert_allclose(run(), run(), rtol=0)


def test_the_difference_notices_one_epsilon_elsewhere(monkeypatch):
    numpy = importlib.import_module("benchmarks.peers.numpy")
    monkeypatch.setattr(numpy, "EPSILON", 1e-7)
    workload = TINY[1]
    assert difference(costs("numpy", workload, "float64"), costs("ours", workload, "float64")) > tolerance(
        workload, "float64", EPOCHS
    )


@pytest.mark.parametrize("workload", TRAINING, ids=lambda workload: workload.name)
def test_a_workload_has_data_of_its_shapes(workload):
    job = problem(workload, "float32", 2)
    n, n_parameters = workload.observations, sum(p * q + q for p, q in pairwise(workload.widths))
    assert job.X.shape == (n, workload.widths[0])
    assert job.Y.shape == (n, workload.widths[-1])
    assert job.theta.shape == ((n_parameters,) if workload.networks == 1 else (workload.networks, n_parameters))
    assert {part.dtype for part in (job.X, job.Y, job.theta)} == {np.dtype("float32")}
    if workload.steps > 1:
        assert job.batches.shape == (2 * workload.steps, workload.batch)
        assert sorted(job.order[1]) == list(range(n))


def test_flops_are_those_of_the_products():
    small = Workload("small", (3, 4, 2), "relu", "mse", "gd", 0.1, batch=5, observations=10, networks=1)
    forward, weights, inputs = 2 * 5 * (12 + 8), 2 * 5 * (12 + 8), 2 * 5 * 8
    assert small.flops == forward + weights + inputs


def test_titles_say_what_is_trained():
    titles = {workload.name: workload.title for workload in TRAINING}
    assert titles["h"] == "64-[32]×10-10 relu, batch 32"
    assert titles["g"] == "64 × 2-16-16-1 tanh, batch 200"


def test_growth_covers_what_is_said():
    ends = {axis: (min(sizes), max(sizes)) for axis, sizes in GROWTH.items()}
    assert ends == {"width": (8, 1024), "depth": (1, 32), "batch": (1, 4096), "networks": (1, 1024)}
    assert [len(workload.widths) - 1 for workload in GROWTH["depth"].values()] == list(GROWTH["depth"])


@pytest.mark.parametrize(
    ("batch", "networks", "complaint"),
    [(3, 1, "w: observations is 10; whole batches of 3 needed"), (5, 2, "w: batch is 5; several networks need all 10")],
)
def test_a_workload_that_peers_cannot_share_is_refused(batch, networks, complaint):
    with pytest.raises(ValueError, match=complaint):
        Workload("w", (2, 1), "relu", "mse", "gd", 0.1, batch, 10, networks)
