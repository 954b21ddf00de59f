"""An order in which those stand beside each other that have the most in common, so that groups show."""

from typing import Any

import numpy as np
import numpy.typing as npt


def axis(links: Any) -> tuple[Any, Any]:
    """A number for each row and each column of a matrix of links, alike for those that are linked: the first axis of a correspondence
    analysis, the mean of whose rows and columns is 0. Its sign tells two groups apart. NaN where a row or column is empty.

    The first row stands on the side below 0, so that the same links give the same picture. O(rows * columns * the fewer of both).
    """
    links = np.asarray(links, dtype=np.float64)
    rows, columns = links.sum(axis=1), links.sum(axis=0)
    whole = links.sum()
    at_rows, at_columns = np.full(len(rows), np.nan), np.full(len(columns), np.nan)
    some, others = rows > 0, columns > 0
    if not whole:
        return at_rows, at_columns
    roots, other_roots = np.sqrt(rows[some]), np.sqrt(columns[others])
    inner = links[some][:, others] / np.outer(roots, other_roots)
    # What everything has in common, how many there are, is taken off.
    inner -= np.outer(roots, other_roots) / whole
    left, _, right = np.linalg.svd(inner, full_matrices=False)
    own, other = left[:, 0] / roots, right[0] / other_roots
    sign = -1.0 if own[0] > 0 else 1.0
    at_rows[some], at_columns[others] = sign * own, sign * other
    return at_rows, at_columns


def ranks(numbers: "npt.NDArray[np.float64]") -> Any:
    """The places in ascending order, of equal numbers in that of the input, those without one last."""
    return np.argsort(np.round(numbers, 9), kind="stable")
