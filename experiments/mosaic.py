"""The regions of a network of two inputs as a mosaic: what is stored of it, and how it is drawn.

    arrays = mosaic.by_class("after", net, box)     # in compute: named arrays of a Result
    mosaic.draw(ax, result.arrays, "after")         # in draw; or several side by side, with mosaic.figure

Neighbouring regions differ, unless kinks of two units coincide: across an edge one unit switches, so the number of
units that are on turns from even to odd. Tiles with an odd number are paler. A tile's shade, 0 … 1, gives its hue.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import Colormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

import core
from experiments import style

PALE = 0.4  # share of the ground in a pale tile


def by_class(name: str, net: core.Network, box: ArrayLike) -> dict[str, np.ndarray]:
    """The mosaic of a classifier; the shade is the class, as a share of the last one.

    Outputs, or their differences where there are several, stand as further ReLU units, so that tiles end exactly where
    classes do. These units cut, but do not count when it comes to odd and even.
    """
    W, b = net.layers()[-1]
    one, other = np.triu_indices(b.size, 1)
    cuts = np.eye(b.size)[:, one] - np.eye(b.size)[:, other] if b.size > 1 else np.ones((1, 1))
    hidden = (net.activation,) * (net.depth - 1) if isinstance(net.activation, str) else net.activation
    read_out = (np.ones((cuts.shape[1], 1)), np.zeros(1))
    decided = core.Network.from_layers([*net.layers()[:-1], (W @ cuts, b @ cuts), read_out], (*hidden, "relu"))
    parts = _polygons(decided, box)
    sizes = np.diff(parts.offsets)[:, np.newaxis]
    answer = net(np.add.reduceat(parts.vertices, parts.offsets[:-1]) / sizes)  # a tile is of one class: its middle's
    number = answer.argmax(axis=1) / (b.size - 1) if b.size > 1 else answer[:, 0] > 0.5
    return _stored(name, parts, number, sum(net.widths[1:-1]))


def by_last_layer(name: str, net: core.Network, box: ArrayLike) -> dict[str, np.ndarray]:
    """The mosaic of a network; the shade goes with which units of the last hidden layer are on: alike in every copy."""
    parts = _polygons(net, box)
    last = parts.pattern[:, -net.widths[-2] :]
    _, rank = np.unique(last @ np.arange(1, net.widths[-2] + 1), return_inverse=True)
    return _stored(name, parts, rank / max(1, rank.max()), sum(net.widths[1:-1]))


def _polygons(net: core.Network, box: ArrayLike) -> core.regions.Polygons:
    parts = core.regions.partition(net, box)
    if not isinstance(parts, core.regions.Polygons):
        raise ValueError(f"the network has {net.widths[0]} input; a mosaic needs 2")
    return parts


def _stored(name: str, parts: core.regions.Polygons, shade: np.ndarray, units: int) -> dict[str, np.ndarray]:
    odd = parts.pattern[:, :units].sum(axis=1) % 2 == 1
    found = {"vertices": parts.vertices, "offsets": parts.offsets, "odd": odd, "shade": shade.astype(float)}
    return {f"{name}_{part}": array for part, array in found.items()}


def figure(arrays: Mapping[str, np.ndarray], parts: Sequence[tuple[str, str, int]],
           colours: str | Colormap = "viridis") -> Figure:  # fmt: skip
    """Mosaics side by side: of each its name, the text under it, and how many regions it shows."""
    fig, axes = style.canvas(1, len(parts), squeeze=False)
    fig.set_layout_engine("compressed")  # as squares need it
    for ax, (name, text, regions) in zip(axes[0], parts, strict=True):
        draw(ax, arrays, name, colours)
        ax.set(xlabel=f"{text}:\n{regions:,} regions")
    return fig


def draw(ax: Axes, arrays: Mapping[str, np.ndarray], name: str, colours: str | Colormap = "viridis") -> None:
    """The tiles in the colours of their shades, on square axes without ticks; rasterised, since there are many."""
    vertices, offsets, odd, shade = (arrays[f"{name}_{part}"] for part in ("vertices", "offsets", "odd", "shade"))
    full = colormaps.get_cmap(colours)(shade)[:, :3]
    fill = np.where(odd[:, np.newaxis], (1 - PALE) * full + PALE * np.array(to_rgb(style.ground())), full)
    seam = 0.5  # points, in the tile's own colour: without it the ground shines through
    tiles = PolyCollection(np.split(vertices, offsets[1:-1]), facecolors=fill, edgecolors=fill, linewidths=seam,
                           rasterized=True)  # fmt: skip
    ax.add_collection(tiles)
    (left, bottom), (right, top) = vertices.min(axis=0), vertices.max(axis=0)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def points(ax: Axes, X: np.ndarray, y: np.ndarray) -> None:
    """Observations of two classes, in ink and in the colour of the ground, each with an edge of the other."""
    for value, marker, fill, edge in ((0, "o", style.ink(), style.ground()), (1, "^", style.ground(), style.ink())):
        ax.plot(*X[y == value].T, marker, color=fill, markeredgecolor=edge, markersize=0.6 * style.size("marker"),
                markeredgewidth=0.4 * style.size("line"))  # fmt: skip


def images(ax: Axes, pictures: np.ndarray, places: np.ndarray) -> None:
    """Grey pictures, each around its place; the limits stay as they are."""
    limits, half = {"xlim": ax.get_xlim(), "ylim": ax.get_ylim()}, 0.07 * np.ptp(ax.get_xlim())
    for picture, (x, y) in zip(pictures, places, strict=True):
        ax.imshow(picture, cmap="gray_r", extent=(x - half, x + half, y - half, y + half), zorder=2)
    ax.set(**limits)


def zoom(axes: Sequence[Axes], halves: Sequence[float]) -> None:
    """Show the squares of these half sides around the origin; in each a frame, ink on the ground, where the next is."""
    for ax, half in zip(axes, halves, strict=True):
        ax.set(xlim=(-half, half), ylim=(-half, half))
    for ax, half in zip(axes[:-1], halves[1:], strict=True):
        for colour, share in ((style.ground(), 2.5), (style.ink(), 1)):
            ax.add_patch(Rectangle((-half, -half), 2 * half, 2 * half, fill=False, color=colour,
                                   linewidth=share * style.size("line"), joinstyle="miter"))  # fmt: skip
