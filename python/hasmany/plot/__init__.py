"""Pictures of relations. Each returns the Axes it was drawn on, and is drawn on those that are given with `ax=`.

They need matplotlib, which the extra `plot` brings: `pip install 'hasmany[plot]'`. `collection.plot.degrees("likers")` is
the short way to those that are of a collection.

>>> import matplotlib
>>> matplotlib.use("agg")
>>> import hasmany.plot
>>> from hasmany import Store, Tweet, User
>>> with Store():
...     users = User.insert_all(username=["ann", "bea", "cat"])
...     tweets = Tweet.insert_all(message=["one", "two"], user=users[0])
...     _ = tweets[0].likers.add(users)
...     hasmany.plot.degrees(tweets, "likers").get_title()
'likers of 2 Tweet (1 without any)'
"""

from .ccdf import degrees
from .overlaps import overlap
from .scores import ranking
from .short import Plots
from .sides import bipartite
from .times import over_time

__all__ = ["Plots", "bipartite", "degrees", "over_time", "overlap", "ranking"]
