"""FastAPI: records and collections are what a path operation returns."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from hasmany import Many, Store, jsonable
from hasmany._hasmany import replace_default

from .accounts import ANN, SCHEMA, Account, Payment, accounts

fastapi = pytest.importorskip("fastapi")
pytest.importorskip("httpx")
pydantic = pytest.importorskip("pydantic")


class AccountOut(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(from_attributes=True)
    name: str
    balance: str | float


class Detail(pydantic.BaseModel):
    account: Account
    payments: Many[Payment]


def application() -> Any:
    app = fastapi.FastAPI()

    @app.get("/account/{id}")
    async def account(id: int) -> Account:
        return Account.find(id)

    @app.get("/accounts")
    async def every() -> Many[Account]:
        return Account.all()

    @app.get("/listed")
    async def listed() -> list[Account]:
        return Account.all()  # type: ignore[return-value]  # any iterable will do

    @app.get("/out", response_model=list[AccountOut])
    async def out() -> Any:
        return Account.all()

    @app.get("/one", response_model=AccountOut)
    async def one() -> Any:
        return Account.find(1)

    @app.get("/detail")
    async def detail() -> Detail:
        ann = Account.find(1)
        return Detail(account=ann, payments=ann.payments)

    @app.get("/none")
    async def none() -> Account | None:
        return Account.find_by(name="nobody")

    @app.post("/account")
    async def create(account: Annotated[Account, fastapi.Body()]) -> Account:
        return account

    return app


@pytest.fixture
def client(store) -> Iterator[Any]:
    from fastapi.testclient import TestClient

    accounts()
    # Path operations run in a thread of their own, which knows no block of this one.
    before = replace_default(store)
    yield TestClient(application())
    replace_default(before)


pytestmark = pytest.mark.filterwarnings("ignore:Using `httpx`")


def test_a_record_is_its_dict(client):
    assert client.get("/account/1").json() == ANN
    assert client.get("/none").json() is None


def test_collections_are_lists_of_dicts(client):
    both = json.loads(json.dumps(Account.all(), default=jsonable))
    assert client.get("/accounts").json() == client.get("/listed").json() == both
    assert client.get("/detail").json()["payments"] == Payment.all().to_dicts()


def test_response_models_read_records(client):
    assert client.get("/one").json()["name"] == "Ann"
    assert [each["name"] for each in client.get("/out").json()] == ["Ann", "Bob"]


def test_a_body_never_becomes_a_row(client):
    before = Store.current().stats().rows
    answer = client.post("/account", json={"name": "Cid", "balance": "1.00"})
    assert answer.status_code == 422
    assert "input never makes rows" in answer.json()["detail"][0]["msg"]
    assert Store.current().stats().rows == before


def test_the_document_shows_the_fields(client):
    document = client.get("/openapi.json").json()
    assert document["components"]["schemas"]["Account"] == SCHEMA

    def shown(path: str) -> Any:
        return document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]

    reference = {"$ref": "#/components/schemas/Account"}
    assert shown("/account/{id}") == reference
    for path in ("/accounts", "/listed"):
        assert (shown(path)["type"], shown(path)["items"]) == ("array", reference)
