"""Networks whose regions are counted: one description, from which we and every peer get the same numbers."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core import streams

Pairs = list[tuple[np.ndarray, np.ndarray]]  # (W, b) of each layer


@dataclass(frozen=True)
class Case:
    """A ReLU network with He's normal weights, and normal biases of this standard deviation, on [-1, 1]^n_inputs."""

    hidden: tuple[int, ...]
    bias: float
    n_inputs: int = 2

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
    Case((32,) * 2, 0.5), Case((64,) * 3, 0.1), Case((64,) * 6, 0.1), Case((128,) * 3, 0.1), Case((256,) * 3, 0.1),
    Case((64,) * 3, 0.1, n_inputs=1), Case((256,) * 3, 0.1, n_inputs=1), Case((256,) * 6, 0.1, n_inputs=1),
]  # fmt: skip
