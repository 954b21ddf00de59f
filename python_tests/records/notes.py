"""A note, which has what a record can have."""

from hasmany import Model, field


class Note(Model):
    text: str
    stars: int = 0
    code: str | None = field(default=None)

    MOST_STARS = 5

    @property
    def loud(self) -> str:
        return self.text.upper()

    def shout(self) -> str:
        return self.loud + "!"
