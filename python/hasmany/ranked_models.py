"""The models of links that are read from elsewhere to be ranked; `hasmany.ranked` makes stores of them."""

from typing import NamedTuple

from ._hasmany import Many
from .declared import has_many
from .model import Model


class Owner(Model):
    """Who has members, where these are of another model."""

    links: "Many[Link]" = has_many()
    members: "Many[Member]" = has_many(through="links")


class Member(Model):
    """What owners have."""


class Link(Model, unique=("owner", "member")):
    """That an owner has a member."""

    owner: Owner
    member: Member


class Peer(Model):
    """Who has members of its own model, as users who follow users."""

    ties: "Many[Tie]" = has_many(by="owner")
    members: "Many[Peer]" = has_many(through="ties", source="member")


class Tie(Model, unique=("owner", "member")):
    """That one has another."""

    owner: Peer
    member: Peer


# The same where links have weights: 8 bytes more a link, which most have not.


class WeighedOwner(Model):
    """As `Owner`."""

    links: "Many[WeighedLink]" = has_many()
    members: "Many[WeighedMember]" = has_many(through="links")


class WeighedMember(Model):
    """As `Member`."""


class WeighedLink(Model, unique=("owner", "member")):
    """As `Link`; without a weight where it does not count."""

    owner: WeighedOwner
    member: WeighedMember
    weight: float | None


class WeighedPeer(Model):
    """As `Peer`."""

    ties: "Many[WeighedTie]" = has_many(by="owner")
    members: "Many[WeighedPeer]" = has_many(through="ties", source="member")


class WeighedTie(Model, unique=("owner", "member")):
    """As `Tie`; without a weight where it does not count."""

    owner: WeighedPeer
    member: WeighedPeer
    weight: float | None


class Models(NamedTuple):
    """What links are made of."""

    owner: type[Model]
    member: type[Model]
    link: type[Model]


def models(*, is_own: bool, is_weighed: bool) -> Models:
    """Those of such links: whether members are owners, and whether links have weights."""
    if is_own:
        return Models(WeighedPeer, WeighedPeer, WeighedTie) if is_weighed else Models(Peer, Peer, Tie)
    return Models(WeighedOwner, WeighedMember, WeighedLink) if is_weighed else Models(Owner, Member, Link)
