"""The regions of a network of two inputs as a mosaic: what is stored of it, and how it is drawn.

    arrays = mosaic.by_class("after", net, box)     # in compute: named arrays of a Result
    mosaic.draw(ax, result.arrays, "after")         # in draw

Neighbours always differ: across an edge exactly one unit switches, so the number of units that are on turns from even
to odd. Tiles with an odd number are paler. A tile's shade, 0 … 1, gives its hue.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import Colormap, to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

import core
from experiments import style

PALE = 0.4  # share of the ground in a pale tile


def by_class(name: str, net: core.Network, box: ArrayLike) -> dict[str, np.ndarray]:
    """The mosaic of a network with one output; the shade is the class, 0 or 1.

    The output stands as one more ReLU unit, on in class 1, so that tiles end where classes do, exactly.
    """
    hidden = (net.activation,) * (net.depth - 1) if isinstance(net.activation, str) else net.activation
    decided = core.Network.from_layers([*net.layers(), ([[1.0]], [0.0])], (*hidden, "relu"))
    parts = core.regions.partition(decided, box)
    return _stored(name, parts, parts.pattern[:, -1])


def by_last_layer(name: str, net: core.Network, box: ArrayLike) -> dict[str, np.ndarray]:
    """The mosaic of a network; the shade tells which units of the last hidden layer are on: alike in every copy."""
    parts = core.regions.partition(net, box)
    last = parts.pattern[:, -net.widths[-2] :]
    _, rank = np.unique(last @ np.arange(1, net.widths[-2] + 1), return_inverse=True)
    return _stored(name, parts, rank / max(1, rank.max()))


def _stored(name: str, parts: core.regions.Pieces | core.regions.Polygons, shade: np.ndarray) -> dict[str, np.ndarray]:
    assert isinstance(parts, core.regions.Polygons)
    odd = parts.pattern.sum(axis=1) % 2 == 1
    found = {"vertices": parts.vertices, "offsets": parts.offsets, "odd": odd, "shade": shade.astype(float)}
    return {f"{name}_{part}": array for part, array in found.items()}


def canvas(columns: int) -> tuple[Figure, Any]:
    """An empty figure and its axes, side by side, laid out as squares need it."""
    fig, axes = style.canvas(1, columns)
    fig.set_layout_engine("compressed")
    return fig, axes


def draw(ax: Axes, arrays: Mapping[str, np.ndarray], name: str, colours: str | Colormap = "viridis") -> None:
    """The tiles in the colours of their shades, on square axes without ticks; rasterised, since there are many."""
    vertices, offsets, odd, shade = (arrays[f"{name}_{part}"] for part in ("vertices", "offsets", "odd", "shade"))
    full = colormaps.get_cmap(colours)(shade)[:, :3]
    fill = np.where(odd[:, np.newaxis], (1 - PALE) * full + PALE * np.array(to_rgb(style.ground())), full)
    seam = 0.15 * style.size("line")  # in the tile's own colour: without it the ground shines through
    tiles = PolyCollection(np.split(vertices, offsets[1:-1]), facecolors=fill, edgecolors=fill, linewidths=seam,
                           rasterized=True)  # fmt: skip
    ax.add_collection(tiles)
    (left, bottom), (right, top) = vertices.min(axis=0), vertices.max(axis=0)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
