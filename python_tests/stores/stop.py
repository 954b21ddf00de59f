"""An exception that is no Exception."""


class Stop(BaseException):
    """No Exception: what KeyboardInterrupt and SystemExit are."""
