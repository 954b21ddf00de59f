"""Random work on users, tweets and likes."""

import pytest
from hasmany import DuplicateError, Like, Record, Tweet, User
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from .random_work import World, counted, has_rows, names, numbers, once, plain, several


class SeedWorld(World):
    """Users, tweets and likes; a pair is liked once; a delete cascades."""

    models = (User, Tweet, Like)

    def like_of(self, user: User, tweet: Tweet) -> int | None:
        return next(iter(self.ids(Like, user=user.id, tweet=tweet.id)), None)

    def drop_tweets(self, ids: list[int]) -> int:
        """Forgets the tweets and their likes; gives the number of likes."""
        likes = [key for tweet in ids for key in self.ids(Like, tweet=tweet)]
        self.drop(Tweet, ids)
        self.drop(Like, likes)
        return len(likes)

    def drop(self, model: type[Record], ids: list[int]) -> None:
        for key in ids:
            del self.rows[model][key]

    # rules

    @initialize(likes=st.lists(st.tuples(numbers, numbers), min_size=2, max_size=8))
    def begin_with_some_rows(self, likes: list[tuple[int, int]]) -> None:
        for place, name in enumerate("abc"):
            self.create_user(name)
            self.post(place, name)
        for user, tweet in likes:
            self.like(user, tweet)

    @rule(name=names)
    def create_user(self, name: str) -> None:
        self.made(User(name), username=name)

    @has_rows(User)
    @rule(user=numbers, text=names)
    def post(self, user: int, text: str) -> None:
        author = self.pick(User, user)
        self.made(author.post_tweet(text), message=text, user=author.id)

    @has_rows(User, Tweet)
    @rule(user=numbers, tweet=numbers)
    def like(self, user: int, tweet: int) -> None:
        liker, liked = self.pick(User, user), self.pick(Tweet, tweet)
        there = self.like_of(liker, liked)
        like = liker.like_tweet(liked)
        if there is None:
            self.made(like, user=liker.id, tweet=liked.id)
        else:
            assert like == self.handles[Like][there]

    @has_rows(User, Tweet)
    @rule(user=numbers, tweet=numbers)
    def create_like(self, user: int, tweet: int) -> None:
        liker, liked = self.pick(User, user), self.pick(Tweet, tweet)
        there = self.like_of(liker, liked)
        if there is None:
            self.made(Like(liker, liked), user=liker.id, tweet=liked.id)
        else:
            with pytest.raises(DuplicateError) as caught:
                Like(liker, liked)
            assert caught.value.existing == self.handles[Like][there]

    @has_rows(User, Tweet)
    @rule(user=numbers, tweet=numbers)
    def unlike(self, user: int, tweet: int) -> None:
        liker, liked = self.pick(User, user), self.pick(Tweet, tweet)
        there = self.like_of(liker, liked)
        assert liker.unlike_tweet(liked) is (there is not None)
        if there is not None:
            self.drop(Like, [there])

    @has_rows(Like)
    @rule(like=numbers)
    def delete_like(self, like: int) -> None:
        gone = self.pick(Like, like)
        assert gone.delete() == {"Like": 1}
        self.drop(Like, [gone.id])

    @has_rows(Tweet)
    @rule(tweet=numbers)
    def delete_tweet(self, tweet: int) -> None:
        gone = self.pick(Tweet, tweet)
        counts = gone.delete()
        assert counted(counts) == counted({"Tweet": 1, "Like": self.drop_tweets([gone.id])})

    @has_rows(User)
    @rule(user=numbers)
    def delete_user(self, user: int) -> None:
        gone = self.pick(User, user)
        counts = gone.delete()
        tweets = self.ids(Tweet, user=gone.id)
        likes = self.drop_tweets(tweets)
        own = self.ids(Like, user=gone.id)
        self.drop(Like, own)
        self.drop(User, [gone.id])
        assert counted(counts) == counted({"User": 1, "Tweet": len(tweets), "Like": likes + len(own)})

    @has_rows(User)
    @rule(user=numbers, name=names)
    def rename(self, user: int, name: str) -> None:
        renamed = self.pick(User, user)
        renamed.username = name
        self.rows[User][renamed.id]["username"] = name

    @has_rows(User, Tweet)
    @rule(tweet=numbers, user=numbers, text=names)
    def move_tweet(self, tweet: int, user: int, text: str) -> None:
        moved, author = self.pick(Tweet, tweet), self.pick(User, user)
        moved.update(user=author, message=text)
        self.rows[Tweet][moved.id].update(user=author.id, message=text)

    @has_rows(User, Tweet, Like)
    @rule(like=numbers, user=numbers, tweet=numbers)
    def move_like(self, like: int, user: int, tweet: int) -> None:
        moved, liker, liked = self.pick(Like, like), self.pick(User, user), self.pick(Tweet, tweet)
        there = self.like_of(liker, liked)
        if there in (None, moved.id):
            moved.update(user=liker, tweet=liked)
            self.rows[Like][moved.id].update(user=liker.id, tweet=liked.id)
        else:
            with pytest.raises(DuplicateError) as caught:
                moved.update(user=liker, tweet=liked)
            assert caught.value.existing == self.handles[Like][there]

    @has_rows(User)
    @rule(user=numbers, tweets=several)
    def like_several(self, user: int, tweets: list[int]) -> None:
        liker, liked = self.pick(User, user), self.pick_several(Tweet, tweets)
        new = once([tweet.id for tweet in liked if self.like_of(liker, tweet) is None])
        liker.liked_tweets.add(*liked)
        self.made_likes(liker, new)

    @has_rows(User)
    @rule(user=numbers, tweets=several)
    def like_exactly(self, user: int, tweets: list[int]) -> None:
        liker, liked = self.pick(User, user), self.pick_several(Tweet, tweets)
        wanted = once([tweet.id for tweet in liked])
        new = [tweet.id for tweet in liked if self.like_of(liker, tweet) is None]
        liker.liked_tweets.replace(liked)
        self.drop(Like, [key for key in self.ids(Like, user=liker.id) if self.rows[Like][key]["tweet"] not in wanted])
        self.made_likes(liker, once(new))

    def made_likes(self, liker: User, tweets: list[int]) -> None:
        """The newest likes of the user are these, in this order."""
        likes = list(liker.likes)[len(liker.likes) - len(tweets) :]
        for like, tweet in zip(likes, tweets, strict=True):
            self.made(like, user=liker.id, tweet=tweet)

    @has_rows(Tweet)
    @rule(tweet=numbers)
    def clear_likers(self, tweet: int) -> None:
        cleared = self.pick(Tweet, tweet)
        cleared.likers.clear()
        self.drop(Like, self.ids(Like, tweet=cleared.id))

    @has_rows(User, Tweet)
    @rule(user=numbers, tweet=numbers)
    def fail_half_way(self, user: int, tweet: int) -> None:
        liker, liked = self.pick(User, user), self.pick(Tweet, tweet)
        with pytest.raises(TypeError):
            liker.liked_tweets.add(liked, liker)
        with pytest.raises(TypeError):
            liker.liked_tweets.replace([liked, liker])
        with pytest.raises(TypeError):
            liked.update(message="changed", user=liked)

    # both ends

    @invariant()
    def users_see_their_rows(self) -> None:
        for key in self.rows[User]:
            user = self.handles[User][key]
            likes = self.ids(Like, user=key)
            self.same(user.tweets, Tweet, self.ids(Tweet, user=key))
            self.same(user.likes, Like, likes)
            self.same(user.liked_tweets, Tweet, [self.rows[Like][like]["tweet"] for like in likes])

    @invariant()
    def tweets_see_their_rows(self) -> None:
        for key in self.rows[Tweet]:
            tweet = self.handles[Tweet][key]
            likes = self.ids(Like, tweet=key)
            self.same(tweet.likes, Like, likes)
            self.same(tweet.likers, User, [self.rows[Like][like]["user"] for like in likes])
            assert tweet.username == self.rows[User][self.rows[Tweet][key]["user"]]["username"]

    @invariant()
    def pairs_are_found_by_their_index(self) -> None:
        for user in self.rows[User]:
            for tweet in self.rows[Tweet]:
                liker, liked = self.handles[User][user], self.handles[Tweet][tweet]
                assert plain(Like.find_by(user=liker, tweet=liked)) == self.like_of(liker, liked)

    @invariant()
    def fields_are_found_by_a_scan(self) -> None:
        for name in "abcd":
            assert User.where(username=name).ids.tolist() == self.ids(User, username=name)
