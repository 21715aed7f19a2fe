"""Toy sets, targets and real data. Each returns X (n, n_0) and y (n,); classes are 0, 1, …"""

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, make_circles, make_moons

Data = tuple[np.ndarray, np.ndarray]

BREAST_CANCER = tuple(map(str, load_breast_cancer().feature_names))


def xor() -> Data:
    """Exclusive or of two bits: four points."""
    return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 1.0, 0.0])


def moons(n: int, rng: np.random.Generator, noise: float = 0.15) -> Data:
    """Two interleaved half circles, centred; n / 2 points each."""
    X, y = make_moons(n, noise=noise, random_state=_state(rng))
    return X - X.mean(axis=0), y.astype(float)


def circles(n: int, rng: np.random.Generator) -> Data:
    """A circle within a circle of twice its radius, noise 0.1; n / 2 points each."""
    X, y = make_circles(n, noise=0.1, factor=0.5, random_state=_state(rng))
    return X, y.astype(float)


def spirals(n: int, rng: np.random.Generator) -> Data:
    """Two spirals of one turn, one the other turned by half, within radius 1 but for noise of 0.02; n / 2 points each.

    Points are spread evenly over the area: the radius is the square root of a uniform number.
    """
    y, radius = np.arange(n) % 2, np.sqrt(rng.uniform(0.02, 0.9, n))
    angle = np.pi * (2 * radius + y)
    X = radius[:, np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return X + 0.02 * rng.standard_normal((n, 2)), y.astype(float)


def sine(n: int, rng: np.random.Generator) -> Data:
    """One period of sin(pi x) at n uniform points of [-1, 1], without noise."""
    X = rng.uniform(-1, 1, (n, 1))
    return X, np.sin(np.pi * X[:, 0])


def radial(n: int, rng: np.random.Generator) -> Data:
    """sin(6 r), where r is the distance from the centre of the cube [-1, 1]^4."""
    X = _cube(n, 4, rng)
    return X, np.sin(6 * np.sqrt((X**2).sum(axis=1)))


def compositional(n: int, rng: np.random.Generator) -> Data:
    """A binary tree of |a + b| - 1 over the eight coordinates of [-1, 1]^8."""
    X = _cube(n, 8, rng)
    nodes = X
    while nodes.shape[1] > 1:
        nodes = np.abs(nodes[:, ::2] + nodes[:, 1::2]) - 1
    return X, nodes[:, 0]


def checkerboard(n: int, rng: np.random.Generator) -> Data:
    """1 on the white and -1 on the black of a board of 4 x 4 squares, [-1, 1]^2."""
    X = _cube(n, 2, rng)
    return X, np.where((np.floor(2 * X).sum(axis=1)) % 2 == 0, 1.0, -1.0)


def ridge(n: int, rng: np.random.Generator) -> Data:
    """sin(3 w.x) on [-1, 1]^2, along a random direction w of length 1: a function of one variable, gently bent."""
    X, w = _cube(n, 2, rng), rng.standard_normal(2)
    return X, np.sin(3 * X @ (w / np.sqrt(w @ w)))


def sawtooth(n: int, rng: np.random.Generator) -> Data:
    """Four teeth from -1 to 1 on [-1, 1]: three tents composed."""
    X = _cube(n, 1, rng)
    y = (X[:, 0] + 1) / 2
    for _ in range(3):
        y = 1 - np.abs(2 * y - 1)
    return X, 2 * y - 1


def logistic(n: int, rng: np.random.Generator) -> Data:
    """Two standard normal features; y drawn from a logistic model whose three coefficients are standard normal."""
    X, (w_1, w_2, b) = rng.standard_normal((n, 2)), rng.standard_normal(3)
    return X, (rng.random(n) < 1 / (1 + np.exp(-(w_1 * X[:, 0] + w_2 * X[:, 1] + b)))).astype(float)


def breast_cancer(features: list[str]) -> Data:
    """569 tumours of the Wisconsin diagnostic set, the named features standardised; y = 1 where malignant.

    Ships with scikit-learn; features are named in BREAST_CANCER.
    """
    data = load_breast_cancer()
    X = data.data[:, [BREAST_CANCER.index(feature) for feature in features]]
    return (X - X.mean(axis=0)) / X.std(axis=0), 1.0 - data.target


def digits() -> Data:
    """1 797 images of 8 × 8 grey values from 0 to 1, written digits, row by row; y is the digit.

    Ships with scikit-learn.
    """
    data = load_digits()
    return data.data / 16, data.target


def _cube(n: int, dimensions: int, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(-1, 1, (n, dimensions))


def _state(rng: np.random.Generator) -> np.random.RandomState:
    """scikit-learn's makers take the older kind of generator."""
    return np.random.RandomState(rng.integers(2**32))
