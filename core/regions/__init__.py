"""The regions of a piecewise linear network on a box, exactly, and the bounds of the literature.

    box = [[-1, 1], [-1, 1]]
    core.regions.count(net, box)  # RegionCount(activation=…, linear=…, certain=True)
    core.regions.partition(net, box)  # the polygons; on request the pattern, affine map, neighbours, … of each
    core.regions.boundary(net, box)  # polylines along which the sign of the output changes
    plane = core.regions.Slice.through(X[:3])  # through three data points
    core.regions.partition(net, plane.box, slice=plane)

*Activation regions*: distinct on/off patterns with a full-dimensional interior. A unit is on where z > 0; a unit that
is identically zero counts as off; identity units are always on. *Linear regions*: maximal connected sets on which
Z^[L] is affine: neighbours across a facet with the same affine map are one. What the output unit makes of Z^[L] is not
looked at. Everything is reckoned in double precision. `partition` takes one input or two, `count` any number.
"""

from core.regions import bounds
from core.regions.boundaries import boundary
from core.regions.counting import RegionCount, count
from core.regions.partitions import Cell, Pieces, Polygons, partition
from core.regions.slices import Slice

__all__ = ["Cell", "Pieces", "Polygons", "RegionCount", "Slice", "boundary", "bounds", "count", "partition"]
