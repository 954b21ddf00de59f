"""SQLAlchemy's ORM: `session.add(Like(...))` and `commit()` for a like, `insert(Like)` with 100,000 dicts for many."""

from pathlib import Path
from typing import Any

from peers import Ids
from sqlalchemy import ForeignKey, create_engine, event, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from files.schema import PRAGMAS, InSqlite

BATCH = 100_000


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]


class Tweet(Base):
    __tablename__ = "tweets"
    id: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Like(Base):
    __tablename__ = "likes"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    tweet_id: Mapped[int] = mapped_column(ForeignKey("tweets.id"))
    user: Mapped[User] = relationship()
    tweet: Mapped[Tweet] = relationship()


class Peer(InSqlite):
    packages = ("sqlalchemy",)

    def __init__(self, path: Path, durability: str) -> None:
        self.engine = create_engine(f"sqlite:///{path}")

        @event.listens_for(self.engine, "connect")
        def set_up(database: Any, _record: Any) -> None:
            for pragma in PRAGMAS:
                database.execute(pragma.format(durability=durability))

        self.session = Session(self.engine, expire_on_commit=False)
        self.users: list[Any] = [None, *self.session.scalars(select(User).order_by(User.id))]
        self.tweets: list[Any] = [None, *self.session.scalars(select(Tweet).order_by(Tweet.id))]
        self.session.commit()

    def like(self, users: list[User], tweets: list[Tweet]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            self.session.add(Like(user=user, tweet=tweet))
            self.session.commit()

    def loop(self, users: list[User], tweets: list[Tweet]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            self.session.add(Like(user=user, tweet=tweet))
        self.session.commit()

    def batch(self, users: Ids, tweets: Ids) -> None:
        for start in range(0, len(users), BATCH):
            some = slice(start, start + BATCH)
            pairs = zip(users[some].tolist(), tweets[some].tolist(), strict=True)
            self.session.execute(insert(Like), [{"user_id": user, "tweet_id": tweet} for user, tweet in pairs])
        self.session.commit()

    def close(self) -> None:
        self.session.close()
        self.engine.dispose()
