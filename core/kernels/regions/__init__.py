"""Cells of piecewise linear networks, met one after the other: maps, polygons, facets, doubts, and the walks."""
