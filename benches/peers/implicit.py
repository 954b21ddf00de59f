"""`ItemItemRecommender`: a CSR, and, computed when it is built, the 20 tweets that share most likers with each; frozen."""

import os
from typing import Any

import numpy as np

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # implicit warns otherwise

from implicit.nearest_neighbours import ItemItemRecommender
from scipy.sparse import csr_matrix

from peers import Ids

NEIGHBOURS = 20


class Peer:
    packages = ("implicit",)

    def __init__(self, users: int, tweets: int) -> None:
        self.shape = (users + 1, tweets + 1)  # row 0 and column 0 stay empty: ids begin at 1
        self.users = range(users + 1)
        self.tweets = range(tweets + 1)

    def build(self, users: Ids, tweets: Ids) -> None:
        self.likes = csr_matrix((np.ones(len(users)), (users, tweets)), shape=self.shape)
        self.model = ItemItemRecommender(K=NEIGHBOURS)
        self.model.fit(self.likes, show_progress=False)

    def colikes(self, tweet: int, k: int) -> list[tuple[int, float]]:
        tweets, shared = self.model.similar_items(tweet, N=k + 1)
        return [pair for pair in zip(tweets.tolist(), shared.tolist(), strict=True) if pair[0] != tweet and pair[1]][:k]

    def recommend(self, user: int, k: int) -> Any:
        return self.model.recommend(user, self.likes[user], N=k)
