"""two dicts of sets: the tweets of a user id, and the users of a tweet id; stars are in a dict a user, visits in a list a user."""

from collections import Counter, defaultdict
from heapq import nlargest
from itertools import chain, islice
from operator import itemgetter

import numpy as np

from peers import Ids
from peers.visits import Visits

Visit = tuple[int, int, int, int]  # number, stars, weight, time


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
        self.visits: list[Visit] = []
        self.visited: defaultdict[int, list[Visit]] = defaultdict(list)

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

    def log(self, visits: Visits) -> None:
        columns = (np.arange(1, len(visits.users) + 1), visits.stars, visits.weights, visits.times)
        self.visits = list(zip(*(column.tolist() for column in columns), strict=True))
        for user, visit in zip(visits.users.tolist(), self.visits, strict=True):
            self.visited[user].append(visit)

    def visitor(self, id: int) -> int:
        return id

    def place(self, user: int, number: int) -> int:
        return self.visited[user][number - 1][0]

    def totals(self, _: int) -> list[tuple[int, float]]:
        visited = self.visited
        lists = (visited.get(user, ()) for user in self.users[1:])
        return [(len(visits), sum(visit[1] for visit in visits) / (len(visits) or 1)) for visits in lists]

    def pairs(self, table: list[tuple[int, float]]) -> list[tuple[int, float]]:
        return table

    def above(self, stars: int) -> list[Visit]:
        return [visit for visit in self.visits if visit[1] > stars]

    def ordered(self, _field: str) -> list[Visit]:
        return sorted(self.visits, key=itemgetter(2))

    def between(self, user: int, low: int, high: int) -> list[Visit]:
        return [visit for visit in self.visited[user] if low <= visit[3] < high]

    def equal(self, user: int, time: int) -> list[Visit]:
        return [visit for visit in self.visited[user] if visit[3] == time]

    def newest(self, user: int, k: int) -> list[Visit]:
        return nlargest(k, self.visited[user], key=itemgetter(3))

    def page(self, user: int, k: int, place: int) -> list[Visit]:
        return list(islice((visit for visit in self.visited[user] if visit[0] > place), k))

    def numbers(self, visits: list[Visit]) -> list[int]:
        return [visit[0] for visit in visits]
