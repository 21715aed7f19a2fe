"""Colours: told apart by every eye, readable on every ground."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib import colors
from numpy.testing import assert_allclose

from experiments import style
from experiments.palette import CONCEPTS, contrast

THEMES = sorted(path.stem for path in (style.CONF / "style").glob("*.yaml"))
ACTIVATIONS = ("relu", "leaky_relu", "absolute", "sigmoid", "tanh", "identity")
LIBRARIES = ("ours", "jax", "torch", "numpy", "sklearn")
TOGETHER = [  # stand in one figure
    ("deep", "shallow"),
    ("constructed", "trained"),
    ("cross_entropy", "squared_error"),
    ("train", "test"),
    ("identical", "random"),
    ("linear", "relu"),
    ("identity", "relu"),
    ("class0", "class1"),
    *combinations(("relu", "sigmoid", "tanh"), 2),
]
APART = 12  # CIEDE2000; 1 is just noticeable side by side, and a slide is seen from afar
APART_IN_COLOUR = 7  # where marker and dash help and greyscale is left to them
EYES = {  # linear RGB as seen; Machado, Oliveira & Fernandes 2009, severity 1; greyscale is luminance
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
    "grey": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}


def lab(colour, eye):
    """CIE L*a*b* (D65) of a colour as an eye sees it."""
    rgb = np.array(colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(EYES[eye] @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    t = to_xyz @ seen / to_xyz.sum(axis=1)
    x, y, z = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def ciede2000(one, other):
    """Colour difference of two L*a*b* triples; Sharma, Wu & Dalal 2005."""
    (L1, a1, b1), (L2, a2, b2) = one, other
    C = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    G = 0.5 * (1 - np.sqrt(C**7 / (C**7 + 25**7)))
    a1, a2 = (1 + G) * a1, (1 + G) * a2
    C1, C2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    dh = (h2 - h1 + 180) % 360 - 180
    dH = 2 * np.sqrt(C1 * C2) * np.sin(np.radians(dh / 2))
    L, C, h = (L1 + L2) / 2, (C1 + C2) / 2, h1 + dh / 2
    T = 1 + sum(
        w * np.cos(np.radians(k * h + p)) for w, k, p in ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.2, 4, -63))
    )
    S_L, S_C, S_H = 1 + 0.015 * (L - 50) ** 2 / np.sqrt(20 + (L - 50) ** 2), 1 + 0.045 * C, 1 + 0.015 * C * T
    turn = np.radians(60 * np.exp(-(((h % 360 - 275) / 25) ** 2)))
    R = -2 * np.sqrt(C**7 / (C**7 + 25**7)) * np.sin(turn)
    l, c, h = (L2 - L1) / S_L, (C2 - C1) / S_C, dH / S_H
    return np.sqrt(l**2 + c**2 + h**2 + R * c * h)


def apart(one, other, eye):
    return ciede2000(lab(style.colour(one), eye), lab(style.colour(other), eye))


@pytest.mark.parametrize(
    ("one", "other", "published"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_colour_difference_is_the_published_one(one, other, published):
    assert_allclose(ciede2000(one, other), published, atol=1e-4)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", THEMES)
def test_concepts_that_meet_are_told_apart_by_every_eye(theme, eye):
    with style.use(theme):
        close = {pair: apart(*pair, eye) for pair in TOGETHER if apart(*pair, eye) < APART}
    assert not close


@pytest.mark.parametrize("eye", [eye for eye in EYES if eye != "grey"])
@pytest.mark.parametrize("theme", THEMES)
def test_activations_and_libraries_are_told_apart_and_concepts_from_theory(theme, eye):
    pairs = [*combinations(ACTIVATIONS, 2), *combinations(LIBRARIES, 2), *((concept, "theory") for concept in CONCEPTS)]
    with style.use(theme):
        close = {pair: apart(*pair, eye) for pair in pairs if apart(*pair, eye) < APART_IN_COLOUR}
    assert not close


def test_concepts_that_meet_differ_in_marker_and_in_dash_too():
    for one, other in [*TOGETHER, *combinations(ACTIVATIONS, 2), *combinations(LIBRARIES, 2)]:
        assert style.look(one)["marker"] != style.look(other)["marker"], (one, other)
        assert style.look(one)["linestyle"] != style.look(other)["linestyle"], (one, other)


@pytest.mark.parametrize("theme", THEMES)
def test_lines_and_text_stand_out_from_the_ground(theme):
    with style.use(theme):
        _, ax = style.canvas()
        assert min(contrast(style.colour(concept), style.ground()) for concept in CONCEPTS) >= 3
        labels = [style.label(ax, 0, 0, concept, concept).get_color() for concept in CONCEPTS]
        assert min(contrast(text, style.ground()) for text in [*labels, style.ink(), style.muted()]) >= 4.5


def test_contrast_is_that_of_wcag():
    assert_allclose(contrast("black", "white"), 21)
    assert_allclose(contrast("#777777", "white"), 4.48, atol=5e-3)


@pytest.mark.parametrize("theme", THEMES)
def test_the_middle_of_the_signed_map_is_near_the_ground(theme):
    with style.use(theme):
        assert contrast(colors.to_hex(style.sign()(0.5)), style.ground()) < 1.2
        assert style.magnitude()(0.0) != style.magnitude()(1.0)


def test_an_unknown_concept_is_named():
    with pytest.raises(ValueError, match="no look for 'rulu'"):
        style.colour("rulu")
