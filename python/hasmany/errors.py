"""What can go wrong. Each error is also the builtin that it specialises, so existing handlers catch it."""

from typing import Any


class HasManyError(Exception):
    """The base of all of them."""


class SchemaError(HasManyError, TypeError):
    """A declaration, or a use of one, that cannot work. The message names the nearest right name."""


class FieldError(HasManyError, ValueError):
    """A value that does not fit its field. The message says model, field and value."""


class NotFoundError(HasManyError, LookupError):
    """No record has this id or these fields."""


class DeletedError(HasManyError, LookupError):
    """The record's row is gone."""


class DuplicateError(HasManyError, ValueError):
    """Another row has these values in a unique field or tuple; `existing` is its record."""

    existing: Any

    def __init__(self, message: str = "", existing: Any = None) -> None:
        super().__init__(message)
        self.existing = existing


class RestrictError(HasManyError, ValueError):
    """Rows that refer to what was to be deleted forbid it; `blockers` counts them per model."""

    blockers: dict[str, int]

    def __init__(self, message: str = "", blockers: Any = ()) -> None:
        super().__init__(message)
        self.blockers = dict(blockers)


class ForeignStoreError(HasManyError, ValueError):
    """A record of another store."""


class NoCurrentStoreError(HasManyError, RuntimeError):
    """No store is current here, and more than the process's own may be meant.

    A class-level call (`User("a")`, `User.find(...)`) uses the store of the innermost block, else the one that `use()`
    named, else the process's own, in memory. The last is refused while there is a store in a file that is open for
    writing and current nowhere, a `Store()` in memory that was never current, or a block of another thread, task or
    context: the rows would go where nobody looks for them. The message names these stores and the ways to say which.
    """


class ReadOnlyError(HasManyError, RuntimeError):
    """The store was opened for reading, or by the process that this one was forked from."""


class StoreClosedError(HasManyError, RuntimeError):
    """The store is closed."""


class StoreLockedError(HasManyError, OSError):
    """The file is open for writing, here or in another process; or another program wrote to it meanwhile."""


class CorruptStoreError(HasManyError, OSError):
    """What is derived does not agree with what is stored, or a file is damaged or is not a store's file."""


for _error in list(vars().values()):
    if isinstance(_error, type) and issubclass(_error, HasManyError):
        _error.__module__ = "hasmany"
