"""A server in a process of its own: 40 clients at once, a backup meanwhile, its end, and a second process."""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from hasmany import Store

from ..models import Member
from .conftest import Server

CLIENTS = 40
EACH = 3  # books that each client makes, borrows, and cannot borrow again

Serve = Callable[..., Server]

pytestmark = [
    pytest.mark.usefixtures("store"),
    pytest.mark.skipif(sys.platform == "win32", reason="no signal asks a process to end there"),
]


def one_client(url: str, name: str) -> list[int]:
    """What a client does; the statuses of what it is refused."""
    with httpx.Client(base_url=url, timeout=60) as client:

        def post(place: str, **body: Any) -> Any:
            return client.post(place, json=body).raise_for_status().json()

        member = post("/members", name=name)["id"]
        books = [post("/books", title=f"{name} {n}", author=name)["id"] for n in range(EACH)]
        loans = post(f"/members/{member}/loans", books=books)
        assert [loan["book"] for loan in loans] == books
        client.delete(f"/members/{member}/loans/{books[0]}").raise_for_status()
        post(f"/members/{member}/loans", books=books[:1])
        seen: list[int] = []
        token = None
        while True:
            page = client.get("/books", params={"limit": 7, **({"after": token} if token else {})}).json()
            seen += [book["id"] for book in page["items"]]
            token = page["next"]
            if token is None:
                break
        assert set(books) <= set(seen) and len(seen) == len(set(seen))
        refused = [
            client.post("/members", json={"name": name}),
            client.post(f"/members/{member}/loans", json={"books": books}),
            client.delete(f"/books/{books[0]}"),
            client.get("/books/100000"),
        ]
        return [answer.status_code for answer in refused]


def test_forty_clients_a_backup_and_a_graceful_end(serve: Serve, file: Path) -> None:
    server = serve(file)
    url = server.url()
    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(one_client, url, f"client {n}") for n in range(CLIENTS)]
        copies = [httpx.post(f"{url}/backup", timeout=60).raise_for_status().json()["path"] for _ in range(3)]
        assert [client.result() for client in running] == [[409, 409, 409, 404]] * CLIENTS
    server.end()
    with Store(file) as store:
        assert store.stats().changed_elsewhere is False  # it was closed, not only left
        store.check()
        assert store.stats().rows == {"Member": CLIENTS, "Book": CLIENTS * EACH, "Loan": CLIENTS * EACH}
        assert all(len(member.books) == EACH for member in Member.all())
    for copy in copies:
        with Store(copy) as store:
            store.check()
            # One was given back and lent again; but never is a part of what a client asked for there.
            assert {len(member.loans) for member in Member.all()} <= {0, EACH - 1, EACH}


def test_requests_that_run_are_answered_before_the_end(serve: Serve, file: Path) -> None:
    server = serve(file)
    url = server.url()

    def make(name: str) -> bool:
        """Whether it was answered; what was not did not reach the server, or was cut off."""
        try:
            client.post(f"{url}/members", json={"name": name}).raise_for_status()
        except httpx.TransportError:
            return False
        return True

    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(8) as pool:
        made = {f"member {n}": pool.submit(make, f"member {n}") for n in range(1000)}
        while not any(each.done() for each in made.values()):
            time.sleep(0.01)
        server.end()
        answered = {name for name, each in made.items() if each.result()}
    assert len(answered) > 0
    with Store(file):
        assert answered <= set(Member.all().values("name"))


def test_a_second_writer_says_what_is_wrong_and_harms_nobody(serve: Serve, file: Path) -> None:
    first = serve(file)
    url = first.url()
    second = serve(file, LIBRARY_WAIT="0.2")
    assert second.ended() != 0
    said = "".join(second.said)
    assert "StoreLockedError" in said and "read_only=True" in said
    assert httpx.post(f"{url}/members", json={"name": "Ann"}).status_code == 201
    first.end()


def test_two_workers_that_write_are_refused_with_the_way(serve: Serve, file: Path) -> None:
    server = serve(file, "--workers", "2", LIBRARY_WAIT="0.2")
    server.ended()  # by itself: uvicorn stops all workers where one fails to start
    said = "".join(server.said)
    assert "StoreLockedError" in said and "One process writes: run one worker" in said
    with Store(file) as store:
        store.check()


def test_the_next_process_waits_for_the_one_before(serve: Serve, file: Path) -> None:
    first = serve(file)
    httpx.post(f"{first.url()}/members", json={"name": "Ann"}).raise_for_status()
    second = serve(file)
    time.sleep(0.5)
    assert second.process.poll() is None
    first.end()
    assert httpx.get(f"{second.url()}/members/1/books").json() == []
    second.end()


def test_readers_see_what_the_writer_commits(serve: Serve, file: Path) -> None:
    writer = serve(file)
    write = writer.url()
    reader = serve(file, LIBRARY_READ_ONLY="1")
    read = reader.url()
    book = httpx.post(f"{write}/books", json={"title": "Emma", "author": "Austen"}).raise_for_status().json()
    for _ in range(100):
        if httpx.get(f"{read}/books").json()["items"] == [book]:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the reader did not see it in ten seconds")
    refused = httpx.post(f"{read}/members", json={"name": "Ann"})
    assert (refused.status_code, "read_only" in refused.json()["detail"]) == (405, True)
    reader.end()
    writer.end()


def test_a_reader_of_an_empty_file(serve: Serve, file: Path) -> None:
    """A reader that starts before anything was written has no tables yet, and is asked all the same."""
    writer = serve(file)
    writer.url()
    reader = serve(file, LIBRARY_READ_ONLY="1")
    url = reader.url()
    assert httpx.get(f"{url}/books").json() == {"items": [], "next": None}
    assert httpx.get(f"{url}/books/1/readers").status_code == 404
    writer.end()
    reader.end()
