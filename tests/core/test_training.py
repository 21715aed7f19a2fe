"""Training, against a plain NumPy loop step by step, and against the solution that scikit-learn finds."""

import signal
import threading
from dataclasses import replace
from types import SimpleNamespace

import numba
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from sklearn.linear_model import LogisticRegression

import core
from core import streams
from core.kernels import entries
from core.training import batch_order

EPS = np.finfo(np.float64).eps
N = 13
WIDTHS = (3, 5, 4, 2)


def example(precision=np.float64, n_networks=None):
    """A tanh network with two hidden layers and softmax outputs, X (N, 3) and one-hot Y (N, 2)."""
    rng = streams.stream(0, "training")
    net = core.initialize(WIDTHS, "glorot", activation="tanh", output="softmax")
    shape = net.theta.shape if n_networks is None else (n_networks, net.n_parameters)
    theta = net.theta + rng.uniform(-0.3, 0.3, shape)
    X, Y = rng.standard_normal((N, 3)), np.eye(2)[rng.integers(2, size=N)]
    return replace(net, theta=theta.astype(precision)), X, Y


def backpropagation(net, theta, X, Y):
    """J and dJ/dtheta of the example, written with the formulas of the slides."""
    layers = replace(net, theta=theta).layers()
    A = [X]
    for W, b in layers[:-1]:
        A.append(np.tanh(A[-1] @ W + b))
    exponentials = np.exp(A[-1] @ layers[-1][0] + layers[-1][1])
    predicted = exponentials / exponentials.sum(axis=1, keepdims=True)
    dZ, parts = (predicted - Y) / len(X), []
    for l in range(len(layers), 0, -1):
        parts = [(A[l - 1].T @ dZ).ravel(), dZ.sum(axis=0), *parts]
        dZ = dZ @ layers[l - 1][0].T * (1 - A[l - 1] ** 2)
    return -np.mean(np.sum(Y * np.log(predicted), axis=1)), np.concatenate(parts)


def descend(optimizer, theta, gradient, memory, alpha, step):
    """theta after one step; memory is a pair of moving averages, changed in place."""
    if optimizer == "gd":
        return theta - alpha * gradient
    v, s = memory
    if optimizer == "momentum":
        v[:] = 0.9 * v + gradient
        return theta - alpha * v
    v[:] = 0.9 * v + 0.1 * gradient
    s[:] = 0.999 * s + 0.001 * gradient**2
    return theta - alpha * (v / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)


def loop(net, X, Y, *, optimizer, learning_rate, epochs, batches=None, l2=0.0):
    """theta and the mean cost of each epoch; batches: for each epoch the rows of each batch."""
    weights = np.concatenate([part for W, b in net.layers() for part in (np.ones(W.size), np.zeros(b.size))])
    theta, memory, step, costs = net.theta.astype(float), np.zeros((2, net.n_parameters)), 0, []
    for epoch in range(epochs):
        before = []
        for rows in batches[epoch] if batches else [np.arange(N)]:
            J, gradient = backpropagation(net, theta, X[rows], Y[rows])
            before.append(J + l2 / 2 * np.sum(weights * theta**2))
            step += 1
            theta = descend(optimizer, theta, gradient + l2 * weights * theta, memory, learning_rate, step)
        costs.append(np.mean(before))
    return theta, costs


def shuffled(uniform):
    """Fisher and Yates: place by place from the end, one of those that are left."""
    order = np.arange(len(uniform))
    for last in reversed(range(1, len(order))):
        taken = int(uniform[last] * (last + 1))
        order[[last, taken]] = order[[taken, last]]
    return order


def batches_of(seed, size, epochs):
    """What the documentation promises: a new order for each epoch, all from stream(seed, "batches")."""
    rng = streams.stream(seed, "batches")
    orders = [shuffled(rng.random(N)) for _ in range(epochs)]
    return [[order[start : start + size] for start in range(0, N, size)] for order in orders]


EPOCHS = 40
#: Every step rounds theta, whose entries are below 2, once on each side: eps a step. Descent lets no error grow.
DRIFT = EPOCHS * -(-N // 2)


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@pytest.mark.parametrize("l2", [0.0, 0.03])
@pytest.mark.parametrize("batch_size", [None, 2, 5, 8, 12])
@pytest.mark.parametrize(("optimizer", "learning_rate"), [("gd", 0.3), ("momentum", 0.05), ("adam", 0.02)])
def test_training_takes_the_steps_of_a_plain_loop(optimizer, learning_rate, batch_size, l2, precision):
    net, X, Y = example(precision)
    X = X.astype(precision).astype(float)  # the same numbers for both
    batches = batches_of(11, batch_size, EPOCHS) if batch_size else None
    fit = core.train(
        net, X, Y, cost="cross_entropy", optimizer=optimizer, learning_rate=learning_rate, epochs=EPOCHS,
        batch_size=batch_size, seed=11, l2=l2,
    )  # fmt: skip
    theta, costs = loop(
        net, X, Y, optimizer=optimizer, learning_rate=learning_rate, epochs=EPOCHS, batches=batches, l2=l2
    )
    assert fit.network.theta.dtype == precision
    assert not fit.diverged
    tolerance = DRIFT * np.finfo(precision).eps
    assert_allclose(fit.network.theta, theta, rtol=0, atol=tolerance)
    assert_allclose(fit.cost, costs, rtol=0, atol=tolerance)


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "adam"])
def test_a_batch_of_all_observations_or_more_is_the_whole_set(optimizer):
    net, X, Y = example()
    fits = [
        core.train(net, X, Y, cost="cross_entropy", optimizer=optimizer, learning_rate=0.1, epochs=5, batch_size=size)
        for size in (None, N, N + 1, 10**6)
    ]
    for fit in fits[1:]:
        assert_array_equal(fit.network.theta, fits[0].network.theta)
        assert_array_equal(fit.cost, fits[0].cost)


def test_the_cost_is_the_one_before_each_step():
    net, X, Y = example()
    fit = core.train(net, X, Y, cost="cross_entropy", learning_rate=0.1, epochs=3)
    assert fit.cost[0] == net.gradient(X, Y, "cross_entropy")[0]
    after = core.train(fit.network, X, Y, cost="cross_entropy", learning_rate=0.1, epochs=1)
    assert after.cost[0] == fit.network.gradient(X, Y, "cross_entropy")[0] < fit.cost[-1]


def test_no_epochs_change_nothing():
    net, X, Y = example()
    fit = core.train(net, X, Y, cost="cross_entropy", learning_rate=0.1, epochs=0, snapshots=[0])
    assert_array_equal(fit.network.theta, net.theta)
    assert_array_equal(fit.snapshots, net.theta[np.newaxis])
    assert fit.cost.shape == (0,)
    assert fit.diverged is False


def test_the_network_that_was_given_is_left_as_it_was():
    net, X, Y = example()
    theta, X_before, Y_before = net.theta.copy(), X.copy(), Y.copy()
    core.train(net, X, Y, cost="cross_entropy", learning_rate=0.1, epochs=3, batch_size=4)
    for now, before in ((net.theta, theta), (X, X_before), (Y, Y_before)):
        assert_array_equal(now, before)


def test_learnt_slopes_are_trained_and_not_penalised():
    net = core.Network((1, 1, 1), [1, 0, 1, 0, 0.25], "prelu")
    fit = core.train(net, [[-2.0]], [0.0], cost="mse", learning_rate=0.125, epochs=1, l2=4)
    # z = -2, ŷ = 0.25 (-2) = -0.5, dJ/dŷ = -1: dW2 = 0.5, db2 = -1, dslope = 2, dz = -0.25: dW1 = 0.5, db1 = -0.25
    # the penalty adds 4 W to dW1 and dW2 alone, and 4 / 2 (1 + 1) to J = 0.25
    assert_array_equal(fit.network.theta, np.array([1, 0, 1, 0, 0.25]) - 0.125 * np.array([4.5, -0.25, 4.5, -1, 2]))
    assert fit.cost == 4.25


# --- scikit-learn


@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_a_network_without_hidden_layers_finds_the_logistic_regression_of_scikit_learn(l2):
    rng = streams.stream(0, "logistic")
    X = rng.standard_normal((100, 3))
    y = (X @ [1.0, -2.0, 0.5] + 0.3 + rng.logistic(size=100) > 0).astype(int)
    # scikit-learn minimises C times the summed cost plus half the squared weights; bias free, as here
    C = np.inf if l2 == 0 else 1 / (100 * l2)
    solution = LogisticRegression(C=C, tol=1e-12, solver="newton-cholesky").fit(X, y)
    net = core.initialize((3, 1), "zeros", output="sigmoid")
    fit = core.train(net, X, y, cost="binary_cross_entropy", learning_rate=2.0, epochs=2000, l2=l2)
    # both stop where no slope exceeds 1e-12: that far from the minimum, divided by the smallest curvature there
    a, with_ones = fit.network(X), np.column_stack([X, np.ones(100)])
    curvature = np.linalg.eigvalsh(with_ones.T @ (a * (1 - a) * with_ones) / 100).min()
    expected = np.append(solution.coef_, solution.intercept_)
    assert_allclose(fit.network.theta, expected, rtol=0, atol=np.sqrt(4) * 1e-12 / curvature)


# --- ensembles


def test_each_network_of_an_ensemble_ends_as_if_it_had_been_trained_alone():
    nets, X, Y = example(n_networks=3)
    rng = streams.stream(0, "own data")
    own_X, own_Y = rng.standard_normal((3, N, 3)), np.eye(2)[rng.integers(2, size=(3, N))]
    rates, seeds = np.array([0.1, 0.2, 0.05]), np.array([4, 4, 7])
    for data_X, data_Y in ((X, Y), (own_X, Y), (X, own_Y), (own_X, own_Y), (own_X, own_Y.argmax(axis=-1))):
        arguments = {"cost": "cross_entropy", "optimizer": "adam", "epochs": 7, "batch_size": 5, "snapshots": (3, 7)}
        fit = core.train(nets, data_X, data_Y, learning_rate=rates, seed=seeds, **arguments)
        assert fit.snapshots.shape == (3, 2, nets.n_parameters)
        for r in range(3):
            alone = core.train(
                nets[r], data_X[r] if data_X is own_X else data_X, Y if data_Y is Y else data_Y[r],
                learning_rate=rates[r], seed=seeds[r], **arguments,
            )  # fmt: skip
            assert_array_equal(fit.network.theta[r], alone.network.theta)
            assert_array_equal(fit.cost[r], alone.cost)
            assert_array_equal(fit.snapshots[r], alone.snapshots)


def test_every_order_of_the_observations_is_as_likely():
    orders = batch_order(streams.stream(0, "orders"), 60_000, 4)
    _, numbers = np.unique(orders @ [64, 16, 4, 1], return_counts=True)
    assert len(numbers) == 24
    assert stats.chisquare(numbers).pvalue > 1e-3


def test_networks_with_one_seed_see_the_same_batches_and_with_two_seeds_others():
    net, X, Y = example()
    nets = replace(net, theta=np.tile(net.theta, (3, 1)))
    fit = core.train(nets, X, Y, cost="cross_entropy", learning_rate=0.1, epochs=2, batch_size=4, seed=[1, 1, 2])
    same, again, other = fit.network.theta
    assert_array_equal(same, again)
    assert (same != other).any()


@pytest.mark.parametrize("n_threads", [2, 3])
def test_the_bits_are_the_same_on_any_number_of_threads(monkeypatch, n_threads):
    nets, X, Y = example(n_networks=8)

    def fit(threads):
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", threads)
        return core.train(nets, X, Y, cost="cross_entropy", learning_rate=0.1, epochs=50, batch_size=4, seed=range(8))

    one, several = fit(1), fit(n_threads)
    assert_array_equal(several.network.theta, one.network.theta)
    assert_array_equal(several.cost, one.cost)


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "adam"])
def test_the_bits_are_the_same_wherever_the_work_is_cut_into_calls(monkeypatch, optimizer):
    net, X, Y = example()

    def fit(**limits):
        with monkeypatch.context() as patch:
            for name, value in limits.items():
                patch.setattr(f"core.training.{name}", value)
            return core.train(
                net,
                X,
                Y,
                cost="cross_entropy",
                optimizer=optimizer,
                learning_rate=0.05,
                epochs=20,
                batch_size=4,
                seed=3,
            )

    whole = fit()
    for pieces in (fit(CALL_WORK=1), fit(CALL_ORDER=1), fit(CALL_ORDER=3 * N)):
        assert_array_equal(pieces.network.theta, whole.network.theta)
        assert_array_equal(pieces.cost, whole.cost)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_ctrl_c_is_heard_between_two_calls_of_the_kernel(monkeypatch, n_threads):
    nets, X, Y = example(n_networks=4)
    epochs, calls = 20_000, []

    def kernel(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        return entries.train(*arguments)

    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", n_threads)
    monkeypatch.setattr("core.training.CALL_WORK", 1)  # one call for each epoch
    monkeypatch.setattr("core.training.entries", SimpleNamespace(train=kernel))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start deaf to it
    try:
        with pytest.raises(KeyboardInterrupt):
            core.train(nets, X, Y, cost="cross_entropy", learning_rate=0.1, epochs=epochs)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(calls) < 4 * epochs


# --- snapshots


@pytest.mark.parametrize("batch_size", [None, 4])
def test_a_snapshot_is_theta_after_that_many_epochs_in_the_order_asked_for(batch_size):
    net, X, Y = example()

    def fit(epochs, snapshots=()):
        return core.train(
            net, X, Y, cost="cross_entropy", optimizer="adam", learning_rate=0.1, epochs=epochs, batch_size=batch_size,
            snapshots=snapshots,
        )  # fmt: skip

    kept = (9, 0, 4, 4, 1)
    assert_array_equal(fit(9, kept).snapshots, [fit(epochs).network.theta for epochs in kept])
    assert_array_equal(fit(9, kept).network.theta, fit(9).network.theta)
    assert_array_equal(fit(9, kept).cost, fit(9).cost)
    assert fit(9).snapshots.shape == (0, net.n_parameters)


# --- divergence


def exploding(precision):
    """The last finite theta (W, b) of ŷ = W x + b at x = 1, y = 0, from (1, 0), and J before each step."""
    alpha, theta, costs = precision(2), np.array([1, 0], precision), []
    while True:
        with np.errstate(over="ignore"):
            residual = theta.sum(dtype=precision)
            J, new = residual**2, theta - alpha * 2 * residual
        if not (np.isfinite(J) and np.isfinite(new).all()):
            return theta, costs
        theta = new
        costs.append(J)


@pytest.mark.parametrize("precision", [np.float64, np.float32])
def test_a_run_that_diverges_is_frozen_at_its_last_finite_theta_and_says_so(precision):
    last, costs = exploding(precision)
    net = core.Network((1, 1), np.array([1, 0], precision))
    middle, end = len(costs) // 2, len(costs) + 50
    fit = core.train(
        net, [[1]], [0], cost="mse", learning_rate=2, epochs=end, snapshots=(0, middle, len(costs), len(costs) + 1, end)
    )
    assert fit.diverged is True
    assert_array_equal(fit.network.theta, last)
    assert_allclose(fit.cost[: len(costs)], costs, rtol=4 * np.finfo(precision).eps)
    assert np.isnan(fit.cost[len(costs) :]).all()
    assert_array_equal(fit.snapshots[0], net.theta)
    assert np.isfinite(fit.snapshots[1]).all()
    assert_array_equal(fit.snapshots[2:], [last, last, last])


@pytest.mark.parametrize("optimizer", ["gd", "momentum"])
def test_a_run_that_diverges_leaves_the_other_networks_alone(optimizer):
    nets, X, Y = example(n_networks=3)
    nets = replace(nets, activation="relu")
    arguments = {"cost": "cross_entropy", "optimizer": optimizer, "epochs": 30, "batch_size": 4, "snapshots": (30,)}
    fit = core.train(nets, X, Y, learning_rate=[0.1, 1e200, 0.1], **arguments)
    assert_array_equal(fit.diverged, [False, True, False])
    assert np.isfinite(fit.network.theta).all()
    for r in (0, 2):
        alone = core.train(nets[r], X, Y, learning_rate=0.1, **arguments)
        assert_array_equal(fit.network.theta[r], alone.network.theta)
        assert_array_equal(fit.cost[r], alone.cost)


# --- extremes


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@pytest.mark.parametrize("optimizer", ["gd", "momentum", "adam"])
def test_one_row_of_huge_numbers_and_a_layer_of_one_unit_train(optimizer, precision):
    net = core.initialize((2, 1, 1), "small_random", activation="tanh", output="sigmoid")
    net = replace(net, theta=net.theta.astype(precision))
    fit = core.train(
        net, [[1e4, -1e4]], [1], cost="binary_cross_entropy", optimizer=optimizer, learning_rate=0.1, epochs=200
    )
    assert not fit.diverged
    assert 0 < fit.cost[-1] < fit.cost[0] / 4


# --- refusals


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "sgd"}, "optimizer is 'sgd'; it must be one of gd, momentum, adam"),
        ({"cost": "mae"}, "cost is 'mae'; with output 'softmax' it must be one of mse, cross_entropy"),
        ({"learning_rate": 0}, "learning_rate is 0; it must be above 0 and finite"),
        ({"learning_rate": -0.1}, "learning_rate is -0.1; it must be above 0"),
        ({"learning_rate": np.nan}, "learning_rate is nan; it must be above 0"),
        ({"learning_rate": [0.1, 0.2]}, r"learning_rate has shape \(2,\); it must be one number, or \(1,\)"),
        ({"epochs": -1}, "epochs is -1; it must be an integer at least 0"),
        ({"epochs": 2.5}, "epochs is 2.5; it must be an integer"),
        ({"batch_size": 0}, "batch_size is 0; it must be an integer at least 1"),
        ({"batch_size": 2.0}, "batch_size is 2.0; it must be an integer"),
        ({"batch_size": True}, "batch_size is True; it must be an integer"),
        ({"snapshots": (0, 6)}, "snapshots is 6; it must be an integer from 0 to 5"),
        ({"snapshots": (-1,)}, "snapshots is -1; it must be an integer from 0 to 5"),
        ({"seed": -1}, "seed is -1; it must be an integer at least 0"),
        ({"seed": 0.5}, "seed is 0.5; it must be an integer"),
        ({"seed": [1, 2]}, r"seed has shape \(2,\); it must be one number, or \(1,\)"),
        ({"l2": -1}, "l2 is -1; it must be at least 0 and finite"),
        ({"l2": np.inf}, "l2 is inf; it must be at least 0 and finite"),
        ({"X": np.zeros((0, 3)), "y": np.zeros((0, 2))}, "X has 0 observations; training needs at least 1"),
        ({"X": np.full((N, 3), np.nan)}, "X has entries that are not finite"),
        ({"X": np.zeros((N, 2))}, r"X has shape \(13, 2\); it must be \(n, 3\)"),
        ({"y": np.zeros((4, 2))}, r"y has shape \(4, 2\); X \(13, 3\) and 2 outputs need \(13, 2\)"),
        ({"y": np.zeros((N, 2))}, "y is not one-hot"),
    ],
)
def test_what_cannot_be_trained_is_refused(arguments, message):
    net, X, Y = example()
    with pytest.raises(ValueError, match=message):
        core.train(net, **{"X": X, "y": Y, "cost": "cross_entropy", "learning_rate": 0.1, "epochs": 5, **arguments})


def test_adam_whose_average_of_squares_overflows_has_diverged():
    net = core.Network((1, 1), np.zeros(2, dtype=np.float32))
    fit = core.train(net, [[1e20]], [1e10], cost="mse", optimizer="adam", learning_rate=1e-3, epochs=3)  # dW = -2e30
    assert fit.diverged
    assert np.isnan(fit.cost).all()
