"""Networks whose weights are written down: what can be represented, before anything is trained."""

import numpy as np

from core.network import Network


def xor() -> Network:
    """Exclusive or of two bits, with two ReLU units: relu(x_1 + x_2) - 2 relu(x_1 + x_2 - 1). Exact.

    Goodfellow et al. 2016, section 6.1.
    """
    return Network.from_layers([([[1, 1], [1, 1]], [0, -1]), ([[1], [-2]], [0])])


def sawtooth(k: int) -> Network:
    """The tent 2 relu(x) - 4 relu(x - 1/2) composed k times: 2^(k-1) teeth on [0, 1], with 2k ReLU units.

    Widths (1, 2, …, 2, 1); exact in floating point at multiples of 2^-k for k <= 50. Telgarsky 2015.
    """
    if k < 1:
        raise ValueError(f"k is {k}; it must be at least 1")
    tent = np.array([[2.0], [-4.0]])
    first, last = (np.ones((1, 2)), np.array([0, -0.5])), (tent, np.zeros(1))
    between = (tent @ np.ones((1, 2)), np.array([0, -0.5]))
    return Network.from_layers([first, *[between] * (k - 1), last])


def tent() -> Network:
    """sawtooth(1): 0 at 0, 1 at 1/2, 0 at 1."""
    return sawtooth(1)


def square(m: int) -> Network:
    """x^2 on [0, 1] by m composed tents, 3m ReLU units: the piecewise linear interpolant at multiples of 2^-m.

    The largest error is 4^-(m+1), met between the knots: x^2 is x minus the sum of sawtooth(s) / 4^s. The third unit of
    each layer carries that sum, which never falls below 0. Yarotsky 2017, Proposition 2.
    """
    if m < 1:
        raise ValueError(f"m is {m}; it must be at least 1")
    layers = [(np.ones((1, 3)), np.array([0, -0.5, 0]))]
    for s in range(1, m + 1):
        fold = np.array([[2.0], [-4.0], [0]])  # the s-th sawtooth, from the units of layer s
        rest = np.array([[0.0], [0], [1]]) - fold / 4**s
        if s < m:
            layers.append((np.hstack([fold, fold, rest]), np.array([0, -0.5, 0])))
        else:
            layers.append((rest, np.zeros(1)))
    return Network.from_layers(layers)


def shallow_square(n: int) -> Network:
    """The best approximation of x^2 on [0, 1] by one hidden layer of n ReLU units: off by 1 / (2 (2n + 1)^2).

    Constant at first, then lines of equal length that miss by as much on either side. No n units do better: there are
    at most n + 1 lines, one of length h misses by h^2 / 8 or more, and if none of the units is spent on the slope at 0,
    the first line falls or is flat, so it reaches half as far as the others. Where a unit bends the other way, the two
    lines beside it reach no farther than one.
    """
    if n < 1:
        raise ValueError(f"n is {n}; it must be at least 1")
    kinks = (2 * np.arange(n) + 1) / (2 * n + 1)
    rise = np.full((n, 1), 4 / (2 * n + 1))
    return Network.from_layers([(np.ones((1, n)), -kinks), (rise, [1 / (2 * (2 * n + 1) ** 2)])])


def interpolant(x: np.ndarray, y: np.ndarray) -> Network:
    """The piecewise linear function through (x_i, y_i), with one hidden layer of n - 1 ReLU units.

    x (n,) strictly increasing, y (n,), n >= 2; linear beyond the last knot and constant before the first.
    """
    knots, values = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if knots.ndim != 1 or knots.shape != values.shape or knots.size < 2 or not (np.diff(knots) > 0).all():
        raise ValueError(f"x has shape {knots.shape} and y {values.shape}; needed are (n,) and x strictly increasing")
    bends = np.diff(np.diff(values) / np.diff(knots), prepend=0)
    hidden = (np.ones((1, bends.size)), -knots[:-1])
    return Network.from_layers([hidden, (bends[:, np.newaxis], values[:1])])


def bumps(edges: np.ndarray, heights: np.ndarray, steepness: float) -> Network:
    """A curve built of bumps: height h_i between edges i and i + 1, with one pair of sigmoids each.

    edges (k + 1,) increasing, heights (k,); 2k sigmoid units. Each bump is
    h_i (sigma(steepness (x - e_i)) - sigma(steepness (x - e_{i+1}))): a box as steepness grows. Slide: Intuition behind
    the Universal Approximation Theorem.
    """
    e, h = np.asarray(edges, dtype=float), np.asarray(heights, dtype=float)
    if e.ndim != 1 or e.size != h.size + 1 or not (np.diff(e) > 0).all():
        raise ValueError(f"edges has shape {e.shape} and heights {h.shape}; needed are (k + 1,) increasing and (k,)")
    if not (np.isfinite(steepness) and steepness > 0):
        raise ValueError(f"steepness is {steepness}; it must be above 0 and finite")
    sides = np.column_stack([e[:-1], e[1:]]).ravel()
    hidden = (np.full((1, sides.size), float(steepness)), -steepness * sides)
    return Network.from_layers([hidden, (np.outer(h, [1, -1]).reshape(-1, 1), np.zeros(1))], activation="sigmoid")


def folds(n_inputs: int, width: int, hidden_layers: int) -> Network:
    """Montúfar's network: each hidden layer but the last folds [0, 1]^n_inputs onto itself, the last cuts it by lines.

    A fold maps floor(width / n_inputs)^n_inputs boxes onto the whole, mirrored, so the cuts of the last layer appear in
    all of them: its regions meet Montúfar et al. 2014, Theorem 4. One or two inputs. The last layer's `width` lines are
    in general position with every crossing inside the square, and from width 4 on no point has all its units off. The
    output adds the last layer's units with weights 1, 2, ….
    """
    if n_inputs not in (1, 2) or width < n_inputs or hidden_layers < 1:
        raise ValueError(f"n_inputs, width, hidden_layers are {n_inputs}, {width}, {hidden_layers}; "
                         "needed are 1 or 2 inputs, width >= n_inputs and at least one hidden layer")  # fmt: skip
    pieces = width // n_inputs
    teeth = np.arange(pieces)
    spread = np.kron(np.eye(n_inputs), np.where(teeth == 0, 1, 2) * pieces)  # (n_inputs, pieces n_inputs)
    shift = np.tile(-2.0 * teeth, n_inputs)
    gather = np.kron(np.eye(n_inputs), np.where(teeth % 2 == 0, 1, -1)[:, np.newaxis])
    layers: list[tuple[np.ndarray, np.ndarray]] = []
    before: np.ndarray = np.eye(n_inputs)
    for _ in range(hidden_layers - 1):
        layers.append((before @ spread, shift))
        before = gather
    normals, offsets = _lines(n_inputs, width)
    layers.append((before @ normals, offsets))
    layers.append((np.arange(1.0, width + 1)[:, np.newaxis], np.zeros(1)))
    return Network.from_layers(layers)


def _lines(n_inputs: int, n_lines: int) -> tuple[np.ndarray, np.ndarray]:
    """Normals (n_inputs, n_lines) and offsets (n_lines,) of cuts in general position through the middle of the box."""
    sides = np.where(np.arange(n_lines) % 2 == 0, 1.0, -1.0)
    if n_inputs == 1:
        cuts = (np.arange(n_lines) + 1) / (n_lines + 1)
        return sides[np.newaxis], -sides * cuts
    # tangents to a circle: every two meet, no three in one point; the radius keeps the farthest crossing inside
    angles = np.pi * (np.arange(n_lines) + 0.5) / n_lines
    normals = np.stack([np.cos(angles), np.sin(angles)])
    radius = 0.45 * np.sin(np.pi / (2 * n_lines))
    return normals * sides, -sides * (radius + normals.sum(axis=0) / 2)
