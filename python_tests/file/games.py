"""Players with shirts, and their games."""

from hasmany import Many, Model, belongs_to, field, has_many


class Player(Model):
    name: str = field(unique=True)
    shirt: int | None = field(default=None, unique=True)
    rival: "Player | None" = belongs_to(on_delete="nullify", default=None)
    games: Many["Game"] = has_many(by="home")


class Game(Model, unique=("home", "away")):
    home: Player = belongs_to(on_delete="cascade")
    away: Player
    score: int = 0
