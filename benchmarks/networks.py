"""Networks whose regions are counted: one description, from which we and every peer get the same numbers."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from core import streams

Pairs = list[tuple[np.ndarray, np.ndarray]]  # (W, b) of each layer


@dataclass(frozen=True)
class Case:
    """A ReLU network with He's normal weights, and normal biases of this standard deviation, on [-1, 1]^n_inputs.

    peer: the one that counts it too; none where the best would take hours, or more memory than there is.
    """

    hidden: tuple[int, ...]
    bias: float = 0.1
    n_inputs: int = 2
    peer: str | None = "regioncam"

    @property
    def name(self) -> str:
        return f"{self.n_inputs}-D-{self.hidden[0]}x{len(self.hidden)}"

    @property
    def title(self) -> str:
        return f"{self.n_inputs}-[{self.hidden[0]}]×{len(self.hidden)}-1"

    def pairs(self) -> Pairs:
        rng = streams.stream(0, "regions", self.n_inputs, *self.hidden)
        widths = (self.n_inputs, *self.hidden, 1)
        return [
            (rng.standard_normal((p, q)) * np.sqrt(2 / p), rng.standard_normal(q) * self.bias)
            for p, q in pairwise(widths)
        ]


CASES = [
    Case((32,) * 2, 0.5), Case((64,) * 3), Case((64,) * 6), Case((128,) * 3), Case((256,) * 3),
    Case((1024,) * 4, peer=None),  # at 25 kB a region and more, Regioncam would need 100 GB
    Case((64,) * 3, n_inputs=1), Case((256,) * 3, n_inputs=1), Case((256,) * 6, n_inputs=1),
    Case((8,) * 2, n_inputs=3, peer="relucent"), Case((6,) * 2, n_inputs=4, peer="relucent"),
    Case((24,) * 2, n_inputs=3, peer=None), Case((12,) * 2, n_inputs=4, peer=None),
    Case((10,) * 2, n_inputs=5, peer=None), Case((9,) * 2, n_inputs=6, peer=None),
    Case((8,) * 2, n_inputs=7, peer=None), Case((7,) * 2, n_inputs=8, peer=None),
]  # fmt: skip
SHARED = Case((256,) * 3)  # on several threads

_BASE = Case((64,) * 3)
GROWTH = {  # what grows: {its size: network}
    "width": {w: replace(_BASE, hidden=(w,) * 3) for w in (8, 16, 32, 64, 128)},
    "hidden layers": {k: replace(_BASE, hidden=(64,) * k) for k in (1, 2, 4, 8)},
    "inputs": {d: Case((8, 8), n_inputs=d, peer="regioncam" if d == 2 else None) for d in range(2, 9)},
}
