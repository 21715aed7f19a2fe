"""Networks of PyTorch and scikit-learn compute here what they compute there."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor

import core
from core import streams

rng = streams.stream(0, "loading")
X = rng.standard_normal((40, 3))

# --- stand-ins for PyTorch, which is not needed to run the tests


class Tensor:
    """As much of a tensor as is read."""

    def __init__(self, values, dtype="torch.float64"):
        self.values, self.dtype = np.array(values, dtype=np.float32 if "32" in dtype else np.float64), dtype

    def detach(self):
        return self

    cpu = detach

    def double(self):
        return Tensor(self.values)

    def numpy(self):
        return self.values


class Sequential(list):
    def __init__(self, *layers):
        super().__init__(layers)


class Linear:
    def __init__(self, n_inputs, n_outputs, bias=True, dtype="torch.float64"):
        self.weight = Tensor(rng.standard_normal((n_outputs, n_inputs)), dtype)
        self.bias = Tensor(rng.standard_normal(n_outputs), dtype) if bias else None


def layer(kind, **attributes):
    """An instance of a class of this name."""
    made = type(kind, (), {})()
    vars(made).update(attributes)
    return made


def relu(z):
    return np.maximum(z, 0)


def after(model, *positions_and_functions):
    """The outputs when these layers and functions are applied one after another."""
    A = X
    for step in positions_and_functions:
        if callable(step):
            A = step(A)
        else:
            A = A @ model[step].weight.values.T + (0 if model[step].bias is None else model[step].bias.values)
    return A


def test_linear_layers_and_activations_in_turn():
    model = Sequential(Linear(3, 5), layer("ReLU"), Linear(5, 4, bias=False), layer("Tanh"), Linear(4, 2))
    net = core.from_torch(model)
    assert (net.widths, net.activation, net.output) == ((3, 5, 4, 2), ("relu", "tanh"), "identity")
    assert_allclose(net(X), after(model, 0, relu, 2, np.tanh, 4), rtol=1e-13, atol=1e-14)


def test_layers_without_effect_and_nested_sequentials_are_passed_through():
    skipped = layer("Flatten", start_dim=1), layer("Dropout", p=0.5), layer("Identity")
    first, last = Linear(3, 5), Linear(5, 2)
    net = core.from_torch(Sequential(skipped[0], Sequential(first, skipped[1], layer("ReLU")), skipped[2], last))
    assert_array_equal(net.theta, core.from_torch(Sequential(first, layer("ReLU"), last)).theta)


def test_linear_after_linear_makes_an_identity_layer():
    model = Sequential(Linear(3, 5), Linear(5, 4), layer("ReLU"), Linear(4, 2))
    net = core.from_torch(model)
    assert net.activation == ("identity", "relu")
    assert_allclose(net(X), after(model, 0, 1, relu, 3), rtol=1e-13, atol=1e-14)


def test_one_activation_may_stand_at_several_places():
    model, shared = Sequential(Linear(3, 4), None, Linear(4, 4), None, Linear(4, 1)), layer("ReLU")
    model[1] = model[3] = shared
    assert core.from_torch(model).activation == ("relu", "relu")


@pytest.mark.parametrize(("kind", "output"), [("Sigmoid", "sigmoid"), ("Softmax", "softmax"), ("Identity", "identity")])
def test_the_last_activation_is_the_output(kind, output):
    net = core.from_torch(Sequential(Linear(3, 5), layer("ReLU"), Linear(5, 2), layer(kind, dim=-1)))
    assert (net.widths, net.activation, net.output) == ((3, 5, 2), ("relu",), output)


def test_a_last_activation_that_is_no_output_is_read_out_as_it_is():
    model = Sequential(Linear(3, 5), layer("ReLU"), Linear(5, 2), layer("ReLU"))
    net = core.from_torch(model)
    assert (net.widths, net.activation, net.output) == ((3, 5, 2, 2), ("relu", "relu"), "identity")
    assert_allclose(net(X), after(model, 0, relu, 2, relu), rtol=1e-13, atol=1e-14)


def test_slopes_of_the_negative_side_are_kept():
    kinds = layer("LeakyReLU", negative_slope=0.01), layer("LeakyReLU", negative_slope=0.1)
    learnt = layer("PReLU", weight=Tensor([-0.5]))
    model = Sequential(Linear(3, 4), kinds[0], Linear(4, 4), kinds[1], Linear(4, 4), learnt, Linear(4, 1))
    net = core.from_torch(model)
    assert net.activation == ("prelu", "leaky_relu", "prelu")

    def leaky(slope):
        return lambda z: np.where(z < 0, slope * z, z)

    expected = after(model, 0, leaky(0.01), 2, leaky(0.1), 4, leaky(-0.5), 6)
    assert_allclose(net(X), expected, rtol=1e-13, atol=1e-14)


def test_single_precision_stays_single_and_half_becomes_double():
    model = Sequential(Linear(3, 2, dtype="torch.float32"), layer("ReLU"), Linear(2, 2, dtype="torch.float32"))
    assert core.from_torch(model).theta.dtype == np.float32
    assert core.from_torch(Sequential(*model[:2])).theta.dtype == np.float32
    assert core.from_torch(Sequential(Linear(3, 2, dtype="torch.bfloat16"))).theta.dtype == np.float64


LINEAR = Linear(3, 3)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (LINEAR, "model is Linear; it must be an nn.Sequential"),
        (Sequential(), "the model has no Linear; a network needs at least one"),
        (
            Sequential(LINEAR, layer("Conv2d")),
            "layer 1 is Conv2d; supported are Dropout, ELU, Flatten, GELU, Identity, ",
        ),
        (
            Sequential(LINEAR, Sequential(layer("ReLU"), layer("BatchNorm1d"))),
            "layer 1.1 is BatchNorm1d; supported are",
        ),
        (Sequential(layer("ReLU"), LINEAR), "layer 0 is ReLU, before the first Linear; it must follow a Linear"),
        (Sequential(LINEAR, layer("ReLU"), layer("Tanh")), "layer 2 is Tanh, after an activation; it must follow"),
        (
            Sequential(LINEAR, layer("Softmax", dim=1), LINEAR),
            "layer 2 is Linear, after Softmax, which must be the last",
        ),
        (Sequential(LINEAR, layer("Softmax", dim=0)), "layer 1 is Softmax with dim 0; it must be 1 or -1"),
        (Sequential(LINEAR, layer("ELU", alpha=0.5)), "layer 1 is ELU with alpha 0.5; it must be 1"),
        (
            Sequential(LINEAR, layer("GELU", approximate="tanh")),
            "layer 1 is GELU with approximate tanh; it must be none",
        ),
        (Sequential(LINEAR, layer("Softplus", beta=2)), "layer 1 is Softplus with beta 2; it must be 1"),
        (Sequential(layer("Flatten", start_dim=0)), "layer 0 is Flatten with start_dim 0; it must be 1"),
        (
            Sequential(LINEAR, layer("PReLU", weight=Tensor([0.1, 0.2, 0.3]))),
            "layer 1 is PReLU with 3 slopes; it must have one for all its units",
        ),
        (Sequential(LINEAR, Linear(4, 2)), r"layer 2 has W \(4, 2\) and b \(2,\); needed are \(3, n_2\)"),
    ],
)
def test_layers_that_core_does_not_have_are_named(model, message):
    with pytest.raises(ValueError, match=message):
        core.from_torch(model)


# --- the libraries themselves


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("last", ["Linear", "Sigmoid", "Softmax", "ReLU"])
def test_networks_of_pytorch_give_the_same_outputs(precision, last):
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(0)
    hidden = [
        nn.ReLU(), nn.LeakyReLU(), nn.LeakyReLU(0.1), nn.PReLU(), nn.Tanh(), nn.Sigmoid(), nn.ELU(), nn.GELU(),
        nn.Softplus(), nn.Identity(), nn.Dropout(),
    ]  # fmt: skip
    layers = [
        nn.Flatten(),
        nn.Linear(3, 6),
        *(part for f in hidden for part in (f, nn.Linear(6, 6, bias=f is hidden[0]))),
    ]
    end = {"Linear": [], "Sigmoid": [nn.Sigmoid()], "Softmax": [nn.Softmax(dim=1)], "ReLU": [nn.ReLU()]}[last]
    model = nn.Sequential(nn.Sequential(*layers), *end).to(getattr(torch, precision)).eval()
    with torch.no_grad():
        expected = model(torch.tensor(X, dtype=getattr(torch, precision))).numpy()
    net = core.from_torch(model)
    assert net.theta.dtype == precision
    assert_allclose(net(X), expected, rtol=0, atol=20 * np.finfo(precision).eps)


@pytest.mark.parametrize("activation", ["identity", "logistic", "relu", "tanh"])
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_a_regressor_of_scikit_learn_gives_the_same_outputs(activation, n_outputs):
    y = X[:, :n_outputs] ** 2
    model = fitted(
        MLPRegressor(hidden_layer_sizes=(7, 5), activation=activation, max_iter=3, random_state=0), X, y.squeeze()
    )
    assert_allclose(core.from_sklearn(model)(X), model.predict(X).reshape(-1, n_outputs), rtol=0, atol=1e-14)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_a_classifier_of_scikit_learn_gives_the_same_probabilities(n_classes, precision):
    data = X.astype(precision)
    model = fitted(
        MLPClassifier(hidden_layer_sizes=(7,), max_iter=3, random_state=0), data, np.arange(len(X)) % n_classes
    )
    net, expected = core.from_sklearn(model), model.predict_proba(data)
    assert net.theta.dtype == precision
    assert_allclose(net(data), expected if n_classes > 2 else expected[:, 1:], rtol=0, atol=4 * np.finfo(precision).eps)


def fitted(model, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (LogisticRegression(), "model is LogisticRegression; it must be an MLPRegressor or an MLPClassifier"),
        (MLPRegressor(), "the MLPRegressor is not fitted; it has no weights yet"),
        (
            layer("MLPRegressor", coefs_=[], activation="relu", out_activation_="exp"),
            "out_activation_ is 'exp'; it must be one of identity, logistic, relu, softmax, tanh",
        ),
    ],
)
def test_models_of_scikit_learn_that_are_no_networks_are_refused(model, message):
    with pytest.raises(ValueError, match=message):
        core.from_sklearn(model)
