"""Products and sums of a layer, against NumPy: small integers have no rounding, so equality is exact."""

import math
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from core import streams
from core.kernels.entries import finite
from core.kernels.products import combine, correlate, row_sum
from core.kernels.propagation import padded

WIDTHS = (*range(1, 10), 33)
BATCHES = range(1, 18)
PRECISIONS = (np.float64, np.float32)


def integers(rng, *shape):
    """Small enough that every sum of products here is an integer below 2^24, exact in single precision."""
    return rng.integers(-9, 10, shape)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_combine_is_the_product_of_weights_and_activations_plus_a_start(precision):
    rng = streams.stream(0, "combine")
    for p, q, n in product(WIDTHS, WIDTHS, BATCHES):
        m = padded(n, np.dtype(precision).itemsize)
        W, start, A = (integers(rng, *shape).astype(precision) for shape in ((p, q), (q,), (p, m)))
        Z = np.full((q, m), np.nan, precision)
        combine(W.ravel(), q, 1, start, A.ravel(), Z.ravel(), p, q, m)
        assert_array_equal(Z, W.T @ A + start[:, np.newaxis])


@pytest.mark.parametrize("precision", PRECISIONS)
def test_combine_reads_the_weights_transposed_when_its_steps_are_swapped(precision):
    rng = streams.stream(0, "transposed")
    for p, q, n in product(WIDTHS, WIDTHS, BATCHES):
        m = padded(n, np.dtype(precision).itemsize)
        W, dZ = (integers(rng, *shape).astype(precision) for shape in ((p, q), (q, m)))
        dA = np.full((p, m), np.nan, precision)
        combine(W.ravel(), 1, q, np.zeros(p, precision), dZ.ravel(), dA.ravel(), q, p, m)
        assert_array_equal(dA, W @ dZ)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_correlate_sums_over_observations(precision):
    rng = streams.stream(0, "correlate")
    for p, q, n in product(WIDTHS, WIDTHS, BATCHES):
        m = padded(n, np.dtype(precision).itemsize)
        A, dZ = (integers(rng, *shape).astype(precision) for shape in ((p, m), (q, m)))
        dZ[:, n:] = 0  # the padding
        dW = np.full((p, q), np.nan, precision)
        correlate(A.ravel(), dZ.ravel(), dW.ravel(), p, q, m)
        assert_array_equal(dW, A[:, :n] @ dZ[:, :n].T)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_row_sum_loses_no_more_than_summation_must(precision):
    rng = streams.stream(0, "row sum")
    for n in (8, 64, 1024):
        Z = rng.standard_normal((3, 2 * n)).astype(precision)
        for j, row in enumerate(Z):
            bound = 2 * n * np.finfo(precision).eps / 2 * np.abs(row).sum()  # Higham 2002, section 4.2
            assert abs(row_sum(Z.ravel(), j, 2 * n) - math.fsum(row)) <= bound


@pytest.mark.parametrize("precision", PRECISIONS)
def test_equal_units_have_equal_bits_wherever_they_stand(precision):
    rng = streams.stream(0, "equal units")
    p, m = 7, 48
    A = rng.standard_normal((p, m)).astype(precision)
    w, dz = rng.standard_normal(p).astype(precision), rng.standard_normal(m).astype(precision)
    for q in range(1, 65):
        Z, dW = np.empty((q, m), precision), np.empty((p, q), precision)
        combine(np.tile(w, (q, 1)).T.ravel(), q, 1, np.ones(q, precision), A.ravel(), Z.ravel(), p, q, m)
        correlate(A.ravel(), np.tile(dz, q), dW.ravel(), p, q, m)
        assert_array_equal(Z, np.tile(Z[0], (q, 1)))
        assert_array_equal(dW, np.tile(dW[:, :1], (1, q)))


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("rogue", [np.nan, np.inf, -np.inf])
def test_one_rogue_number_is_found_wherever_it_stands(precision, rogue):
    for size in (1, 7, 8, 9, 16, 33):
        assert finite(np.full(size, np.finfo(precision).max, precision))
        for position in range(size):
            x = np.ones(size, precision)
            x[position] = rogue
            assert not finite(x)
