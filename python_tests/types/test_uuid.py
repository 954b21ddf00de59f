"""Fields of UUIDs."""

import subprocess
import sys
from uuid import UUID, uuid4, uuid5

import numpy as np
import pytest
from hasmany import FieldError, Store

from ..insert.types.kinds import Raw
from ..libraries import pandas, polars, pyarrow
from .world import UUIDS, Ticket


def test_random_ones_are_found_again(tmp_path):
    many = [uuid4() for _ in range(500)]
    with Store(tmp_path / "tickets.db"):
        made = Ticket.insert_all({"value": many, "key": many})
        assert [Ticket.find(key=value) for value in many] == made
    with Store(tmp_path / "tickets.db") as store:
        store.check()
        assert [Ticket.find(key=value).value for value in many] == many
        assert made.order_by("key").values("key") == sorted(many)
        store.compact()
        store.check()


def test_columns_of_bytes_are_uuids():
    pa, pl = pyarrow(), polars()
    raw = [value.bytes for value in UUIDS]
    extension = pa.ExtensionArray.from_storage(pa.uuid(), pa.array(raw, pa.binary(16)))
    for column in (raw, pa.array(raw), pa.array(raw, pa.binary(16)), extension, pl.Series(raw), np.array(UUIDS)):
        assert Ticket.insert_all(value=column).values("value") == UUIDS
    assert Ticket.insert_all(pa.table({"value": extension})).values("value") == UUIDS
    assert Ticket.insert_all(pl.DataFrame(pa.table({"value": extension}))).values("value") == UUIDS
    for wrong in ([raw[0], b"short"], pa.array([raw[0], b"short"]), pa.array([b"x" * 15, b"y" * 15], pa.binary(15))):
        with pytest.raises(FieldError, match=r"row [01]: Ticket\.value.*(16|bytes)"):
            Ticket.insert_all(value=wrong)


def test_series_of_objects_and_their_text():
    pd, pl = pandas(), polars()
    for column in (pd.Series(UUIDS), pl.Series(UUIDS, dtype=pl.Object), pd.Series([str(value) for value in UUIDS])):
        assert Ticket.insert_all(value=column).values("value") == UUIDS


def test_a_constructor_takes_no_bytes():
    with pytest.raises(TypeError, match=r"Ticket\.value takes UUID, not bytes"):
        Ticket(UUIDS[0].bytes)


def test_a_frame_of_polars_with_objects_is_read_as_what_they_are():
    pl = polars()
    frame = pl.DataFrame({"value": pl.Series(UUIDS, dtype=pl.Object), "maybe": [str(value) for value in UUIDS]})
    made = Ticket.insert_all(frame)
    assert made.values("value") == made.values("maybe") == UUIDS


def test_objects_of_polars_are_no_bytes():
    pl = polars()
    with pytest.raises(TypeError, match=r"row 0: Raw\.value takes bytes, not UUID"):
        Raw.insert_all(value=pl.Series(UUIDS, dtype=pl.Object))
    with pytest.raises(TypeError, match=r"row 0: Raw\.value takes bytes, not UUID"):
        Raw.insert_all(pl.DataFrame({"value": pl.Series(UUIDS, dtype=pl.Object)}))


def test_every_form_of_text_is_read():
    value = UUIDS[3]
    forms = [str(value), str(value).upper(), value.hex, f"{{{value}}}", value.urn, f" {value} "]
    assert Ticket.insert_all(value=forms).values("value") == [value] * len(forms)
    for wrong in ("", "1", value.hex[1:], f"{{{value}", value.hex.replace("a", "g")):
        with pytest.raises(FieldError, match=r"row 1: Ticket\.value.* is no UUID"):
            Ticket.insert_all(value=[str(value), wrong])


def test_a_subclass_is_kept_as_a_plain_one():
    class Own(UUID):
        pass

    assert type(Ticket(Own(int=5)).value) is UUID


def test_a_duplicate_is_shown_as_one_knows_it():
    value = uuid5(UUIDS[0], "x")
    Ticket(value, key=value)
    with pytest.raises(ValueError, match=str(value)):
        Ticket(value, key=value)


def test_a_model_without_uuids_does_not_import_them():
    code = "import sys, hasmany\nclass A(hasmany.Model):\n    n: int\nA(1)\nprint('uuid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
