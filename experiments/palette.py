"""One look per concept across the deck: hue, marker and dash; and how well a colour reads on its ground.

Concepts that meet in one figure stay apart under deuteranopia, protanopia, tritanopia and in greyscale:
tests/experiments/test_style.py measures it. To that end a dark hue is always paired with a bright one.
"""

from typing import Any

import numpy as np
from matplotlib import colors

HUES = {  # on a light ground, on a dark ground
    "navy": ("#083d7a", "#3a7bdc"),
    "purple": ("#5a2d88", "#a974da"),
    "teal": ("#04555c", "#259c90"),
    "crimson": ("#951038", "#e0506c"),
    "brown": ("#733d18", "#b5774c"),
    "red": ("#cc2b30", "#ff8080"),
    "orange": ("#d4560c", "#f2a766"),
    "gold": ("#b98a00", "#ffe176"),
    "green": ("#3f9445", "#9be8a8"),
    "sky": ("#1a8ccc", "#a5d3ff"),
    "pink": ("#d1549a", "#f3a8d4"),
}

SOLID, LONG, SHORT, DOTS, MIXED = "-", (0, (5, 2)), (0, (2, 1.2)), (0, (1, 1.2)), (0, (6, 1.5, 1.5, 1.5))
CONCEPTS: dict[str, tuple[str, str, Any]] = {  # hue, marker, dash
    "deep": ("navy", "o", SOLID),
    "shallow": ("orange", "s", LONG),
    "constructed": ("gold", "D", LONG),
    "trained": ("teal", "o", SOLID),
    "relu": ("navy", "o", SOLID),
    "leaky_relu": ("sky", "P", SHORT),
    "absolute": ("teal", "v", (0, (9, 2))),
    "sigmoid": ("red", "s", LONG),
    "tanh": ("gold", "^", MIXED),
    "identity": ("pink", "D", DOTS),
    "linear": ("pink", "D", DOTS),
    "cross_entropy": ("teal", "o", SOLID),
    "squared_error": ("orange", "s", LONG),
    "train": ("purple", "o", LONG),
    "test": ("green", "s", SOLID),
    "identical": ("crimson", "D", SOLID),
    "random": ("sky", "o", LONG),
    "class0": ("navy", "o", SOLID),
    "class1": ("orange", "^", LONG),
    "control": ("brown", "X", SHORT),
    "ours": ("navy", "o", SOLID),
    "jax": ("red", "s", LONG),
    "regioncam": ("red", "D", LONG),
    "relucent": ("gold", "^", SHORT),
    "torch": ("crimson", "^", SHORT),
    "numpy": ("sky", "D", DOTS),
    "sklearn": ("gold", "v", MIXED),
}


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2, 0 (black) to 1 (white)."""
    rgb = np.array(colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(colour: str, ground: str) -> float:
    """Contrast ratio of WCAG 2, 1 to 21: lines need 3, text needs 4.5."""
    dark, bright = sorted((luminance(colour), luminance(ground)))
    return (bright + 0.05) / (dark + 0.05)


def is_dark(ground: str) -> bool:
    """Whether white reads better on this ground than black."""
    return contrast("white", ground) > contrast("black", ground)


def legible(colour: str, ground: str, ink: str) -> str:
    """The colour, mixed with as little ink as makes it readable as text on this ground."""
    for share in np.linspace(0, 1, 21):
        mixed = colors.to_hex((1 - share) * np.array(colors.to_rgb(colour)) + share * np.array(colors.to_rgb(ink)))
        if contrast(mixed, ground) >= 4.5:
            return mixed
    return ink
