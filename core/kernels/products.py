"""The matrix products and sums of a layer, over flat arrays of features × observations.

Observations are the fastest axis and their number m is a multiple of the lanes. Every entry of a result has an
accumulator of its own and adds its terms in the same order, wherever it stands in the matrix: equal units stay equal to
the last bit at every width. Blocks of four columns only share the loads.
"""

from core.kernels.jit import jit
from core.kernels.lanes import BYTES, broadcast, fma, load, store, total


@jit
def combine(W, row, column, start, A, Z, p, q, m):
    """Z[j] <- start[j] + sum_k W[k row + j column] A[k]. Shapes: A (p, m), start (q,), Z (q, m), all flat."""
    lanes = BYTES // A.itemsize
    for i in range(0, m, lanes):
        j = 0
        while j + 4 <= q:
            z0, z1 = broadcast(start[j]), broadcast(start[j + 1])
            z2, z3 = broadcast(start[j + 2]), broadcast(start[j + 3])
            w = j * column
            for k in range(p):
                a = load(A, k * m + i)
                z0 = fma(broadcast(W[w]), a, z0)
                z1 = fma(broadcast(W[w + column]), a, z1)
                z2 = fma(broadcast(W[w + 2 * column]), a, z2)
                z3 = fma(broadcast(W[w + 3 * column]), a, z3)
                w += row
            store(Z, j * m + i, z0)
            store(Z, (j + 1) * m + i, z1)
            store(Z, (j + 2) * m + i, z2)
            store(Z, (j + 3) * m + i, z3)
            j += 4
        while j < q:
            z = broadcast(start[j])
            for k in range(p):
                z = fma(broadcast(W[k * row + j * column]), load(A, k * m + i), z)
            store(Z, j * m + i, z)
            j += 1


@jit
def correlate(A, dZ, dW, p, q, m):
    """dW[k, j] <- sum_i A[k, i] dZ[j, i]. Shapes: A (p, m), dZ (q, m), dW (p, q), all flat."""
    lanes = BYTES // A.itemsize
    for k in range(p):
        j = 0
        while j + 4 <= q:
            s0, s1, s2, s3 = zero(A), zero(A), zero(A), zero(A)
            for i in range(0, m, lanes):
                a = load(A, k * m + i)
                s0 = fma(a, load(dZ, j * m + i), s0)
                s1 = fma(a, load(dZ, (j + 1) * m + i), s1)
                s2 = fma(a, load(dZ, (j + 2) * m + i), s2)
                s3 = fma(a, load(dZ, (j + 3) * m + i), s3)
            dW[k * q + j] = total(s0)
            dW[k * q + j + 1] = total(s1)
            dW[k * q + j + 2] = total(s2)
            dW[k * q + j + 3] = total(s3)
            j += 4
        while j < q:
            s = zero(A)
            for i in range(0, m, lanes):
                s = fma(load(A, k * m + i), load(dZ, j * m + i), s)
            dW[k * q + j] = total(s)
            j += 1


@jit
def row_sum(Z, j, m):
    """sum_i Z[j, i] of a flat (q, m) array."""
    lanes = BYTES // Z.itemsize
    one = broadcast(Z.dtype.type(1))
    s = zero(Z)
    for i in range(j * m, (j + 1) * m, lanes):
        s = fma(one, load(Z, i), s)
    return total(s)


@jit
def zero(A):
    """Lanes of zeros of A's type."""
    return broadcast(A.dtype.type(0))
