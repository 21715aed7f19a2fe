"""A line, a plane or a flat of more dimensions through the inputs of a network, on which it is a network of fewer."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from core.network import Network


@dataclass(frozen=True, eq=False)
class Slice:
    """The points origin + t @ basis, for t of d coordinates.

    origin  (n_0,)
    basis   (d, n_0), independent rows; lengths and angles are true where they are orthonormal
    marks   (k, d): coordinates of the points that the slice was laid through, in their order; empty otherwise

    Arrays are copied and read-only. Raises ValueError, naming the value and what was needed.
    """

    origin: np.ndarray
    basis: np.ndarray
    marks: np.ndarray = field(default_factory=lambda: np.empty((0, 0)), repr=False)

    def __post_init__(self) -> None:
        origin, basis, marks = (np.array(part, dtype=np.float64) for part in (self.origin, self.basis, self.marks))
        if origin.ndim != 1 or basis.ndim != 2 or basis.shape[1:] != origin.shape or not len(basis):
            raise ValueError(f"origin has shape {origin.shape} and basis {basis.shape}; needed are (n_0,) and (d, n_0)")
        if not (np.isfinite(origin).all() and np.isfinite(basis).all()):
            raise ValueError("origin or basis has entries that are not finite")
        if (rank := _rank(basis)) < len(basis):
            raise ValueError(f"basis has rank {rank}; its {len(basis)} rows must be independent")
        for name, value in (("origin", origin), ("basis", basis), ("marks", marks.reshape(-1, len(basis)))):
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    @classmethod
    def through(cls, points: ArrayLike) -> "Slice":
        """The line through two points, the plane through three, …; points (d + 1, n_0).

        The basis is orthonormal. The first point is the origin, the second lies on the first axis, the third above it.
        """
        data = np.array(points, dtype=np.float64)
        if data.ndim != 2 or len(data) < 2:
            raise ValueError(f"points has shape {data.shape}; it must be (d + 1, n_0), with two points or more")
        if not np.isfinite(data).all():
            raise ValueError("points has entries that are not finite")
        steps = data[1:] - data[0]
        if (rank := _rank(steps)) < len(steps):
            raise ValueError(f"points lie in a flat of {rank} dimensions; {len(data)} points must span {len(steps)}")
        Q, R = np.linalg.qr(steps.T)  # steps.T = Q R
        signs = np.where(np.diag(R) < 0, -1.0, 1.0)
        marks = np.vstack([np.zeros(len(steps)), (R * signs[:, np.newaxis]).T])
        return cls(data[0], (Q * signs).T, marks)

    @property
    def box(self) -> np.ndarray:
        """(d, 2): the limits of the marks, with a quarter of the longest side around them."""
        if not len(self.marks):
            raise ValueError("the slice has no marks to put a box around; lay it with Slice.through(points)")
        low, high = self.marks.min(axis=0), self.marks.max(axis=0)
        margin = (high - low).max() / 4
        return np.stack([low - margin, high + margin], axis=1)

    def __call__(self, coordinates: ArrayLike) -> np.ndarray:
        """The inputs (n, n_0) at coordinates (n, d)."""
        return self.origin + np.asarray(coordinates, dtype=np.float64) @ self.basis

    def coordinates(self, X: ArrayLike) -> np.ndarray:
        """The coordinates (n, d) of the points of the slice that are nearest to X (n, n_0)."""
        return np.linalg.lstsq(self.basis.T, (np.asarray(X, dtype=np.float64) - self.origin).T)[0].T

    def of(self, net: Network) -> Network:
        """The network, or ensemble, on the slice: d inputs, in double precision; of(net)(t) is net(self(t)).

        Products are added input by input, so that equal units stay equal. A coefficient that is no larger than what
        rounding may leave of n_0 terms that cancel is 0.
        """
        n_inputs, n_units = net.widths[:2]
        if n_inputs != len(self.origin):
            raise ValueError(f"the slice lies in {len(self.origin)} dimensions; the network has {n_inputs} inputs")
        W, b = (part.astype(np.float64) for part in net.layers()[0])
        first = np.zeros((*b.shape[:-1], len(self.basis) + 1, n_units))  # the new W^[1], and below it the new b^[1]
        first[..., -1, :] = b
        sizes = np.abs(first)
        for i, column in enumerate(np.vstack([self.basis, self.origin]).T):
            terms = column[:, np.newaxis] * W[..., np.newaxis, i, :]
            first += terms
            sizes += np.abs(terms)
        first[np.abs(first) <= n_inputs * np.finfo(np.float64).eps * sizes] = 0
        rest = net.theta[..., (n_inputs + 1) * n_units :].astype(np.float64)
        theta = np.concatenate([first.reshape(*net.theta.shape[:-1], -1), rest], axis=-1)
        return replace(net, widths=(len(self.basis), *net.widths[1:]), theta=theta)


def _rank(rows: np.ndarray) -> int:
    """How many rows are independent; lengths do not matter."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return int(np.linalg.matrix_rank(rows / np.where(lengths > 0, lengths, 1)))
