"""Cells of piecewise linear networks in the plane: maps, polygons, facets, doubts, and the walk."""
