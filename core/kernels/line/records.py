"""What a sweep keeps, as records: a function of its kernels is given an array of them, or a pointer to one."""

from core.kernels.bundles import record

# A layer: its width, the next multiple of the lanes, where its units begin among all units (the input first), where
# W^[l] begins, where the slots of its maps begin; whether it has a kink, the slope of the negative side, and a power of
# two that all maps are multiples of, or 0. Its queue: where its pieces begin among those of all layers, how many it has
# room for, where the patterns on them begin; how many pieces there are, and how many were passed.
LAYER = record("width padded row weights first kinked queue room marks pieces passed", "slope grain")

# A point at which pieces meet: where it is, and by what share of the box it may be off; the unit that changes sign
# there, where its map stands, how far apart the components of that are, and its grain, 0 if it was rounded. A limit of
# the box has no such unit: components that are 0 apart. A queue knows its pieces by their left ends, and for each, on
# which piece of the layer before it lies and whether what its maps were made of is free of rounding. A kink has the
# piece of the next queue on its right.
POINT = record("unit place padded piece exact", "x blur grain")

# What was met so far: pieces, linear regions, doubtful signs and maps. The largest |x|; up to which share of the sum of
# absolute terms a value is 0, and its sign doubtful.
SWEEP = record("pieces linear doubtful", "reach snap doubt")
