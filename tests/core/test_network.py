"""Networks as values, and forward propagation against the formulas of the lecture in NumPy."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import special

import core
from core import streams

EPS = np.finfo(np.float64).eps
FORMULAS = {  # f(z, slope)
    "identity": lambda z, _: z,
    "sigmoid": lambda z, _: 1 / (1 + np.exp(-z)),
    "tanh": lambda z, _: np.tanh(z),
    "relu": lambda z, _: np.maximum(z, 0),
    "leaky_relu": lambda z, _: np.maximum(z, 0.1 * z),
    "absolute": lambda z, _: np.abs(z),
    "prelu": lambda z, slope: np.where(z > 0, z, slope * z),
    "elu": lambda z, _: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gelu": lambda z, _: z * special.ndtr(z),
    "softplus": lambda z, _: np.logaddexp(0, z),
}
OUTPUTS = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softmax": lambda z: special.softmax(z, axis=1),
}
STEEPEST = 1.13  # |f'| is at most 1.129, met by gelu; the slopes of prelu stay below in these tests


def random_network(widths, activation, output="identity", *, seed=0, n_networks=None):
    """Every entry of theta is drawn, biases and slopes too; signals keep their order of magnitude."""
    start = core.initialize(widths, "glorot", seeds=seed, activation=activation, output=output)
    shape = (start.n_parameters,) if n_networks is None else (n_networks, start.n_parameters)
    return replace(start, theta=start.theta + streams.stream(seed, "theta").uniform(-0.2, 0.2, shape))


def propagate(net, X):
    """Z and A of every layer by NumPy, and how far apart rounding may bring two right programs, (n, n_l) each.

    A sum of p + 1 products is off by at most (p + 1) eps / 2 times the sum of their sizes, here as there (Higham 2002,
    section 3.1); what was off before is amplified by |W| and f'; f itself costs a few eps.
    """
    activations = [net.activation] * (net.depth - 1) if isinstance(net.activation, str) else net.activation
    slopes = iter(net.theta[net.n_parameters - sum(name == "prelu" for name in activations) :])
    Z, A, apart = [], [X], [np.zeros(X.shape)]
    for l, (W, b) in enumerate(net.layers(), start=1):
        size = np.abs(A[-1]) @ np.abs(W) + np.abs(b)
        Z.append(A[-1] @ W + b)
        before = apart[-1] @ np.abs(W) + (len(W) + 1) * EPS * size
        if l < net.depth:
            name = activations[l - 1]
            A.append(FORMULAS[name](Z[-1], next(slopes) if name == "prelu" else None))
        else:
            A.append(OUTPUTS[net.output](Z[-1]))
            before = before.max(axis=1, initial=0, keepdims=True)  # softmax mixes the outputs
        apart.append(STEEPEST * before + 16 * EPS * (1 + np.abs(Z[-1])))
    return Z, A, apart


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    widths=st.lists(st.sampled_from([*range(1, 10), 33]), min_size=2, max_size=6),
    data=st.data(),
    output=st.sampled_from(sorted(OUTPUTS)),
    n=st.integers(1, 17),
    seed=st.integers(0, 2**32),
)
def test_every_layer_of_any_network_is_what_numpy_makes_it(widths, data, output, n, seed):
    names = st.sampled_from(sorted(FORMULAS))
    n_hidden = len(widths) - 2
    activation = data.draw(names | st.lists(names, min_size=n_hidden, max_size=n_hidden).map(tuple))
    net = random_network(widths, activation, output, seed=seed)
    X = streams.stream(seed, "X").uniform(-2, 2, (n, widths[0]))
    Z, A, apart = propagate(net, X)
    actual = net.forward(X)
    for l in range(1, net.depth + 1):
        assert (np.abs(actual.Z[l - 1] - Z[l - 1]) <= apart[l]).all()
        assert (np.abs(actual.A[l] - A[l]) <= apart[l]).all()
    assert_array_equal(actual.A[0], X)
    assert_array_equal(net(X), actual.A[-1])


@pytest.mark.parametrize("activation", FORMULAS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_single_precision_agrees_with_double_to_single_precision(activation, output):
    net = random_network((3, 17, 9, 4), activation, output)
    single = replace(net, theta=net.theta.astype(np.float32))
    X = streams.stream(0, "X").uniform(-2, 2, (33, 3))
    _, A, apart = propagate(net, X)
    actual = single(X)
    assert actual.dtype == np.float32
    # inputs and parameters are rounded too: twice the distance that rounding every operation brings
    assert (np.abs(actual - A[-1]) <= 2 * np.finfo(np.float32).eps / EPS * apart[-1]).all()


def test_blocks_of_observations_leave_no_trace():
    net = random_network((2, 5, 3), "tanh", "softmax")
    X = streams.stream(0, "X").standard_normal((2500, 2))  # more than are propagated at once
    assert_array_equal(net(X), np.concatenate([net(X[:1]), net(X[1:1030]), net(X[1030:])]))


def test_no_rows_in_give_no_rows_out():
    net, nets = random_network((3, 4, 2), "relu"), random_network((3, 4, 2), "relu", n_networks=5)
    assert net(np.zeros((0, 3))).shape == (0, 2)
    assert nets(np.zeros((0, 3))).shape == (5, 0, 2)
    assert [Z.shape for Z in net.forward(np.zeros((0, 3))).Z] == [(0, 4), (0, 2)]


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("activation", FORMULAS)
def test_huge_inputs_leave_finite_outputs(activation, output, precision):
    net = random_network((1, 3, 2), activation, output)
    net = replace(net, theta=net.theta.astype(precision))
    assert np.isfinite(net(np.array([[-1e4], [0], [1e4]]))).all()


def test_an_ensemble_is_its_networks_side_by_side():
    nets = random_network((2, 9, 3), ("prelu",), "softmax", n_networks=4)
    shared = streams.stream(0, "X").standard_normal((11, 2))
    own = streams.stream(1, "X").standard_normal((4, 11, 2))
    assert_array_equal(nets(shared), [nets[r](shared) for r in range(4)])
    assert_array_equal(nets(own), [nets[r](own[r]) for r in range(4)])
    for Z, member_Z in zip(nets.forward(own).Z, nets[2].forward(own[2]).Z, strict=True):
        assert_array_equal(Z[2], member_Z)
    assert_array_equal(nets[1:3].theta, nets.theta[1:3])
    assert_array_equal(nets[np.array([True, False, False, True])].theta, nets.theta[[0, 3]])
    assert_array_equal([member.theta for member in nets], nets.theta)


def test_one_network_has_no_members():
    with pytest.raises(TypeError, match="only an ensemble"):
        random_network((2, 3, 1), "relu")[0]


# --- theta and its layers


def test_theta_is_the_layers_in_the_order_of_the_notation():
    net = core.Network((2, 3, 1), np.arange(13), "relu")
    (W1, b1), (W2, b2) = net.layers()
    assert_array_equal(W1, [[0, 1, 2], [3, 4, 5]])
    assert_array_equal(b1, [6, 7, 8])
    assert_array_equal(W2, [[9], [10], [11]])
    assert_array_equal(b2, [12])
    assert (net.depth, net.n_parameters) == (2, 13)


def test_the_slopes_of_prelu_stand_last_one_for_each_layer_that_learns_it():
    net = core.Network((1, 1, 1, 1, 1), [1, 0, 1, 0, 1, 0, 1, 0, 0.5, 0.125], ("prelu", "leaky_relu", "prelu"))
    assert [A.item() for A in net.forward([[-8.0]]).A] == [-8, -4, -0.4, -0.05, -0.05]


def test_layers_are_views_that_cannot_be_written_through():
    for net in (random_network((2, 3, 1), "relu"), random_network((2, 3, 1), "relu", n_networks=2)):
        for W, b in net.layers():
            assert np.shares_memory(W, net.theta)
            assert np.shares_memory(b, net.theta)
            assert not W.flags.writeable
            assert not b.flags.writeable


def test_layers_of_an_ensemble_have_one_matrix_for_each_network():
    nets = random_network((2, 3, 1), "relu", n_networks=4)
    for (W, b), (member_W, member_b) in zip(nets.layers(), nets[3].layers(), strict=True):
        assert_array_equal(W[3], member_W)
        assert_array_equal(b[3], member_b)


def test_theta_is_copied_and_read_only():
    theta = np.zeros(13)
    net = core.Network((2, 3, 1), theta)
    theta[0] = 1
    assert net.theta[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        net.theta[0] = 1
    with pytest.raises(FrozenInstanceError):
        net.theta = theta


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_a_network_can_be_taken_apart_and_put_together_again(precision):
    theta = streams.stream(0, "theta").standard_normal(38).astype(precision)
    net = core.Network((3, 4, 2, 4), theta, ("tanh", "gelu"), "softmax")
    again = core.Network.from_layers(net.layers(), ("tanh", "gelu"), "softmax")
    assert (again.widths, again.theta.dtype) == (net.widths, precision)
    assert_array_equal(again.theta, net.theta)


def test_from_layers_gives_prelu_its_first_slopes():
    net = core.Network.from_layers([([[1]], [0]), ([[1]], [0]), ([[1]], [0])], ("prelu", "prelu"))
    assert_array_equal(net.theta[-2:], [0.25, 0.25])


@pytest.mark.parametrize(
    ("theta", "precision"),
    [
        (np.zeros(5, np.float32), np.float32),
        (np.zeros(5), np.float64),
        (np.zeros(5, np.float16), np.float64),
        (np.zeros(5, int), np.float64),
        ([0, 0, 0, 0, 0], np.float64),
        (np.zeros(10)[::2], np.float64),
    ],
)
def test_only_single_precision_stays_single(theta, precision):
    net = core.Network((4, 1), theta)
    assert net.theta.dtype == precision
    assert net.theta.flags.c_contiguous
    assert net([[1, 2, 3, 4]]).dtype == precision


def test_inputs_may_be_lists_strided_read_only_or_of_another_type():
    net = random_network((2, 3, 1), "tanh")
    X = np.arange(8.0).reshape(4, 2)
    read_only = X.copy()
    read_only.flags.writeable = False
    for same in (X.tolist(), np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2], read_only, X.astype(int)):
        assert_array_equal(net(same), net(X))


# --- refusals


@pytest.mark.parametrize(
    ("widths", "message"),
    [
        ((3,), r"widths is \(3,\); it must name the inputs and at least one layer"),
        ((3, 0, 1), r"widths is \(3, 0, 1\); every width must be an integer of at least 1"),
        ((3, 2.0), r"widths is \(3, 2.0\); every width must be an integer"),
        ((True, 1), r"widths is \(True, 1\); every width must be an integer"),
    ],
)
def test_widths_that_make_no_network_are_refused(widths, message):
    with pytest.raises(ValueError, match=message):
        core.Network(widths, np.zeros(8))


@pytest.mark.parametrize(
    ("theta", "message"),
    [
        (np.zeros(7), r"theta has 7 entries; widths \(3, 2\) need 8"),
        (np.zeros((2, 7)), r"theta has shape \(2, 7\); widths \(3, 2\) need 8"),
        (np.zeros((1, 1, 8)), r"theta has shape \(1, 1, 8\); widths \(3, 2\) need 8"),
        (np.float64(0), r"theta has shape \(\); widths \(3, 2\) need 8"),
        (np.zeros((0, 8)), r"theta has shape \(0, 8\); an ensemble needs at least one network"),
        ([0, 0, 0, np.nan, 0, 0, 0, 0], "theta has entries that are not finite"),
        ([0, 0, 0, np.inf, 0, 0, 0, 0], "theta has entries that are not finite"),
    ],
)
def test_a_theta_that_does_not_fit_is_refused(theta, message):
    with pytest.raises(ValueError, match=message):
        core.Network((3, 2), theta)


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        ("reul", "activation is 'reul'; it must be one of identity, sigmoid, tanh, relu, leaky_relu, absolute, prelu"),
        (("relu",), "activation names 1 layers; the network has 2 hidden layers"),
        (("relu", "cos"), "activation is 'cos'; it must be one of"),
    ],
)
def test_an_unknown_activation_is_refused(activation, message):
    with pytest.raises(ValueError, match=message):
        core.Network((1, 1, 1, 1), np.zeros(6), activation)


def test_an_unknown_activation_is_refused_even_where_no_layer_is_hidden():
    with pytest.raises(ValueError, match="activation is 'reul'"):
        core.Network((1, 1), np.zeros(2), "reul")


def test_an_unknown_output_is_refused():
    with pytest.raises(ValueError, match="output is 'relu'; it must be one of identity, sigmoid, softmax"):
        core.Network((1, 1), np.zeros(2), output="relu")


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros(3), r"X has shape \(3,\); it must be \(n, 3\)$"),
        (np.zeros((5, 2)), r"X has shape \(5, 2\); it must be \(n, 3\)$"),
        (np.zeros((1, 5, 3)), r"X has shape \(1, 5, 3\); it must be \(n, 3\)$"),
        ([[0, np.nan, 0]], "X has entries that are not finite"),
        ([[0, -np.inf, 0]], "X has entries that are not finite"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(X, message):
    net = random_network((3, 2), "relu")
    for refuse in (net, net.forward):
        with pytest.raises(ValueError, match=message):
            refuse(X)


def test_inputs_for_another_number_of_networks_are_refused():
    nets = random_network((3, 2), "relu", n_networks=4)
    with pytest.raises(ValueError, match=r"X has shape \(5, 9, 3\); it must be \(n, 3\) or \(4, n, 3\)"):
        nets(np.zeros((5, 9, 3)))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "layers is empty; at least one pair"),
        ([(np.zeros((2, 3)), np.zeros(2))], r"layer 1 has W \(2, 3\) and b \(2,\); needed are \(2, n_1\) and \(n_1,\)"),
        ([(np.zeros(3), np.zeros(3))], r"layer 1 has W \(3,\) and b \(3,\); needed are \(n_0, n_1\) and \(n_1,\)"),
        (
            [(np.zeros((2, 3)), np.zeros(3)), (np.zeros((2, 1)), np.zeros(1))],
            r"layer 2 has W \(2, 1\) and b \(1,\); needed are \(3, n_2\) and \(n_2,\)",
        ),
    ],
)
def test_layers_that_do_not_fit_together_are_refused(layers, message):
    with pytest.raises(ValueError, match=message):
        core.Network.from_layers(layers)
