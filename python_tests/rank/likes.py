"""Random likes."""

import numpy as np
from hasmany import Like, Tweet, User


def fill(users: int = 60, tweets: int = 40, likes: int = 600) -> None:
    rng = np.random.default_rng(3)
    User.insert_all(username=[f"user{at}" for at in range(users)])
    Tweet.insert_all(message=[f"<b>{at}</b>" for at in range(tweets)], user=[1] * tweets)
    pairs = np.unique(rng.integers(0, users, likes) * tweets + rng.integers(0, tweets, likes))
    Like.insert_all(user=pairs // tweets + 1, tweet=pairs % tweets + 1)
