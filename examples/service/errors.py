"""What the errors of hasmany are to a client."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from hasmany import (
    DeletedError,
    DuplicateError,
    FieldError,
    NotFoundError,
    ReadOnlyError,
    RestrictError,
    StoreClosedError,
    StoreLockedError,
)
from pydantic_core import PydanticSerializationError

STATUS: dict[type[Exception], int] = {
    NotFoundError: 404,
    DeletedError: 404,  # by another request, since this one found it
    DuplicateError: 409,
    RestrictError: 409,
    FieldError: 422,
    ReadOnlyError: 405,  # this process only reads: write to the one that writes
    StoreClosedError: 503,  # it is ending
    StoreLockedError: 503,
}


def tell_clients(app: FastAPI) -> None:
    """Answers with a status and the error's own words, in place of 500."""
    for error in STATUS:
        app.add_exception_handler(error, _answer)
    app.add_exception_handler(PydanticSerializationError, _answer_of_what_went)


async def _answer_of_what_went(_request: Request, error: Exception) -> JSONResponse:
    """A record that another request deletes while this one's answer is written: pydantic's error has ours in its text."""
    if DeletedError.__name__ not in str(error):
        raise error
    return JSONResponse({"detail": "it was deleted meanwhile"}, STATUS[DeletedError])


async def _answer(_request: Request, error: Exception) -> JSONResponse:
    status = next(code for of, code in STATUS.items() if isinstance(error, of))
    return JSONResponse({"detail": str(error)}, status)
