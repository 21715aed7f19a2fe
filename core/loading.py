"""Networks made elsewhere, as a core.Network: PyTorch's nn.Sequential, scikit-learn's MLPRegressor and MLPClassifier.

Neither library is imported: layers are known by the names of their classes. Weights keep their precision.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.activations import LEAKY_SLOPE
from core.costs import OUTPUTS
from core.network import Network

TORCH = {
    "ELU": "elu", "GELU": "gelu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ReLU": "relu", "Sigmoid": "sigmoid",
    "Softmax": "softmax", "Softplus": "softplus", "Tanh": "tanh",
}  # fmt: skip
FIXED = {"ELU": ("alpha", 1), "GELU": ("approximate", "none"), "Softplus": ("beta", 1), "Flatten": ("start_dim", 1)}
WITHOUT_EFFECT = ("Dropout", "Flatten", "Identity")  # on rows, once training is over
SKLEARN = {"identity": "identity", "logistic": "sigmoid", "relu": "relu", "softmax": "softmax", "tanh": "tanh"}


@dataclass
class _Stage:
    """W (n_{l-1}, n_l) and b (n_l,) of a layer, and what follows it."""

    W: np.ndarray
    b: np.ndarray
    activation: str | None = None
    slope: float | None = None  # of a prelu


def from_torch(model: Any) -> Network:
    """The network of an nn.Sequential, as it is in eval mode; X are its inputs as rows.

    Layers: Linear with or without bias; ReLU, LeakyReLU, PReLU of one slope, Tanh, Sigmoid, Softplus (PyTorch's is the
    identity above 20, off by 2e-9), ELU, GELU; Identity, Flatten and Dropout, which do nothing here; a Sequential in a
    Sequential. Sigmoid or Softmax at the end is the output. Linear right after Linear makes an identity layer, and any
    other activation at the end a hidden layer that the identity reads out. A leaky slope other than 0.1 makes a
    layer of prelu.

    Raises ValueError on anything else, with the layer's position and class.
    """
    if not any(base.__name__ == "Sequential" for base in type(model).__mro__):
        raise ValueError(f"model is {type(model).__name__}; it must be an nn.Sequential")
    stages: list[_Stage] = []
    for position, layer in _flat(model):
        kind = type(layer).__name__
        if kind == "Linear":
            if stages and stages[-1].activation == "softmax":
                raise ValueError(f"layer {position} is Linear, after Softmax, which must be the last")
            stages.append(_Stage(*_linear(layer)))
        elif not stages or stages[-1].activation:
            where = "after an activation" if stages else "before the first Linear"
            raise ValueError(f"layer {position} is {kind}, {where}; it must follow a Linear")
        else:
            stages[-1].activation, stages[-1].slope = _activation(position, layer)
    if not stages:
        raise ValueError("the model has no Linear; a network needs at least one")
    return _joined(stages)


def from_sklearn(model: Any) -> Network:
    """The network of a fitted MLPRegressor or MLPClassifier.

    Its ŷ is predict of a regressor and predict_proba of a classifier; of two classes, the probability of the second.

    Raises ValueError on another class, a model that is not fitted, and an output that core does not have.
    """
    kind = type(model).__name__
    if kind not in ("MLPRegressor", "MLPClassifier"):
        raise ValueError(f"model is {kind}; it must be an MLPRegressor or an MLPClassifier")
    if not hasattr(model, "coefs_"):
        raise ValueError(f"the {kind} is not fitted; it has no weights yet")
    for name, value in (("activation", model.activation), ("out_activation_", model.out_activation_)):
        if value not in SKLEARN:
            raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(SKLEARN)}")
    names = (SKLEARN[model.activation],) * (len(model.coefs_) - 1)
    layers = list(zip(model.coefs_, model.intercepts_, strict=True))
    return Network.from_layers(layers, names, SKLEARN[model.out_activation_])


def _flat(model: Any, within: str = "") -> Iterator[tuple[str, Any]]:
    """Every layer that does something, with its position: "1", or "1.0" in a Sequential at position 1."""
    for i, layer in enumerate(model):
        position, kind = f"{within}{i}", type(layer).__name__
        if kind == "Sequential":
            yield from _flat(layer, f"{position}.")
            continue
        if kind not in ("Linear", *WITHOUT_EFFECT, *TORCH):
            known = ", ".join(sorted(("Linear", "Sequential", *WITHOUT_EFFECT, *TORCH)))
            raise ValueError(f"layer {position} is {kind}; supported are {known}")
        name, value = FIXED.get(kind, ("", None))
        if name and getattr(layer, name) != value:
            raise ValueError(f"layer {position} is {kind} with {name} {getattr(layer, name)}; it must be {value}")
        if kind == "Softmax" and layer.dim not in (None, 1, -1):
            raise ValueError(f"layer {position} is Softmax with dim {layer.dim}; it must be 1 or -1, over the outputs")
        if kind not in WITHOUT_EFFECT:
            yield position, layer


def _linear(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    """W (n_{l-1}, n_l) and b (n_l,) of a Linear; PyTorch keeps W transposed."""
    W = _array(layer.weight).T
    return W, np.zeros(W.shape[1], W.dtype) if layer.bias is None else _array(layer.bias)


def _activation(position: str, layer: Any) -> tuple[str, float | None]:
    """The name of an activation, and its slope where it is a prelu."""
    kind = type(layer).__name__
    if kind not in ("LeakyReLU", "PReLU"):
        return TORCH[kind], None
    slopes = np.array([layer.negative_slope]) if kind == "LeakyReLU" else np.unique(_array(layer.weight))
    if slopes.size != 1:
        raise ValueError(f"layer {position} is PReLU with {slopes.size} slopes; it must have one for all its units")
    slope = float(slopes[0])
    return ("leaky_relu", None) if slope == LEAKY_SLOPE else ("prelu", slope)


def _array(tensor: Any) -> np.ndarray:
    """A tensor's values: single precision stays single, everything else becomes double."""
    values = tensor.detach().cpu()
    return (values if str(values.dtype) == "torch.float32" else values.double()).numpy()


def _joined(stages: list[_Stage]) -> Network:
    """The network of these stages; the last one's activation is the output if it can be."""
    last = stages[-1]
    if last.activation not in (None, *OUTPUTS):
        identity, precision = np.eye(last.b.size, dtype=last.b.dtype), last.b.dtype
        stages = [*stages, _Stage(identity, np.zeros(last.b.size, precision))]
    names = tuple(stage.activation or "identity" for stage in stages)
    net = Network.from_layers([(stage.W, stage.b) for stage in stages], names[:-1], names[-1])
    slopes = [stage.slope for stage in stages if stage.slope is not None]
    theta = net.theta.copy()
    theta[theta.size - len(slopes) :] = slopes
    return replace(net, theta=theta)
