"""Sets that are joined step by step: each element has a parent, and the one that is its own stands for the set."""

from core.kernels.jit import lean


@lean
def root(parents, i):
    """The one that stands for all that are joined with i; the path to it is halved on the way."""
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i
