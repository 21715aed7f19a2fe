"""Pieces of piecewise linear networks on a line: maps, doubts, and the sweep from left to right."""
