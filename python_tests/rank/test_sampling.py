"""Where there are very many walks, a recommendation follows a sample of them."""

import numpy as np
from hasmany import Like, Ranking, Store, Tweet, User, between

from .people import Appointment, Doctor, Patient


def popular(users: int, tweets: int, likes: int) -> User:
    """Somebody who likes a part of what a crowd likes."""
    rng = np.random.default_rng(5)
    User.insert_all(username=[str(at) for at in range(users)])
    Tweet.insert_all(message="m", user=[1] * tweets)
    drawn = np.unique(rng.integers(0, users, likes) * tweets + (tweets * rng.random(likes) ** 2).astype(int))
    Like.insert_all(user=drawn // tweets + 1, tweet=drawn % tweets + 1)
    return User.find(1)


def test_a_sample_is_about_right_and_says_so():
    asker, damping = popular(400, 100, 10_000), (0.8, 0.2)
    exact = asker.recommend("liked_tweets", 100, damping=damping)
    sampled = asker.recommend("liked_tweets", 100, max_links=2_000, damping=damping)
    assert sampled.sampled and not exact.sampled
    scores = {tweet.id: score for tweet, score in exact}
    assert set(sampled.records) <= set(exact.records)
    drawn = [asker.recommend("liked_tweets", 100, max_links=2_000, seed=seed, damping=damping) for seed in range(200)]
    mean: dict[int, float] = dict.fromkeys(scores, 0.0)
    for ranking in drawn:
        for tweet, score in ranking:
            mean[tweet.id] += score / len(drawn)
    np.testing.assert_allclose(list(mean.values()), list(scores.values()), rtol=0.1)
    best = sampled.records[0]
    assert set(sampled.why(best)) <= set(asker.liked_tweets)
    assert sampled[:3].sampled


def test_a_sample_says_itself_how_much_popularity_counts():
    """Fewer owners led to each, so scores are less; the best are still about the best."""
    asker = popular(400, 100, 10_000)
    exact = asker.recommend("liked_tweets", 100)
    sampled = asker.recommend("liked_tweets", 100, max_links=6_000)
    assert sampled.sampled and set(sampled.records) <= set(exact.records)
    assert 0 < sampled.scores.sum() < exact.scores.sum()
    assert len(set(sampled.records[:20]) & set(exact.records[:20])) > 10


def test_the_same_seed_draws_the_same():
    asker = popular(400, 100, 10_000)

    def draw(seed: int) -> Ranking:
        return asker.recommend("liked_tweets", max_links=1_000, seed=seed)

    first = draw(1)
    assert first == draw(1) != draw(2)
    assert draw(0) == asker.recommend("liked_tweets", max_links=1_000)
    for tweet in first.records:
        assert first.why(tweet) == draw(1).why(tweet)
    assert draw(-(10**40)).sampled
    Store.current().compact()
    assert draw(1).records == first.records


def test_below_the_limit_it_is_exact():
    asker = popular(50, 40, 500)
    links = sum(len(tweet.likers) for tweet in asker.liked_tweets)
    owners = {user for tweet in asker.liked_tweets for user in tweet.likers} - {asker}
    second = sum(len(user.liked_tweets) for user in owners)
    assert not asker.recommend("liked_tweets", max_links=max(links, second)).sampled
    assert asker.recommend("liked_tweets", max_links=max(links, second) - 1).sampled
    assert asker.recommend("liked_tweets", max_links=max(links, second)) == asker.recommend("liked_tweets")


def test_samples_where_pairs_repeat():
    doctors, patients = [Doctor(str(at)) for at in range(30)], [Patient(str(at)) for at in range(20)]
    for at in range(600):
        Appointment(doctors[at * 7 % 30], patients[at * at % 20])
    found = doctors[0].recommend("patients", 20, max_links=50)
    assert found.sampled and (found.scores > 0).all()
    assert not set(found.records) & set(doctors[0].patients)


def test_what_was_recommended_of_a_sample_has_a_reason():
    """The members over whose links it was come to, though only a part of the links was read: none without, none of others."""
    popular(300, 60, 6_000)
    for user in User.where(id=between(1, 60)):
        sampled = user.recommend("liked_tweets", 10, max_links=60)
        assert sampled.sampled
        for tweet in sampled.records:
            reasons = sampled.why(tweet)
            assert len(reasons) > 0 and set(reasons.ids) <= set(user.liked_tweets.ids)
