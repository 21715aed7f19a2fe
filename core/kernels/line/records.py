"""What a sweep keeps, as records; see core.kernels.plane.records."""

from core.kernels.plane.records import record

# A point at which pieces meet: the unit that changes sign there, as layer and place in it, or layer 0 for a limit of
# the box; where it is, and by what share of the box it may be off.
POINT = record("layer unit", "x blur")

# For each layer, how far the sweep has come in the interval on which its maps hold: the number of its points in it, and
# of those that were passed.
SPAN = record("points passed")

# Where a sweep stands: the layer whose points come next, 0 at the beginning; what was met so far: pieces, linear
# regions, doubtful signs and maps. The largest |x|; up to which share of the sum of absolute terms a value is 0, and
# its sign doubtful.
SWEEP = record("layer pieces linear doubtful", "reach snap doubt")
