"""What it costs to show things in a notebook, at a thousand rows and at very many: it should be the same.

    python benches/shown.py [ROWS]

ROWS is ten million where nothing is said. Prints milliseconds, the least of five.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from hasmany import Like, Store, Tweet, User, col


def filled(rows: int) -> Store:
    """Likes of a tenth as many users and tweets, some liked far more than others."""
    store = Store()
    with store:
        some = max(1, rows // 10)
        users = User.insert_all(username=np.arange(some).astype(str))
        tweets = Tweet.insert_all(message=[f"tweet {n}" for n in range(some)], user=users)
        random = np.random.default_rng(1)
        pairs = np.unique(
            np.stack([random.integers(1, some + 1, rows), (some * random.random(rows) ** 3).astype(int) + 1]), axis=1
        )
        Like.insert_all(user=pairs[0], tweet=pairs[1])
        assert len(tweets) == some
    return store


def questions() -> dict[str, Any]:
    """What is shown, of the current store."""
    tweet = Tweet.all()[0]
    return {
        "a record": tweet,
        "all rows": Like.all(),
        "a relation": tweet.likers,
        "a page": Like.all().page(20),
        "where": Like.where(user=1),
        "a table of ten": Tweet.all()[:10].select("message", n=col("likers").count()),
        "a ranking": Tweet.all()[:1000].top(by="likers"),
        "the store": Store.current(),
        "its stats": Store.current().stats(),
    }


def least(call: Callable[[], object]) -> float:
    """Milliseconds."""
    times: list[float] = []
    for _ in range(5):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return 1000 * min(times)


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    measured: list[dict[str, float]] = []
    for rows in (1000, most):
        with filled(rows):
            shown = questions()
            measured.append({name: least(item._repr_html_) for name, item in shown.items()})
    print(f"{'':16}{1000:>12,}{most:>14,} rows")
    for name in measured[0]:
        print(f"{name:16}{measured[0][name]:>12.2f}{measured[1][name]:>14.2f} ms")


if __name__ == "__main__":
    main()
