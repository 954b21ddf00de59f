"""SQLAlchemy's ORM on SQLite in memory: mapped classes, `WriteOnlyMapped` collections through a secondary table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Column, ForeignKey, Table, create_engine, func, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, WriteOnlyMapped, mapped_column, relationship

from peers import Ids

BATCH = 100_000


class Base(DeclarativeBase):
    pass


likes = Table(
    "likes",
    Base.metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("tweet_id", ForeignKey("tweets.id"), primary_key=True, index=True),
)


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    liked_tweets: WriteOnlyMapped["Tweet"] = relationship(secondary=likes, back_populates="likers")


class Tweet(Base):
    __tablename__ = "tweets"
    id: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str]
    likers: WriteOnlyMapped[User] = relationship(secondary=likes, back_populates="liked_tweets")


class Peer:
    packages = ("sqlalchemy",)

    def __init__(self, users: int, tweets: int) -> None:
        engine = create_engine("sqlite://")
        Base.metadata.create_all(engine)
        self.session = Session(engine, expire_on_commit=False)
        self.session.execute(insert(User), [{"id": id, "username": f"user{id}"} for id in range(1, users + 1)])
        self.session.execute(insert(Tweet), [{"id": id, "message": "Hello"} for id in range(1, tweets + 1)])
        self.session.commit()
        self.users: list[Any] = [None, *self.session.scalars(select(User).order_by(User.id))]
        self.tweets: list[Any] = [None, *self.session.scalars(select(Tweet).order_by(Tweet.id))]

    def build(self, users: Ids, tweets: Ids) -> None:
        for start in range(0, len(users), BATCH):
            some = slice(start, start + BATCH)
            pairs = zip(users[some].tolist(), tweets[some].tolist(), strict=True)
            self.session.execute(insert(likes), [{"user_id": user, "tweet_id": tweet} for user, tweet in pairs])
        self.session.commit()

    more = build

    def _liked(self, user: User, tweet: Tweet) -> bool:
        pair = likes.c.user_id == user.id, likes.c.tweet_id == tweet.id
        return self.session.execute(select(likes).where(*pair)).first() is not None

    def like(self, users: list[User], tweets: list[Tweet]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            if not self._liked(user, tweet):
                user.liked_tweets.add(tweet)
                self.session.commit()

    def unlike(self, users: list[User], tweets: list[Tweet]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            user.liked_tweets.remove(tweet)
            self.session.commit()

    def contains(self, users: list[User], tweets: list[Tweet]) -> list[bool]:
        return [self._liked(user, tweet) for user, tweet in zip(users, tweets, strict=True)]

    def count(self, tweets: list[Tweet]) -> list[int]:
        query = select(func.count()).select_from(likes)
        return [self.session.scalars(query.where(likes.c.tweet_id == tweet.id)).one() for tweet in tweets]

    def members(self, tweets: list[Tweet]) -> None:
        for tweet in tweets:
            for _user in self.session.scalars(tweet.likers.select()):
                pass

    def arrays(self, users: list[User]) -> list[Ids]:
        query = select(likes.c.tweet_id)
        ids = (self.session.scalars(query.where(likes.c.user_id == user.id)).all() for user in users)
        return [np.array(some, dtype=np.int64) for some in ids]

    def usernames(self, tweet: Tweet) -> Sequence[str]:
        return self.session.scalars(tweet.likers.select().with_only_columns(User.username)).all()

    def both(self, tweet: Tweet, other: Tweet) -> Sequence[User]:
        query = tweet.likers.select().where(User.id.in_(self._likers(other)))
        return self.session.scalars(query).all()

    def _likers(self, tweet: Tweet) -> Any:
        return select(likes.c.user_id).where(likes.c.tweet_id == tweet.id)

    def overlap(self, tweet: Tweet, other: Tweet) -> int:
        query = select(func.count()).select_from(likes).where(likes.c.tweet_id == tweet.id)
        return self.session.scalars(query.where(likes.c.user_id.in_(self._likers(other)))).one()

    def top(self, k: int) -> Sequence[Any]:
        likers = func.count()
        query = select(Tweet, likers).join(likes).group_by(Tweet.id).order_by(likers.desc()).limit(k)
        return self.session.execute(query).all()

    def colikes(self, tweet: Tweet, k: int) -> Sequence[Any]:
        shared, theirs = func.count(), likes.alias()
        query = select(Tweet, shared).join(likes).join(theirs, theirs.c.user_id == likes.c.user_id)
        query = query.where(theirs.c.tweet_id == tweet.id, Tweet.id != tweet.id)
        return self.session.execute(query.group_by(Tweet.id).order_by(shared.desc()).limit(k)).all()
