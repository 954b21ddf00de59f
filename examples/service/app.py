"""The application. One process writes; others read beside it.

LIBRARY_FILE=library.db uvicorn --app-dir examples --factory service.app:create_app
LIBRARY_FILE=library.db LIBRARY_READ_ONLY=1 uvicorn --app-dir examples --factory service.app:create_app --port 8001
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

from fastapi import Depends, FastAPI, HTTPException, Request
from hasmany import Many, Store, StoreLockedError
from pydantic import BaseModel

from .errors import tell_clients
from .models import Book, Loan, Member

WAIT = float(os.environ.get("LIBRARY_WAIT", "10"))  # seconds for the process before this one to end
PATIENCE = 2.0  # seconds for the service that approves: so long a transaction may be open
REFRESH = 0.5  # seconds between two looks of a reader at what was written

Approve: TypeAlias = Callable[[str, int], Awaitable[bool]]


class MemberIn(BaseModel):
    name: str


class BookIn(BaseModel):
    title: str
    author: str
    copies: int = 1


class BookPage(BaseModel):
    items: Many[Book]
    next: str | None


class Wish(BaseModel):
    books: list[int]


class Backup(BaseModel):
    path: str
    bytes: int


async def approve(name: str, books: int) -> bool:
    """Stands for another service that is asked: nobody has more than five books."""
    await asyncio.sleep(0.001)
    return books <= 5


def the_store(request: Request) -> Store:
    """The application's store; of records `Store.of(record)` would do."""
    store: Store = request.app.state.store
    return store


def how_to_approve() -> Approve:
    """For tests to put another in its place."""
    return approve


TheStore = Annotated[Store, Depends(the_store)]


def create_app(path: str | Path | None = None, *, read_only: bool | None = None) -> FastAPI:
    """The application over a file; what is not given is read from the environment."""
    file = Path(path or os.environ.get("LIBRARY_FILE", "library.db"))
    reads = os.environ.get("LIBRARY_READ_ONLY") == "1" if read_only is None else read_only

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
        # The end of the block closes the file, after the last request.
        with opened(file, reads) as store:
            # A block is this task's; requests run in other tasks and threads.
            app.state.store = store.use()
            reading = asyncio.create_task(read_on(store)) if reads else None
            yield
            if reading is not None:
                reading.cancel()
                with suppress(asyncio.CancelledError):
                    await reading

    app = FastAPI(title="Library", lifespan=lifespan)
    tell_clients(app)
    add_books(app)
    add_members(app)
    return app


def opened(file: Path, reads: bool) -> Store:
    """The store, once no other process writes to its file."""
    try:
        return Store(file, read_only=reads, timeout=WAIT)
    except StoreLockedError as error:
        error.add_note("One process writes: run one worker, and further processes with LIBRARY_READ_ONLY=1.")
        raise


async def read_on(store: Store) -> None:
    """Sees what the writer commits, again and again."""
    while True:
        await asyncio.to_thread(store.refresh)
        await asyncio.sleep(REFRESH)


def add_books(app: FastAPI) -> None:
    """These are `def`: each runs in a thread, and may wait for other threads' transactions."""

    @app.get("/books")
    def page(limit: int = 20, after: str | None = None) -> BookPage:
        try:
            items, token = Book.all().page(limit, after)
        except ValueError as error:  # no token of this collection
            raise HTTPException(422, str(error)) from error
        return BookPage(items=items, next=token)

    @app.post("/books", status_code=201)
    def create(book: BookIn) -> Book:
        return Book(book.title, book.author, book.copies)

    @app.get("/books/{id}")
    def show(id: int) -> Book:
        return Book.find(id)

    @app.get("/books/{id}/readers")
    def readers(id: int) -> Many[Member]:
        return Book.find(id).readers

    @app.delete("/books/{id}", status_code=204)
    def delete(id: int) -> None:
        Book.find(id).delete()

    @app.post("/backup")
    def backup(store: TheStore) -> Backup:
        """A copy of what was committed last, while others read. Those who write wait."""
        if store.path is None:
            raise HTTPException(409, "a store in memory")
        copy = store.path.with_name(f"{store.path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.db")
        store.save(copy)
        return Backup(path=str(copy), bytes=copy.stat().st_size)


def add_members(app: FastAPI) -> None:
    @app.post("/members", status_code=201)
    def create(member: MemberIn) -> Member:
        return Member(member.name)

    @app.get("/members/{id}/books")
    def books(id: int) -> Many[Book]:
        return Member.find(id).books

    @app.post("/members/{id}/loans", status_code=201)
    async def borrow(
        id: int, wish: Wish, store: TheStore, ask: Annotated[Approve, Depends(how_to_approve)]
    ) -> Many[Loan]:
        """All of the books, or none. Other requests that write wait for their turn: what is awaited here is short."""
        try:
            async with store.transaction(), asyncio.timeout(PATIENCE):
                member = Member.find(id)
                lend(member, [Book.find(book) for book in wish.books])
                if not await ask(member.name, len(member.books)):
                    raise HTTPException(409, f"{member.name} would have too many books")
                return member.loans
        except TimeoutError as error:
            raise HTTPException(504, "nobody approved in time; nothing was lent") from error

    @app.delete("/members/{id}/loans/{book}", status_code=204)
    def give_back(id: int, book: int) -> None:
        Loan.find(member=Member.find(id), book=Book.find(book)).delete()


def lend(member: Member, books: list[Book]) -> None:
    """Raises `DuplicateError` for a book that the member has."""
    for book in books:
        if len(book.loans) >= book.copies:
            raise HTTPException(409, f"all copies of {book.title!r} are lent")
        Loan(member, book, datetime.now(UTC))
