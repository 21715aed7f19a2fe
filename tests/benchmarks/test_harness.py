"""Statistics from tables made by hand, and rounds and workers that can be trusted."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks import regions, threads, training
from benchmarks.growth import crossings
from benchmarks.harness import Spread, enough, geometric_mean, number, ratio, rounds, spread, workers
from benchmarks.networks import Case
from benchmarks.training import difference, side_by_side, tolerance
from benchmarks.worker import Answer, PeerError, Worker
from benchmarks.workloads import TRAINING

SMALL = TRAINING[0]


@pytest.fixture(scope="module")
def worker():
    with Worker(environment={"OURS": "1"}) as one:
        yield one


# statistics


def test_a_spread_is_the_median_and_the_quartiles():
    assert spread([5.0, 1.0, 2.0, 4.0, 3.0]) == Spread(3, 2, 4)


def test_ratios_are_taken_within_a_round():
    assert ratio([2.0, 40.0, 6.0], [1.0, 10.0, 1.0]).median == 4  # a slow second round does not count more
    with pytest.raises(ValueError, match="zip"):
        ratio([1.0], [1.0, 2.0])


def test_the_mean_of_a_ratio_and_its_inverse_is_one():
    assert_allclose(geometric_mean([4, 0.25, 2, 0.5]), 1)
    assert math.isnan(geometric_mean([]))


def test_numbers_have_three_digits_and_no_large_exponent():
    assert [number(x) for x in (0.01234, 1.5, 99.96, 12345.6)] == ["0.0123", "1.5", "100", "12346"]
    assert str(Spread(1.234, 1, 1500)) == "1.23 [1, 1500]"


def test_crossings_lie_on_straight_lines_of_logarithms():
    assert crossings([1, 100], [[0.1], [10]]) == "ahead from 10"
    assert crossings([2, 4, 8], [[2], [0.5], [1]]) == "behind from 2.83, ahead from 8"
    assert crossings([1, 2], [[3], [1]]) == "ahead everywhere"
    assert crossings([1, 2, 4], [[0.3], [], [0.9]]) == "behind everywhere"


# rounds


def test_rounds_take_turns():
    said = []
    found = rounds({"a": lambda: said.append("a") or len(said), "b": lambda: said.append("b") or len(said)}, 3)
    assert said == ["a", "b"] * 3
    assert found == {"a": [1, 3, 5], "b": [2, 4, 6]}


def test_work_grows_until_it_takes_long_enough():
    prepared = [7]
    amount = enough(prepared.append, lambda: SimpleNamespace(cpu=1e-4 * prepared[-1]), 7, seconds=0.1)
    assert amount == prepared[-1] >= 1000
    assert len(prepared) == 2


def test_work_that_takes_long_stays_as_it_is():
    assert enough(pytest.fail, lambda: SimpleNamespace(cpu=3.0), 7, seconds=0.1) == 7


# the comparison of costs


def test_the_difference_is_relative_to_the_largest_cost_so_far_and_never_hides_a_nan():
    ours = np.array([1.0, 2.0])
    assert_allclose(difference(np.array([1.1, 2.0]), ours), 0.1)
    assert_allclose(difference(np.array([2.0, 1.1]), ours[::-1]), 0.05)
    assert_allclose(difference(np.array([[1.0, 1.0], [1.0, 1.5]]), np.array([[9.0, 1.0], [1.0, 1.0]])), 8 / 9)
    assert difference(np.array([1.0, np.nan]), ours) == math.inf
    assert difference(np.array([1.0]), ours) == math.inf


def peer_with(costs):
    """A worker whose steps take a microsecond of CPU and whose costs are these."""
    answer = Answer(np.array(costs), cpu=1e-6 * training.CHECKED, wall=0.0, cpu_since_start=0.0, memory=0)
    return SimpleNamespace(ask=lambda *_: answer, run=lambda: answer)


@pytest.mark.parametrize(("batch", "epochs"), [(4, 8), (2, 4), (1, 2)])
def test_no_run_is_shorter_than_the_steps_that_are_compared(batch, epochs):
    met = []
    answer = Answer(np.ones(epochs), cpu=1.0, wall=0.0, cpu_since_start=0.0, memory=0)
    peer = SimpleNamespace(ask=lambda _module, _function, job: met.append(job.epochs), run=lambda: answer)
    peak = SimpleNamespace(ask=lambda *_: None, run=lambda: Answer(1.0, 1.0, 0.0, 0.0, 0))
    side_by_side(replace(SMALL, batch=batch), "float64", {"ours": peer}, peak, n_rounds=1, seconds=0.1)
    assert met == [epochs]


def test_a_peer_that_computes_something_else_gets_no_ratio():
    peers = {"ours": peer_with([0.5, 0.4]), "same": peer_with([0.5, 0.4]), "other": peer_with([0.5, 0.41])}
    peak = SimpleNamespace(ask=lambda *_: None, run=lambda: Answer(3e6, 3.0, 0.0, 0.0, 0))
    rows = side_by_side(SMALL, "float64", peers, peak, n_rounds=3, seconds=0)
    assert [row["ratio"] for row in rows] == [(1, 1, 1), (1, 1, 1), None]
    assert_allclose(rows[0]["seconds"].median, 1e-6)
    assert_allclose(rows[0]["share_of_peak"].median, SMALL.flops)  # the peak is one operation a microsecond
    assert rows[2]["difference"] > rows[2]["bound"] == tolerance(SMALL, "float64", training.CHECKED)
    assert training.table(rows)[1][-2] == "other costs"


# regions and threads


def counter(cpu, found=7):
    """A worker that finds so many regions in so many CPU seconds, and what it was asked and told to run."""
    said = []
    answer = Answer(found, cpu=cpu, wall=0.0, cpu_since_start=0.0, memory=0)
    return said, SimpleNamespace(
        ask=lambda _module, _function, pairs, times: said.append((len(pairs[0][1]), times)),
        run=lambda: said.append("run") or answer,
    )


def test_regions_are_counted_after_a_small_network_has_compiled_what_is_needed():
    said, ours = counter(cpu=0.2)
    (row,) = regions.side_by_side(Case((5,), n_inputs=3), {"ours": ours}, n_rounds=2, seconds=0.1)
    assert said == [(3, 1), "run", (5, 1), "run", "run", "run", "run"]
    assert (row["regions"], row["seconds"], row["ratio"]) == (7, (0.2, 0.2, 0.2), (1, 1, 1))


def test_what_takes_long_is_measured_once():
    said, peer = counter(cpu=2 * regions.LONG, found=6)
    rows = regions.side_by_side(Case((5,)), {"ours": counter(cpu=0.1)[1], "regioncam": peer}, n_rounds=3, seconds=0.1)
    assert said == [(2, 1), "run", (5, 1), "run"]
    assert [(row["regions"], row["ratio"].median) for row in rows] == [(7, 1), (6, 20 * regions.LONG)]


def test_a_network_without_a_peer_is_counted_by_us_alone():
    peers = {name: counter(cpu=0.1)[1] for name in ("ours", "regioncam", "relucent")}
    for case, expected in ((Case((5,), peer=None), ["ours"]), (Case((5,), peer="relucent"), ["ours", "relucent"])):
        assert [row["peer"] for row in regions.side_by_side(case, peers, 1, 0.1)] == expected


def test_two_processes_that_do_twice_the_work_in_the_same_time_are_twice_as_fast(monkeypatch):
    clock = iter(range(100))  # a second between two looks at it
    monkeypatch.setattr(threads.time, "perf_counter", lambda: float(next(clock)))
    one, two = (SimpleNamespace(run=lambda wall=wall: Answer(7, 0.0, wall, 0.0, 0)) for wall in (1.0, 0.625))
    process = SimpleNamespace(send=lambda: None, receive=lambda: None)
    row = threads._row("net", (one, two, process, process), work=2, n_rounds=1)
    found = [row[name].median for name in ("two_threads", "two_processes", "of_processes")]
    assert_allclose(found, [1.6, 2.0, 0.8])


# workers


def test_a_worker_answers_and_says_what_it_took(worker):
    answer = worker.ask("time", "sleep", 0.02)
    assert answer.value is None
    assert answer.cpu < 0.02 <= answer.wall
    assert answer.memory > 2**20


def test_processes_that_a_peer_starts_are_timed_too(worker):
    burn = "import time\nwhile time.process_time() < .1: pass"
    command = f"__import__('subprocess').run([__import__('sys').executable, '-c', {burn!r}], check=True) and None"
    assert worker.ask("builtins", "eval", command).cpu >= 0.1


def test_a_function_stays_in_the_worker_and_runs_there(worker):
    worker.ask("functools", "partial", math.hypot, 3, 4)
    assert [worker.run().value, worker.run().value] == [5, 5]


def test_what_a_library_prints_does_not_get_between_the_answers(worker):
    assert worker.ask("builtins", "print", "hello").value is None
    assert worker.ask("math", "sqrt", 4).value == 2


def test_a_failure_is_told_and_survived(worker):
    with pytest.raises(PeerError, match="ValueError: "):
        worker.ask("math", "sqrt", -1)
    assert worker.ask("math", "sqrt", 9).value == 3


def test_a_worker_that_dies_is_told():
    with Worker() as one, pytest.raises(PeerError, match="ended with status 3"):
        one.ask("os", "_exit", 3)


def test_a_worker_has_one_thread_and_no_inherited_kernel_of_blas(monkeypatch, worker):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    with Worker() as fresh:
        assert fresh.ask("os", "getenv", "OPENBLAS_CORETYPE").value is None
    assert worker.ask("os", "getenv", "OMP_NUM_THREADS").value == "1"
    assert worker.ask("os", "getenv", "OURS").value == "1"


def test_a_peer_starts_with_its_own_library_alone():
    with Worker() as one:
        assert one.ask("benchmarks.worker", "offers", "benchmarks.peers.numpy", "training").value
        loaded = set(one.ask("builtins", "eval", "list(__import__('sys').modules)").value)
    assert "numpy" in loaded
    assert loaded.isdisjoint({"numba", "sklearn", "scipy", "matplotlib", "torch", "jax", "core"})


def test_a_peer_that_is_missing_is_left_out_with_a_line():
    said = []
    with workers("training", ("numpy", "nonesuch"), said.append) as found:
        assert list(found) == ["numpy"]
    with workers("cooking", ("numpy",), said.append) as found:
        assert not found
    assert said == ["nonesuch is left out: No module named 'benchmarks.peers.nonesuch'"]
