"""Data by its shape, its classes and its stream."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import core
from core.streams import stream
from experiments import datasets

TARGETS = {"radial": 4, "compositional": 8, "checkerboard": 2, "ridge": 2, "sawtooth": 1}  # maker, inputs
DRAWN = {"moons": 2, "circles": 2, "spirals": 2, "sine": 1, "logistic": 2, **TARGETS}


@pytest.mark.parametrize(("maker", "n_inputs"), DRAWN.items())
def test_a_drawn_set_has_a_target_for_each_row(maker, n_inputs):
    X, y = getattr(datasets, maker)(30, stream(0, maker))
    assert (X.shape, y.shape) == ((30, n_inputs), (30,))
    assert (X.dtype, y.dtype) == (np.float64, np.float64)


@pytest.mark.parametrize("maker", DRAWN)
def test_the_same_stream_gives_the_same_bits_and_another_other_ones(maker):
    make = getattr(datasets, maker)
    first, again, other = (make(30, stream(0, "set", r)) for r in (0, 0, 1))
    assert_array_equal(first[0], again[0])
    assert_array_equal(first[1], again[1])
    assert not np.isclose(first[0], other[0]).any()


@pytest.mark.parametrize("maker", ["moons", "circles", "spirals"])
def test_half_of_the_points_are_of_each_class(maker):
    _, y = getattr(datasets, maker)(30, stream(0, maker))
    assert_array_equal(np.unique(y, return_counts=True), [[0, 1], [15, 15]])


def test_one_spiral_turned_by_half_is_the_other():
    """Unwound by its radius, each point lies at angle 0 or at half a turn."""
    X, y = datasets.spirals(200, stream(0, "spirals"))
    radius = np.hypot(*X.T)
    off = np.angle((X[:, 0] + 1j * X[:, 1]) * np.exp(-2j * np.pi * radius) * np.where(y, -1, 1))
    assert radius.max() < 1.05
    assert np.abs(off * radius).max() < 6 * 0.02 * (1 + 2 * np.pi)  # noise moves the radius, and so the angle, too


def test_xor_is_the_truth_table():
    X, y = datasets.xor()
    assert {(*map(int, bits), int(answer)) for bits, answer in zip(X, y, strict=True)} == {
        (0, 0, 0),
        (0, 1, 1),
        (1, 0, 1),
        (1, 1, 0),
    }


def test_moons_are_two_half_circles_about_the_origin():
    X, y = datasets.moons(2000, stream(0, "moons"), noise=0.0)
    assert_allclose(X.mean(axis=0), 0, atol=1e-12)
    for value in (0, 1):
        width, height = np.ptp(X[y == value], axis=0)
        assert_allclose((width, height), (2, 1), atol=1e-3)  # a thousand points on half a circle
    assert_allclose(np.ptp(X, axis=0), (3, 1.5), atol=1e-3)


def test_noise_moves_the_moons_by_its_size():
    """Made from the same order of points: the difference of the two is the noise alone."""
    sharp, blurred = (datasets.moons(4000, stream(0, "moons"), noise=noise)[0] for noise in (1e-9, 0.15))
    assert_allclose((blurred - sharp).std(axis=0), 0.15, rtol=0.05)


def test_circles_have_radius_one_and_one_half():
    X, y = datasets.circles(4000, stream(0, "circles"))
    radius = np.hypot(*X.T)
    # Rice: the mean distance from the centre of a point blurred by s is about r + s^2 / (2 r)
    assert_allclose([radius[y == 0].mean(), radius[y == 1].mean()], [1 + 0.005, 0.5 + 0.01], atol=0.01)
    assert_allclose([radius[y == 0].std(), radius[y == 1].std()], 0.1, rtol=0.1)


def test_sine_is_one_period_on_the_whole_interval():
    X, y = datasets.sine(2000, stream(0, "sine"))
    assert_array_equal(y, np.sin(np.pi * X[:, 0]))
    assert_allclose([X.min(), X.max()], [-1, 1], atol=0.01)


def test_logistic_sets_come_from_standard_normal_coefficients():
    sets = [datasets.logistic(500, stream(0, "logistic", r)) for r in range(50)]
    fits = [LogisticRegression(C=np.inf).fit(X, y) for X, y in sets]
    found = np.array([(*fit.intercept_, *fit.coef_[0]) for fit in fits])
    assert_allclose(found.mean(axis=0), 0, atol=4 / np.sqrt(50))  # four standard errors
    assert_allclose(found.std(axis=0), 1, atol=4 / np.sqrt(100))


def test_breast_cancer_is_standardised_and_malignant_is_one():
    X, y = datasets.breast_cancer(["mean texture", "mean radius"])
    assert X.shape == (569, 2)
    assert_allclose(X.mean(axis=0), 0, atol=1e-12)
    assert_allclose(X.std(axis=0), 1)
    assert y.sum() == 212  # malignant, in the description of the set
    assert (X[y == 1].mean(axis=0) > 0).all()


def test_features_come_in_the_order_asked_for():
    raw = load_breast_cancer(as_frame=True).data
    X, _ = datasets.breast_cancer(["worst area", "mean radius"])
    for column, name in zip(X.T, ["worst area", "mean radius"], strict=True):
        assert_allclose(np.corrcoef(column, raw[name])[0, 1], 1)


def test_every_feature_has_its_name():
    assert list(datasets.BREAST_CANCER) == list(load_breast_cancer().feature_names)


def test_digits_are_grey_values_between_0_and_1():
    X, y = datasets.digits()
    assert (X.shape, y.shape) == ((1797, 64), (1797,))
    assert (X.min(), X.max()) == (0, 1)
    assert_array_equal(np.unique(y), range(10))


@pytest.mark.parametrize("maker", TARGETS)
def test_targets_lie_between_minus_one_and_one_over_the_whole_cube(maker):
    X, y = getattr(datasets, maker)(4000, stream(0, maker))
    assert_allclose([X.min(), X.max()], [-1, 1], atol=0.01)
    assert_allclose([y.min(), y.max()], [-1, 1], atol=0.1)  # in eight dimensions few points are near an extreme
    assert np.abs(y).max() <= 1


def test_a_radial_target_depends_on_the_distance_alone():
    X, y = datasets.radial(1, stream(0, "radial"))
    assert_allclose(y, np.sin(6 * np.linalg.norm(X)))


def test_a_compositional_target_is_a_tree_of_pairs():
    X, y = datasets.compositional(5, stream(0, "tree"))
    for (a, b, c, d, e, f, g, h), value in zip(X, y, strict=True):

        def node(left, right):
            return abs(left + right) - 1

        assert_allclose(node(node(node(a, b), node(c, d)), node(node(e, f), node(g, h))), value, atol=1e-15)


def test_a_checkerboard_changes_sign_across_every_line():
    X, y = datasets.checkerboard(4000, stream(0, "board"))
    assert_array_equal(y, np.sign(np.prod(np.sin(2 * np.pi * X), axis=1)))


def test_a_ridge_has_one_direction_and_another_for_another_stream():
    """Along the ridge, at a right angle to w, nothing changes: the gradient of arcsin(y) / 3 is w everywhere."""
    found = []
    for r in range(2):
        X, y = datasets.ridge(3000, stream(0, "ridge", r))
        near = np.abs(y) < 0.8  # sin has one inverse there, |3 w.x| < pi / 2, but for the next bend
        inner = near & (np.linalg.norm(X, axis=1) < 0.5)
        w, *_ = np.linalg.lstsq(X[inner], np.arcsin(y[inner]) / 3)
        assert_allclose(np.linalg.norm(w), 1)
        assert_allclose(np.sin(3 * X @ w), y, atol=1e-12)
        found.append(w)
    assert abs(found[0] @ found[1]) < 0.99


def test_the_sawtooth_is_that_of_three_tents():
    X, y = datasets.sawtooth(200, stream(0, "saw"))
    assert_allclose(y, 2 * core.constructions.sawtooth(3)((X + 1) / 2)[:, 0] - 1, atol=1e-12)
