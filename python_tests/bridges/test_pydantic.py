"""Records and collections in pydantic's models: they are taken as they are, and go out as `to_dict()` says."""

import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from hasmany import Many, Model, Record, Store, Tweet, User, jsonable

from ..types.world import Color
from .accounts import ANN, SCHEMA, Account, Entry, Payment, Stamped, accounts

pydantic = pytest.importorskip("pydantic")


class AccountOut(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(from_attributes=True)
    id: int
    name: str
    balance: Decimal
    color: Color | None


class PaymentOut(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(from_attributes=True)
    amount: int
    account: AccountOut


class Statement(pydantic.BaseModel):
    account: Account
    payments: Many[Payment]
    others: tuple[Account, ...] = ()
    best: Payment | None = None


def test_a_model_reads_a_record_s_attributes():
    ann, _ = accounts()
    out = AccountOut.model_validate(ann)
    assert out == AccountOut(id=1, name="Ann", balance=Decimal("12.50"), color=Color.RED)
    assert PaymentOut.model_validate(ann.payments[0]).account == out


def test_a_list_of_a_model_reads_a_collection():
    accounts()
    adapter = pydantic.TypeAdapter(list[AccountOut])
    assert [each.name for each in adapter.validate_python(Account.all())] == ["Ann", "Bob"]
    assert [each.name for each in adapter.validate_python(Account.all()[:0])] == []


def test_a_field_may_hold_a_record_and_a_collection():
    ann, bob = accounts()
    statement = Statement(account=ann, payments=ann.payments, others=(bob,), best=ann.payments[1])
    assert statement.account is ann
    assert statement.payments == ann.payments
    shown = statement.model_dump()
    assert shown["account"] == ann.to_dict()
    assert shown["payments"] == ann.payments.to_dicts()
    assert shown["others"] == (bob.to_dict(),)
    assert shown["best"] == ann.payments[1].to_dict()
    written = json.loads(statement.model_dump_json())
    assert written["account"] == ANN
    assert written == json.loads(json.dumps(shown, default=jsonable))
    assert statement.model_dump(mode="json") == written
    assert written["payments"][1] == {"id": 2, "account": 1, "currency": "EUR", "amount": 7, "parent": 1}


def test_what_is_dumped_is_what_is_there_then():
    ann, _ = accounts()
    statement = Statement(account=ann, payments=ann.payments)
    ann.name = "Anna"
    ann.payments[0].delete() if not ann.payments[1:] else ann.payments[1].delete()
    shown = json.loads(statement.model_dump_json())
    assert shown["account"]["name"] == "Anna"
    assert [payment["id"] for payment in shown["payments"]] == [1]


@pytest.mark.parametrize("given", [{"id": 1, "name": "Ann"}, 1, "Ann", None, [("id", 1)]])
def test_data_never_becomes_a_record(given):
    ann, _ = accounts()
    before = Store.current().stats().rows
    with pytest.raises(
        pydantic.ValidationError, match=r"record of Account: input never makes rows.*Account.find\(id\)"
    ):
        Statement(account=given, payments=ann.payments)
    text = json.dumps({"account": given, "payments": []})
    with pytest.raises(pydantic.ValidationError) as caught:
        Statement.model_validate_json(text)
    assert {error["type"] for error in caught.value.errors()} == {"record_type", "collection_type"}
    assert Store.current().stats().rows == before


def test_records_and_collections_of_other_models_are_refused():
    ann, _ = accounts()
    for account, payments in ((ann.payments[0], ann.payments), (ann, Account.all()), (ann, list(ann.payments))):
        with pytest.raises(pydantic.ValidationError, match="input never makes rows"):
            Statement(account=account, payments=payments)


def test_the_schema_is_that_of_the_declared_fields():
    for mode in ("validation", "serialization"):
        schema = Statement.model_json_schema(mode=mode)
        assert schema["$defs"]["Account"] == SCHEMA
        assert schema["properties"]["account"] == {"$ref": "#/$defs/Account"}
        assert schema["properties"]["payments"]["items"] == {"$ref": "#/$defs/Payment"}
        assert schema["properties"]["payments"]["type"] == "array"
        assert schema["$defs"]["Payment"]["properties"] == {
            "id": {"type": "integer"},
            "account": {"type": "integer"},
            "currency": {"type": "string"},
            "amount": {"type": "integer"},
            "parent": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        }


def test_making_a_schema_leaves_no_trace():
    with Store() as store:
        pydantic.TypeAdapter(Account).json_schema()
        assert store.stats().rows == {}


def test_the_seed_world_and_bases(alice):
    tweet = alice.post_tweet("hi")
    assert json.loads(pydantic.TypeAdapter(User).dump_json(alice)) == {"id": 1, "username": "alice"}
    assert pydantic.TypeAdapter(User).json_schema()["properties"]["username"] == {"type": "string"}
    anything = pydantic.TypeAdapter(list[Record])
    assert anything.dump_python(anything.validate_python([alice, tweet])) == [alice.to_dict(), tweet.to_dict()]
    stamped = pydantic.TypeAdapter(Stamped)
    entry = Entry(text="a")
    assert stamped.validate_python(entry) is entry
    assert stamped.json_schema() == {"title": "Stamped", "type": "object"}
    with pytest.raises(pydantic.ValidationError, match="record of Stamped"):
        stamped.validate_python(alice)
    every = pydantic.TypeAdapter(Many)
    assert every.dump_python(every.validate_python(alice.tweets)) == [tweet.to_dict()]


def test_names_that_are_declared_later():
    class Letter(pydantic.BaseModel):
        tweets: Many["Tweet"]
        later: "Many[Parcel] | None" = None

    class Parcel(Model):
        weight: int

    Letter.model_rebuild(_types_namespace={"Parcel": Parcel, "Tweet": Tweet})
    Parcel(5)
    letter = Letter(tweets=Tweet.all(), later=Parcel.all())
    assert letter.model_dump() == {"tweets": [], "later": [{"id": 1, "weight": 5}]}


def test_classes_of_one_name_are_two(new_module):
    classes = []
    for name in ("text", "number"):
        module = new_module()
        exec(f"class Same(Model, table='{name}s'):\n    {name}: str\n", module.__dict__)  # noqa: S102 - a source text
        classes.append(module.Same)
    one, two = classes
    made = pydantic.create_model("Both", one=(one, ...), two=(two, ...))
    shown = made(one=one("a"), two=two("b")).model_dump()
    assert shown == {"one": {"id": 1, "text": "a"}, "two": {"id": 1, "number": "b"}}
    schemas: Any = made.model_json_schema()["$defs"]
    assert sorted(tuple(schema["properties"]) for schema in schemas.values()) == [("id", "number"), ("id", "text")]


def test_many_rows_are_read_at_once():
    class Feed(pydantic.BaseModel):
        tweets: Many[Tweet]

    User("ann")
    Tweet.insert_all(user=[1] * 20_000, message=[f"tweet {n}" for n in range(20_000)])
    shown = json.loads(Feed(tweets=Tweet.all()).model_dump_json())["tweets"]
    assert shown == Tweet.all().to_dicts()


def test_pydantic_is_imported_when_it_asks_and_not_before():
    code = "import sys, hasmany; hasmany.User('a').to_dict(); assert 'pydantic' not in sys.modules; assert 'pydantic_core' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
