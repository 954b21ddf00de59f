"""two dicts of sets: the tweets of a user id, and the users of a tweet id; stars are in a dict a user."""

from collections import Counter, defaultdict
from heapq import nlargest
from itertools import chain

import numpy as np

from peers import Ids


class Peer:
    packages = ()

    def __init__(self, users: int, tweets: int) -> None:
        self.users = range(users + 1)
        self.tweets = range(tweets + 1)
        self.username = {id: f"user{id}" for id in range(1, users + 1)}
        self.liked: defaultdict[int, set[int]] = defaultdict(set)
        self.likers: defaultdict[int, set[int]] = defaultdict(set)
        self.ratings: defaultdict[int, dict[int, int]] = defaultdict(dict)
        self.rated: defaultdict[int, set[int]] = defaultdict(set)

    def build(self, users: Ids, tweets: Ids) -> None:
        self.like(users.tolist(), tweets.tolist())

    more = build

    def rate(self, users: Ids, tweets: Ids, stars: Ids) -> None:
        ratings, rated = self.ratings, self.rated
        for user, tweet, count in zip(users.tolist(), tweets.tolist(), stars.tolist(), strict=True):
            ratings[user][tweet] = count
            rated[tweet].add(user)

    def stars(self, users: list[int], tweets: list[int]) -> list[int]:
        ratings = self.ratings
        return [ratings[user][tweet] for user, tweet in zip(users, tweets, strict=True)]

    def like(self, users: list[int], tweets: list[int]) -> None:
        liked, likers = self.liked, self.likers
        for user, tweet in zip(users, tweets, strict=True):
            liked[user].add(tweet)
            likers[tweet].add(user)

    def unlike(self, users: list[int], tweets: list[int]) -> None:
        liked, likers = self.liked, self.likers
        for user, tweet in zip(users, tweets, strict=True):
            liked[user].discard(tweet)
            likers[tweet].discard(user)

    def contains(self, users: list[int], tweets: list[int]) -> list[bool]:
        liked = self.liked
        return [tweet in liked[user] for user, tweet in zip(users, tweets, strict=True)]

    def count(self, tweets: list[int]) -> list[int]:
        likers = self.likers
        return [len(likers[tweet]) for tweet in tweets]

    def members(self, tweets: list[int]) -> None:
        likers = self.likers
        for tweet in tweets:
            for _user in likers[tweet]:
                pass

    def arrays(self, users: list[int]) -> list[Ids]:
        liked = self.liked
        return [np.fromiter(liked[user], np.int64, len(liked[user])) for user in users]

    def usernames(self, tweet: int) -> list[str]:
        username = self.username
        return [username[user] for user in self.likers[tweet]]

    def both(self, tweet: int, other: int) -> set[int]:
        return self.likers[tweet] & self.likers[other]

    def overlap(self, tweet: int, other: int) -> int:
        return len(self.likers[tweet] & self.likers[other])

    def top(self, k: int) -> list[tuple[int, int]]:
        return nlargest(k, ((tweet, len(users)) for tweet, users in self.likers.items()), key=lambda pair: pair[1])

    def colikes(self, tweet: int, k: int) -> list[tuple[int, int]]:
        shared = Counter(chain.from_iterable(self.liked[user] for user in self.likers[tweet]))
        del shared[tweet]
        return shared.most_common(k)
