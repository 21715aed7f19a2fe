"""What the faces ask of their arguments. Each check returns the value in the form kernels assume, or raises.

Arrays come back contiguous, writeable and of theta's precision: kernels are compiled for exactly one such signature.
"""

from collections.abc import Sequence

import numpy as np


def widths_of(widths: Sequence[int]) -> tuple[int, ...]:
    """(n_0, …, n_L) as a tuple of int, each at least 1."""
    if len(widths) < 2:
        raise ValueError(f"widths is {tuple(widths)}; it must name the inputs and at least one layer")
    for width in widths:
        if not is_integer(width) or width < 1:
            raise ValueError(f"widths is {tuple(widths)}; every width must be an integer of at least 1")
    return tuple(int(width) for width in widths)


def parameters(theta: np.ndarray, n_parameters: int, widths: tuple[int, ...]) -> np.ndarray:
    """A read-only copy of theta, (P,) or (R, P)."""
    precision = np.float32 if getattr(theta, "dtype", None) == np.float32 else np.float64
    copy = np.array(theta, dtype=precision, order="C")
    if copy.ndim not in (1, 2) or copy.shape[-1] != n_parameters:
        has = f"{copy.size} entries" if copy.ndim == 1 else f"shape {copy.shape}"
        raise ValueError(f"theta has {has}; widths {widths} need {n_parameters}")
    if copy.ndim == 2 and copy.shape[0] == 0:
        raise ValueError(f"theta has shape {copy.shape}; an ensemble needs at least one network")
    if not np.isfinite(copy).all():
        raise ValueError("theta has entries that are not finite")
    copy.flags.writeable = False
    return copy


def inputs(X: np.ndarray, theta: np.ndarray, n_inputs: int) -> np.ndarray:
    """X as (n, n_0), or (R, n, n_0) for an ensemble of R networks."""
    array = writeable(np.asarray(X, dtype=theta.dtype))
    leading = theta.shape[:-1]
    if array.ndim < 2 or array.shape[-1] != n_inputs or array.shape[:-2] not in ((), leading):
        own = f" or ({leading[0]}, n, {n_inputs})" if leading else ""
        raise ValueError(f"X has shape {array.shape}; it must be (n, {n_inputs}){own}")
    if not np.isfinite(array).all():
        raise ValueError("X has entries that are not finite")
    return array


def targets(y: np.ndarray, X: np.ndarray, theta: np.ndarray, n_outputs: int, output: str) -> np.ndarray:
    """y as (n, n_L), or (R, n, n_L): integer labels become one-hot rows, (n,) becomes (n, 1)."""
    array = np.asarray(y)
    n, leading = X.shape[-2], theta.shape[:-1]
    shapes = [(n, n_outputs), (*leading, n, n_outputs)]
    if output == "softmax" and array.shape not in shapes and array.shape in ((n,), (*leading, n)):
        array = _one_hot(array, n_outputs)
    elif n_outputs == 1 and array.shape not in shapes and array.shape in ((n,), (*leading, n)):
        array = array[..., np.newaxis]
    if array.shape not in shapes:
        raise ValueError(f"y has shape {array.shape}; X {X.shape} and {n_outputs} outputs need {shapes[0]}")
    array = writeable(np.asarray(array, dtype=theta.dtype))
    if not np.isfinite(array).all():
        raise ValueError("y has entries that are not finite")
    if output == "sigmoid" and not ((array >= 0) & (array <= 1)).all():
        raise ValueError(f"y goes from {array.min()} to {array.max()}; with output 'sigmoid' it must lie in 0 … 1")
    if output == "softmax" and not (np.isin(array, (0, 1)).all() and (array.sum(axis=-1) == 1).all()):
        raise ValueError("y is not one-hot; with output 'softmax' it must be integer labels or rows with a single 1")
    return array


def _one_hot(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Rows with a single 1, (…, n, n_classes), from labels 0 … n_classes - 1."""
    if labels.size and (labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= n_classes):
        raise ValueError(f"y has labels of type {labels.dtype} from {labels.min()} to {labels.max()}; "
                         f"they must be integers from 0 to {n_classes - 1}")  # fmt: skip
    return np.eye(n_classes)[labels.astype(np.intp)]


def member(array: np.ndarray, r: int) -> np.ndarray:
    """The part of network r of data that is shared, (n, …), or given per network, (R, n, …)."""
    return array[r] if array.ndim == 3 else array


def writeable(array: np.ndarray) -> np.ndarray:
    """The array itself, or a copy where it is read-only, strided or unaligned."""
    return np.require(array, requirements=["C", "W", "A"])


def is_integer(value: object) -> bool:
    """Whether it is an integer of Python's or NumPy's; True and False are not."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def integer(name: str, value: int, at_least: int, at_most: int | None = None) -> int:
    """`value` as an int within its limits."""
    limits = f"at least {at_least}" if at_most is None else f"from {at_least} to {at_most}"
    if not is_integer(value) or value < at_least or (at_most is not None and value > at_most):
        raise ValueError(f"{name} is {value}; it must be an integer {limits}")
    return int(value)


def per_network(name: str, value: object, n_networks: int) -> np.ndarray:
    """One number for all networks, or one for each, as (R,)."""
    array = np.asarray(value)
    if array.shape not in ((), (n_networks,)):
        raise ValueError(f"{name} has shape {array.shape}; it must be one number, or ({n_networks},)")
    return np.broadcast_to(array, (n_networks,))
