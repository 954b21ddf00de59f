"""Where the boxes of a picture stand: in columns, what is referred to left of what refers to it, so that few lines cross.

Everything is decided by the order of the boxes, so the same schema is always the same picture.
"""

from collections.abc import Iterable, Mapping, Sequence

Line = tuple[int, int]
"""From a box to the one it refers to, by their places."""


class Layers:
    """Boxes in columns. A line over more than one column goes through *bends*, which take a place in each column on its way, so that it
    passes between boxes and not behind them."""

    def __init__(self, boxes: int, lines: Iterable[Line]) -> None:
        self.boxes = boxes
        rightwards = _without_circles(boxes, lines)
        depth = _depths(boxes, rightwards)
        self.columns: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
        for box, column in enumerate(depth):
            self.columns[column].append(box)
        self.bends: dict[Line, list[int]] = {}
        """Of a line, from its left end to its right one: the places of its bends, which are counted on from the boxes."""
        steps: list[Line] = []
        node = boxes
        for left, right in rightwards:
            through = list(range(node, node + depth[right] - depth[left] - 1))
            node += len(through)
            for column, bend in enumerate(through, depth[left] + 1):
                self.columns[column].append(bend)
            self.bends[left, right] = through
            steps.extend(zip([left, *through], [*through, right], strict=True))
        self._order(node, steps)

    def _order(self, nodes: int, steps: Sequence[Line]) -> None:
        """Puts each node where those stand that it is joined to, on the average, to and fro some times."""
        to_left: dict[int, list[int]] = {node: [] for node in range(nodes)}
        to_right: dict[int, list[int]] = {node: [] for node in range(nodes)}
        for left, right in steps:
            to_left[right].append(left)
            to_right[left].append(right)
        for _ in range(8):
            for before, column in zip(self.columns, self.columns[1:], strict=False):
                column[:] = _beside(column, before, to_left)
            for column, behind in zip(self.columns[-2::-1], self.columns[:0:-1], strict=False):
                column[:] = _beside(column, behind, to_right)


def _beside(column: Sequence[int], other: Sequence[int], joined: Mapping[int, Sequence[int]]) -> list[int]:
    place = {node: at / max(1, len(other) - 1) for at, node in enumerate(other)}
    own = {node: at / max(1, len(column) - 1) for at, node in enumerate(column)}

    def wanted(node: int) -> float:
        places = [place[end] for end in joined[node]]
        return sum(places) / len(places) if places else own[node]

    return sorted(column, key=wanted)  # of equal ones the order stays


def _without_circles(boxes: int, lines: Iterable[Line]) -> list[Line]:
    """The lines, each from its left end to its right one: what is referred to stands left, but where a circle would leave no first."""
    referred: dict[int, list[int]] = {box: [] for box in range(boxes)}
    pairs = dict.fromkeys((to, box) for box, to in lines if box != to)
    for to, box in pairs:
        referred[box].append(to)
    turned: set[Line] = set()
    done: set[int] = set()
    for first in range(boxes):
        if first in done:
            continue
        # Depth first, without calls in each other: a chain of models may be long.
        way, path = [(first, iter(referred[first]))], {first}
        while way:
            box, rest = way[-1]
            beyond = next(rest, None)
            if beyond is None:
                way.pop()
                path.discard(box)
                done.add(box)
            elif beyond in path:
                turned.add((beyond, box))
            elif beyond not in done:
                path.add(beyond)
                way.append((beyond, iter(referred[beyond])))
    return list(dict.fromkeys((box, to) if (to, box) in turned else (to, box) for to, box in pairs))


def _depths(boxes: int, rightwards: Sequence[Line]) -> list[int]:
    """The column of each box: the first that is right of all that stand left of it."""
    lefts: dict[int, list[int]] = {box: [] for box in range(boxes)}
    rights: dict[int, list[int]] = {box: [] for box in range(boxes)}
    for left, right in rightwards:
        lefts[right].append(left)
        rights[left].append(right)
    waiting = {box: len(lefts[box]) for box in range(boxes)}
    depth = [0] * boxes
    ready = [box for box in range(boxes) if not waiting[box]]
    for box in ready:
        for right in rights[box]:
            depth[right] = max(depth[right], depth[box] + 1)
            waiting[right] -= 1
            if not waiting[right]:
                ready.append(right)
    return depth
