"""One client: what each request answers."""

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from hasmany import Store

from .. import app as application
from ..app import how_to_approve
from ..models import Book, Loan, Member


@pytest.fixture
def ann(client: httpx.Client) -> int:
    return int(client.post("/members", json={"name": "Ann"}).raise_for_status().json()["id"])


@pytest.fixture
def books(client: httpx.Client) -> list[int]:
    """Eight, of which there is one copy each."""
    titles = ["Emma", "Dune", "Ulysses", "Momo", "Walden", "Kim", "She", "Nana"]
    made = [client.post("/books", json={"title": title, "author": "?"}).raise_for_status() for title in titles]
    return [answer.json()["id"] for answer in made]


def test_a_record_goes_out_as_json(client: httpx.Client) -> None:
    made = client.post("/books", json={"title": "Emma", "author": "Austen"})
    assert (made.status_code, made.json()) == (201, {"id": 1, "title": "Emma", "author": "Austen", "copies": 1})
    assert client.get("/books/1").json() == made.json()


@pytest.mark.usefixtures("books")
def test_pages_are_walked_while_rows_come_and_go(client: httpx.Client) -> None:
    first = client.get("/books", params={"limit": 3}).json()
    assert [book["id"] for book in first["items"]] == [1, 2, 3]
    client.delete("/books/3")
    client.post("/books", json={"title": "Nine", "author": "?"})
    second = client.get("/books", params={"limit": 10, "after": first["next"]}).json()
    assert ([book["id"] for book in second["items"]], second["next"]) == ([4, 5, 6, 7, 8, 9], None)


def test_a_token_that_is_none_is_the_client_s_mistake(client: httpx.Client) -> None:
    assert client.get("/books", params={"after": "nonsense"}).status_code == 422


@pytest.mark.parametrize("place", ["/books/7", "/members/7/books", "/books/7/readers"])
def test_what_is_not_there_is_404(client: httpx.Client, place: str) -> None:
    answer = client.get(place)
    assert answer.status_code == 404
    assert "7" in answer.json()["detail"]


def test_what_is_deleted_while_it_is_written_is_404(app: FastAPI, client: httpx.Client) -> None:
    @app.get("/gone")
    def gone() -> Book:
        book = Book("Emma", "Austen")
        book.delete()
        return book

    assert client.get("/gone").status_code == 404
    assert callable(gone)


@pytest.mark.usefixtures("ann")
def test_a_name_that_is_taken_is_409(client: httpx.Client) -> None:
    answer = client.post("/members", json={"name": "Ann"})
    assert answer.status_code == 409
    assert "Ann" in answer.json()["detail"]


def test_a_book_that_somebody_has_is_not_deleted(client: httpx.Client, ann: int, books: list[int]) -> None:
    client.post(f"/members/{ann}/loans", json={"books": books[:1]}).raise_for_status()
    assert client.delete(f"/books/{books[0]}").status_code == 409
    assert client.delete(f"/members/{ann}/loans/{books[0]}").status_code == 204
    assert client.delete(f"/books/{books[0]}").status_code == 204


def test_books_are_lent_all_or_none(client: httpx.Client, ann: int, books: list[int]) -> None:
    loans = client.post(f"/members/{ann}/loans", json={"books": books[:2]})
    assert [loan["book"] for loan in loans.json()] == books[:2]
    ben = client.post("/members", json={"name": "Ben"}).json()["id"]
    refused = client.post(f"/members/{ben}/loans", json={"books": [books[2], books[1]]})
    assert (refused.status_code, refused.json()["detail"]) == (409, "all copies of 'Dune' are lent")
    assert client.get(f"/members/{ben}/books").json() == []
    assert Book.find(books[1]).readers == [Member.find(ann)]


def test_what_is_decided_while_awaiting_undoes_it(client: httpx.Client, ann: int, books: list[int]) -> None:
    assert client.post(f"/members/{ann}/loans", json={"books": books[:6]}).status_code == 409
    assert Loan.all() == []


def test_an_answer_that_does_not_come_undoes_it(
    app: FastAPI, client: httpx.Client, ann: int, books: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_name: str, _books: int) -> bool:
        await asyncio.sleep(60)
        return True

    monkeypatch.setattr(application, "PATIENCE", 0.05)
    app.dependency_overrides[how_to_approve] = lambda: never
    answer = client.post(f"/members/{ann}/loans", json={"books": books[:1]})
    assert answer.status_code == 504
    assert Loan.all() == []
    client.post("/members", json={"name": "Ben"}).raise_for_status()


def test_a_backup_is_a_store(client: httpx.Client, ann: int, books: list[int]) -> None:
    client.post(f"/members/{ann}/loans", json={"books": books[:2]}).raise_for_status()
    made = client.post("/backup").raise_for_status().json()
    with Store(made["path"]) as copy:
        assert copy.path == Path(made["path"])
        assert Member.find(name="Ann").books.ids.tolist() == books[:2]
        copy.check()


def test_the_file_is_closed_with_the_application(client: httpx.Client, file: Path) -> None:
    serving = Store.current()
    assert serving.path == file
    client.__exit__(None, None, None)
    assert "closed" in repr(serving)
    client.__enter__()  # and opened again
    assert Store.current().path == file and Store.current() is not serving
