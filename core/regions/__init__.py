"""The regions of a piecewise linear network on a box, exactly, and the bounds of the literature.

    box = [[-1, 1], [-1, 1]]
    core.regions.count(net, box)  # RegionCount(activation=…, linear=…, certain=True)
    core.regions.partition(net, box)  # the polygons; on request the pattern, affine map, neighbours, … of each

*Activation regions*: distinct on/off patterns with a full-dimensional interior. A unit is on where z > 0; a unit that
is identically zero counts as off; identity units have no pattern. *Linear regions*: maximal connected sets on which
Z^[L] is affine: neighbours across a facet with the same affine map are one. What the output unit makes of Z^[L] is not
looked at. Everything is reckoned in double precision, for networks of one or two inputs.
"""

from core.regions import bounds
from core.regions.counting import RegionCount, count
from core.regions.partitions import Cell, Pieces, Polygons, partition

__all__ = ["Cell", "Pieces", "Polygons", "RegionCount", "bounds", "count", "partition"]
