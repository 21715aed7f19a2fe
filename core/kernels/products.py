"""The matrix products and sums of a layer, over flat arrays of features × observations.

Observations are the fastest axis and their number m is a multiple of the lanes. Every entry of a result has an
accumulator of its own and adds its terms in the same order, wherever it stands in the matrix: equal units stay equal to
the last bit at every width, and blocks, packing and vector width change no bit.
"""

from functools import partial
from itertools import product as product_of

from core.kernels.jit import lean
from core.kernels.lanes import (
    Pointer,
    Value,
    Variable,
    at,
    fma,
    loop,
    outlined,
    shuffle,
    strides,
    switch,
    totals,
    traced,
    where,
)

ROWS, VECTORS = 6, 2  # a tile: 12 accumulators, 2 vectors and a weight fill the 16 registers of AVX2
DEPTH = 256  # terms of a block: a packed block of weights (6 rows) and one of vectors then fit the first-level cache
FEW = 3  # rows that `dots` can take
PACKED_FROM = 2**13  # numbers of V from which packing pays: they no longer fit the first-level cache


def tile(S: Pointer, row: Value, term: Value, n_terms: Value, V: Pointer, width: Value, out: Pointer, out_row: Value,
         fresh: Value, n_rows: int, n_vectors: int) -> None:  # fmt: skip
    """out[r, i] <- (0 or out[r, i]) + sum_k S[r row + k term] V[k width + i], for n_rows by n_vectors."""
    tiles = [(r, v, r * out_row + v * V.lanes) for r in range(n_rows) for v in range(n_vectors)]
    sums = [Variable(V.zeros()) for _ in tiles]
    with fresh.builder.if_then(fresh < 1):
        for total, (_, _, place) in zip(sums, tiles, strict=True):
            total.set(out[place])
    with strides(n_terms, (S, term), (V, width)) as (weight, vector):
        vectors = [vector[v * V.lanes] for v in range(n_vectors)]
        weights = [weight.splat(r * row) for r in range(n_rows)]
        for total, (r, v, _) in zip(sums, tiles, strict=True):
            total.set(fma(weights[r], vectors[v], total.get()))
    for total, (_, _, place) in zip(sums, tiles, strict=True):
        out[place] = total.get()


@traced
def tiles(n_blocks, n_rows, columns, S, row, term, n_terms, V, width, height, out, out_row, fresh):
    """Blocks of n_rows rows, a tile for each panel of columns.

    The last panel first: what runs over the end of a row is overwritten by others.
    """

    arguments = (n_blocks, columns, S, row, term, n_terms, V, width, height, out, out_row, fresh)

    def case(shape: tuple[int, int]) -> None:
        outlined(f"panels{shape[0]}x{shape[1]}", partial(_panels, *shape), *arguments)

    # one row alone has too few sums in flight; where the columns allow, it takes two panels at a time
    shapes = [*product_of(range(1, ROWS + 1), (1, VECTORS)), (1, 2 * VECTORS)]
    code = 2 * (n_rows - 1) + where(columns < V.lanes + 1, 0, n_rows * 0 + 1)
    alone = where(width < 1, 1, n_rows - 1 + columns % (2 * VECTORS * V.lanes))
    switch(where(alone < 1, len(shapes) - 1, code), case, shapes)


def _panels(n_rows: int, n_vectors: int, n_blocks, columns, S, row, term, n_terms, V, width, height, out, out_row,
            fresh) -> None:  # fmt: skip
    panel = n_vectors * V.lanes
    stacked = width < 1
    step, between = where(stacked, height * panel, panel), where(stacked, panel, width)
    n_panels = (columns + panel - 1) // panel
    with loop(0, n_blocks) as block, loop(0, n_panels) as done:
        p, r = n_panels - 1 - done, block * n_rows
        weights, place = S + r * row, out + (r * out_row + p * panel)
        tile(weights, row, term, n_terms, V + p * step, between, place, out_row, fresh, n_rows, n_vectors)


@traced
def pack_rows(S, row, term, n_terms, n_rows, packed):
    """packed[k ROWS + r] <- S[r row + k term], the first row again in place of those from n_rows on."""
    steps = [where(n_rows < r + 1, 0, r * row) for r in range(ROWS)]
    with strides(n_terms, (S, term), (packed, n_terms * 0 + ROWS)) as (source, target):
        for r, step in enumerate(steps):
            target.put(r, source.one(step))


@traced
def pack_panels(V, width, n_terms, columns, packed):
    """The columns of V as stacked panels."""
    panel = VECTORS * V.lanes
    with loop(0, columns, panel) as i, loop(0, n_terms) as k:
        for v in range(0, panel, V.lanes):
            packed[i * n_terms + k * panel + v] = V[k * width + i + v]


@lean
def product(S, row, term, n_rows, n_terms, V, width, columns, out, out_row, packed):
    """out[r, i] <- sum_k S[r row + k term] V[k, i] in the given columns, rounded up to whole panels.

    V has rows of `width`; or, where that is 0, it stands as stacked panels: columns 0 … panel - 1 of all rows, then the
    next ones, as `transpose` leaves them. packed: room for DEPTH (ROWS + columns) numbers.
    """
    n_blocks = (n_rows + ROWS - 1) // ROWS
    size, rest = n_rows // n_blocks, n_rows % n_blocks
    packs = width > 0 and n_rows > ROWS and n_terms * columns > PACKED_FROM
    longest = DEPTH if packs else n_terms
    for k in range(0, n_terms, longest):
        depth = min(longest, n_terms - k)
        if packs:
            pack_panels(at(V, k * width), width, depth, columns, at(packed, DEPTH * ROWS))
        r = 0
        for n, rows in ((rest, size + 1), (n_blocks - rest, size)):
            if packs:
                for _ in range(n):
                    pack_rows(at(S, r * row + k * term), row, term, depth, rows, packed)
                    panels, place = at(packed, DEPTH * ROWS), at(out, r * out_row)
                    tiles(1, rows, columns, packed, 1, ROWS, depth, panels, 0, depth, place, out_row, k == 0)
                    r += rows
            elif n > 0:
                weights, place = at(S, r * row + k * term), at(out, r * out_row)
                tiles(n, rows, columns, weights, row, term, depth, V, width, depth, place, out_row, k == 0)
                r += n * rows


def transposed(rows: list[Value]) -> list[Value]:
    """The columns of a square block of as many vectors as they have lanes."""
    count = half = len(rows)
    while half := half // 2:
        first = [count + j - half if j & half else j for j in range(count)]
        second = [count + j if j & half else j + half for j in range(count)]
        for i in range(count):
            if not i & half:
                a, b = rows[i], rows[i + half]
                rows[i], rows[i + half] = shuffle(a, b, first), shuffle(a, b, second)
    return rows


@traced
def transpose(Z, m, q, T):
    """T <- Z' in stacked panels of m rows; Z is (q, m), flat.

    Reads whole blocks of lanes × lanes: what lies behind row q of Z ends up in columns behind q.
    """
    n = Z.lanes
    panel = where(q < n + 1, m * 0 + n, VECTORS * n)
    with loop(0, q, n) as j:
        first = T + (j // panel) * panel * (m - 1) + j  # panel j // panel begins after as many whole ones
        with loop(0, m, n) as i:
            for column, values in enumerate(transposed([Z[(j + r) * m + i] for r in range(n)])):
                first[(i + column) * panel] = values


@traced
def gather(X, p, order, count, A, m):
    """A[k, i] <- X[order[i], k], and X[order[0], k] in the padding. Flat; X (n, p), order (count,), A (p, m)."""
    n = X.lanes
    with loop(0, m, n) as i:
        rows = [order.one(where(i + r < count, i + r, 0)) * p for r in range(n)]
        whole = p // n * n
        with loop(0, whole, n) as k:
            for column, values in enumerate(transposed([X[row + k] for row in rows])):
                A[(k + column) * m + i] = values
        with loop(whole, p) as k:
            for r, row in enumerate(rows):
                A.put(k * m + i + r, X.one(row + k))


@traced
def dots(F, n_f, G, n_g, m, out, f_step, g_step):
    """out[f f_step + g g_step] <- sum_i F[f, i] G[g, i], over all m columns. Flat; F (n_f, m), G (n_g, m), n_g <= FEW.

    For a matrix of few rows: it reads the other factor as it stands, where `product` needs its transpose.
    """

    def case(few: int) -> None:
        with loop(0, n_f, 4) as f:
            rows = [where(f + r < n_f, f + r, n_f - 1) for r in range(4)]
            sums = [[Variable(F.zeros()) for _ in rows] for _ in range(few)]
            with loop(0, m, F.lanes) as i:
                here = [F[row * m + i] for row in rows]
                for g in range(few):
                    other = G[g * m + i]
                    for total, vector in zip(sums[g], here, strict=True):
                        total.set(fma(vector, other, total.get()))
            for g in range(few):
                for row, number in zip(rows, totals([total.get() for total in sums[g]]), strict=True):
                    out.put(row * f_step + g * g_step, number)

    switch(n_g - 1, case, range(1, FEW + 1))
