"""What a sweep keeps, as records: a function of its kernels is given an array of them, or a pointer to one."""

from core.kernels.bundles import record

# A layer: its width, the next multiple of the lanes, where its units begin among all units (the input first), where
# W^[l] begins, where the slots of its maps begin; whether it has a kink, the slope of the negative side, and a power of
# two that all maps are multiples of, or 0. How far the sweep has come: the slot that holds for the piece at hand, and
# whether the maps in it are free of rounding; of the points in the interval on which they hold, how many there are, and
# how many were passed.
LAYER = record("width padded row weights first kinked slot exact points passed", "slope grain")

# A point at which pieces meet: the unit that changes sign there, as layer and place in it, or layer 0 for a limit of
# the box; where it is, and by what share of the box it may be off.
POINT = record("layer unit", "x blur")

# What was met so far: pieces, linear regions, doubtful signs and maps. The largest |x|; up to which share of the sum of
# absolute terms a value is 0, and its sign doubtful.
SWEEP = record("pieces linear doubtful", "reach snap doubt")
