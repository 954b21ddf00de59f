"""Files of fsspec's filesystems, read by many threads at once: what they share moves none of them."""

import io
import random
import tarfile
from typing import Any

import pytest
from hasmany.elsewhere import Elsewhere

fsspec = pytest.importorskip("fsspec", reason="places that pyarrow does not know need fsspec")
pytest.importorskip("pyarrow")

SIZE = 1 << 16
DATA = random.Random(5).randbytes(SIZE)


@pytest.fixture(params=["memory", "tar"])
def place(request, tmp_path) -> Elsewhere:
    """A folder with the files `data/a` and `data/b`, both of the same bytes."""
    if request.param == "memory":
        memory = fsspec.filesystem("memory")
        root = f"/{tmp_path.name}"
        request.addfinalizer(lambda: memory.rm(root, recursive=True))
        for name in "ab":
            memory.pipe_file(f"{root}/data/{name}", DATA)
        return Elsewhere(f"memory:/{root}/data")
    with tarfile.open(tmp_path / "files.tar", "w") as archive:
        for name in "ab":
            entry = tarfile.TarInfo(f"data/{name}")
            entry.size = SIZE
            archive.addfile(entry, io.BytesIO(DATA))
    return Elsewhere(f"tar://data::file://{tmp_path}/files.tar")


def test_many_threads_read_at_different_places(place, in_threads):
    def read(seed: int) -> None:
        random_places = random.Random(seed)
        for _ in range(20):
            with place.filesystem.open_input_file(f"{place.root}/{'ab'[seed % 2]}") as file:
                assert file.size() == SIZE
                for _ in range(60):
                    at, size = random_places.randrange(SIZE), random_places.randrange(1, 300)
                    file.seek(at)
                    assert file.read(size) == DATA[at : at + size]
                    assert file.tell() == min(at + size, SIZE)

    in_threads(*[lambda seed=seed: read(seed) for seed in range(6)])


def test_two_openings_of_one_file(place):
    with place.filesystem.open_input_stream(f"{place.root}/a") as one:
        assert one.read(10) == DATA[:10]
        two: Any = place.filesystem.open_input_file(f"{place.root}/a")
        two.seek(-4, io.SEEK_END)
        assert (two.read(), two.read(), one.read(10)) == (DATA[-4:], b"", DATA[10:20])
        two.close()
        assert one.read() == DATA[20:]


def test_what_is_not_there(place):
    with pytest.raises(FileNotFoundError):
        place.filesystem.open_input_file(f"{place.root}/none")
