"""Products of a layer, against NumPy: small integers have no rounding, so equality is exact."""

from itertools import product

import numpy as np
import pytest
from numba import njit
from numpy.testing import assert_array_equal

from core import streams
from core.kernels import products
from core.kernels.lanes import BYTES
from core.kernels.optimizers import update
from core.kernels.propagation import SLACK, padded

WIDTHS = (1, 2, 3, 5, 6, 7, 8, 9, 13, 33)
BATCHES = (1, 3, 4, 5, 8, 9, 16, 17, 40)
LARGE = [(300, 70, 130), (513, 31, 64), (260, 7, 128)]  # beyond the blocks, packed
PRECISIONS = (np.float64, np.float32)
SHAPES = [*product(WIDTHS, WIDTHS, BATCHES), *LARGE]


@njit
def transpose(Z, m, q, T):
    products.transpose(Z, m, q, T)


@njit
def gather(X, order, A, m):
    products.gather(X, X.shape[1], order, order.size, A, m)


@njit
def combine(S, row, term, n_rows, n_terms, V, width, columns, out, out_row, packed):
    products.product(S, row, term, n_rows, n_terms, V, width, columns, out, out_row, packed)


@njit
def dots(F, n_f, G, n_g, m, out, f_step, g_step):
    products.dots(F, n_f, G, n_g, m, out, f_step, g_step)


def columns(n, precision):
    return int(padded.py_func(n, BYTES // np.dtype(precision).itemsize))


def integers(rng, *shape):
    """Small enough that every sum of products here is an integer below 2^24, exact in single precision."""
    return rng.integers(-9, 10, shape)


def room(m, precision):
    return np.zeros(products.DEPTH * (products.ROWS + m), precision)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_product_is_the_product_of_weights_and_activations(precision):
    rng = streams.stream(0, "combine")
    for p, q, n in SHAPES:
        m = columns(n, precision)
        W, A = (integers(rng, *shape).astype(precision) for shape in ((p, q), (p, m)))
        Z = np.full((q, m), np.nan, precision)
        combine(W.ravel(), 1, q, q, p, A.ravel(), m, m, Z.ravel(), m, room(m, precision))
        assert_array_equal(Z, W.T @ A)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_product_reads_the_weights_transposed_when_its_steps_are_swapped(precision):
    rng = streams.stream(0, "transposed")
    for p, q, n in SHAPES:
        m = columns(n, precision)
        W, dZ = (integers(rng, *shape).astype(precision) for shape in ((p, q), (q, m)))
        dA = np.full((p, m), np.nan, precision)
        combine(W.ravel(), q, 1, p, q, dZ.ravel(), m, m, dA.ravel(), m, room(m, precision))
        assert_array_equal(dA, W @ dZ)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_product_with_a_transpose_sums_over_observations_and_writes_no_further_than_it_says(precision):
    rng = streams.stream(0, "correlate")
    for p, q, n in SHAPES:
        m = columns(n, precision)
        A, dZ = (integers(rng, *shape).astype(precision) for shape in ((p, m), (q, m)))
        behind = np.full((2 * BYTES // 4, m), np.nan, precision)  # what stands behind dZ must not matter
        T = np.full(m * (q + SLACK), np.nan, precision)
        dW = np.full(p * q + SLACK + 1, np.inf, precision)
        transpose(np.concatenate([dZ, behind]).ravel(), m, q, T)
        combine(A.ravel(), m, 1, p, m, T, 0, q, dW, q, room(m, precision))
        assert_array_equal(dW[: p * q].reshape(p, q), A @ dZ.T)
        assert dW[-1] == np.inf


@pytest.mark.parametrize("precision", PRECISIONS)
def test_dots_are_the_product_of_a_matrix_and_a_transpose(precision):
    rng = streams.stream(0, "dots")
    for p, q, n in product(WIDTHS, (1, 2, 3), BATCHES):
        m = columns(n, precision)
        F, G = (integers(rng, *shape).astype(precision) for shape in ((p, m), (q, m)))
        by_rows, by_columns = np.full((p, q), np.nan, precision), np.full((q, p), np.nan, precision)
        dots(F.ravel(), p, G.ravel(), q, m, by_rows.ravel(), q, 1)
        dots(F.ravel(), p, G.ravel(), q, m, by_columns.ravel(), 1, p)
        assert_array_equal(by_rows, F @ G.T)
        assert_array_equal(by_columns, G @ F.T)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_gather_takes_observations_in_order_and_pads_with_the_first(precision):
    rng = streams.stream(0, "gather")
    for p, n in product(WIDTHS, BATCHES):
        m = columns(n, precision)
        X, order = rng.standard_normal((50, p)).astype(precision), rng.integers(50, size=n).astype(np.int32)
        A = np.full(p * m + 1, np.inf, precision)
        gather(X, order, A, m)
        assert_array_equal(A[:-1].reshape(p, m), X[np.append(order, np.full(m - n, order[0]))].T)
        assert A[-1] == np.inf


@pytest.mark.parametrize("precision", PRECISIONS)
def test_equal_units_have_equal_bits_wherever_they_stand(precision):
    rng = streams.stream(0, "equal units")
    for p, m in ((7, 64), (300, 128)):
        A = rng.standard_normal((p, m)).astype(precision)
        w, dz = rng.standard_normal(p).astype(precision), rng.standard_normal(m).astype(precision)
        for q in range(1, 65):
            Z, dW = np.empty((q, m), precision), np.empty(p * q + SLACK, precision)
            W, dZ = np.tile(w, (q, 1)).T.ravel(), np.tile(dz, q + SLACK)
            combine(W, 1, q, q, p, A.ravel(), m, m, Z.ravel(), m, room(m, precision))
            T = np.empty(m * (q + SLACK), precision)
            transpose(dZ, m, q, T)
            combine(A.ravel(), m, 1, p, m, T, 0, q, dW, q, room(m, precision))
            for same in (Z, dW[: p * q].reshape(p, q).T):
                assert_array_equal(same, np.tile(same[0], (q, 1)))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_blocks_and_packing_change_no_bit(precision, monkeypatch):
    rng = streams.stream(0, "blocks")
    p, q, m = 600, 20, 128
    W, A = (rng.standard_normal(shape).astype(precision) for shape in ((p, q), (p, m)))
    Z = np.empty((q, m), precision)
    combine(W.ravel(), 1, q, q, p, A.ravel(), m, m, Z.ravel(), m, room(m, precision))
    few = np.empty((q, 16), precision)  # 16 columns are not packed
    combine(W.ravel(), 1, q, 6, p, A[:, :16].ravel(), 16, 16, few.ravel(), 16, room(m, precision))
    assert_array_equal(few[:6], Z[:6, :16])


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("rogue", [np.nan, np.inf, -np.inf])
def test_a_step_to_one_rogue_number_is_found_wherever_it_stands(precision, rogue):
    for size in (1, 7, 8, 9, 16, 33):
        for position in range(-1, size):
            theta, new, gradient, first, second = np.zeros((5, size + SLACK), precision)
            theta[:size] = np.finfo(precision).max
            if position >= 0:
                gradient[position] = rogue
            assert update(0, theta, new, gradient, first, second, size, 1.0, 1) == (position < 0)
