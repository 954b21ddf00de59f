"""The largest of an array of counts, for the peers that hold arrays."""

from typing import Any

import numpy as np


def largest(counts: Any, k: int) -> list[tuple[int, int]]:
    """At most k places and what is counted there, most first, no zeros."""
    best = np.argpartition(counts, -k)[-k:]
    best = best[np.argsort(-counts[best], kind="stable")]
    return [(place, count) for place, count in zip(best.tolist(), counts[best].tolist(), strict=True) if count]
