"""How far numbers are off: what the walks along a line, through the plane and through space have in common."""

EXACT = 2.0**53  # sums of integers up to here are not rounded
# relative to the sum of absolute terms of a value, or of a map on the box
ROUNDING = 2.0**-50  # of a value
DOUBT = 1e-12  # the sign of a smaller value may be a matter of rounding
SAME_MAP = 1e-11  # maps of Z^[L] that agree to this are one: some thousand terms are rounded
MARGIN = 10.0  # within this factor of SAME_MAP, whether two maps are one is doubtful
