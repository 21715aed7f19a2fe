"""Cells of piecewise linear networks in any number of dimensions: polytopes, their facets as bits, and the walk."""
