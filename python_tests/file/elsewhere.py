"""What another process does, which keeps one store."""

from pathlib import Path

from hasmany import Store, User

KEPT: list[Store] = []


def open_there(path: Path) -> None:
    KEPT.append(Store(path).__enter__())


def open_reader_there(path: Path) -> None:
    KEPT.append(Store(path, read_only=True).__enter__())


def close_there() -> None:
    KEPT.pop().__exit__(None, None, None)


def users_there() -> list[str]:
    return User.all().values("username")


def refresh_there() -> bool:
    return KEPT[-1].refresh()


def create_user_there(name: str) -> None:
    User(name)


def leave_a_transaction_open_there(name: str) -> None:
    KEPT[-1].transaction().__enter__()
    User(name)
