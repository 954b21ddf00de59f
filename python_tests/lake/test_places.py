"""Exports elsewhere than in a folder: file://, an S3 server on this machine, and a file system of fsspec's."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import hasmany.parquet as parquet  # noqa: PLR0402
import pytest
from hasmany import CorruptStoreError, Like, Store, Tweet, User, col
from hasmany.lake import Lake

fsspec = pytest.importorskip("fsspec", reason="places that pyarrow does not know need fsspec")
pytest.importorskip("pyarrow")

S3 = {
    "AWS_ACCESS_KEY_ID": "someone",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Somewhere:
    """A place for exports, and what there is in it."""

    def __init__(self, url: str, filesystem: Any, root: str, query: str = "") -> None:
        self.url = url
        self.filesystem = filesystem
        """Of pyarrow's."""
        self.root = root
        self.query = query

    def __call__(self, name: str) -> str:
        return f"{self.url}/{name}{self.query}"

    def files(self) -> list[str]:
        fs = pytest.importorskip("pyarrow.fs")
        found = self.filesystem.get_file_info(fs.FileSelector(self.root, recursive=True, allow_not_found=True))
        return sorted(each.path[len(self.root) + 1 :] for each in found if each.is_file)

    def write(self, name: str, data: bytes) -> None:
        with self.filesystem.open_output_stream(f"{self.root}/{name}") as out:
            out.write(data)

    def read(self, name: str) -> bytes:
        with self.filesystem.open_input_stream(f"{self.root}/{name}") as file:
            return file.read()

    def delete(self, name: str) -> None:
        self.filesystem.delete_file(f"{self.root}/{name}")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    server = pytest.importorskip(
        "moto.server", reason="an S3 server on this machine is moto's: pip install 'moto[s3]' flask flask-cors"
    )
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"{host}:{port}"
    running.stop()


@pytest.fixture
def s3(s3_server, monkeypatch, tmp_path_factory) -> Somewhere:
    fs = pytest.importorskip("pyarrow.fs")
    for name, value in S3.items():
        monkeypatch.setenv(name, value)
    filesystem = fs.S3FileSystem(
        endpoint_override=s3_server, scheme="http", region="us-east-1", allow_bucket_creation=True
    )
    bucket = tmp_path_factory.mktemp("bucket").name.replace("_", "-")
    filesystem.create_dir(bucket)
    query = f"?endpoint_override={s3_server}&scheme=http&region=us-east-1"
    return Somewhere(f"s3://{bucket}/deep", filesystem, f"{bucket}/deep", query)


@pytest.fixture(params=["file", "s3", "memory"])
def somewhere(request, tmp_path) -> Somewhere:
    fs = pytest.importorskip("pyarrow.fs")
    if request.param == "s3":
        return request.getfixturevalue("s3")
    if request.param == "file":
        return Somewhere(tmp_path.as_uri(), fs.LocalFileSystem(), str(tmp_path))
    memory = fsspec.filesystem("memory")
    root = f"/{tmp_path.name}"
    request.addfinalizer(lambda: memory.rm(root, recursive=True) if memory.exists(root) else None)
    return Somewhere(f"memory:/{root}", fs.PyFileSystem(fs.FSSpecHandler(memory)), root)


@pytest.fixture
def liked(store) -> Store:
    ann, bea, cat = (User(name) for name in ("ann", "bea", "cat"))
    hello, world = bea.post_tweet("hello"), cat.post_tweet("wörld")
    ann.like_tweet(hello), bea.like_tweet(hello), ann.like_tweet(world)
    return store


def test_what_goes_out_comes_in(somewhere, liked):
    liked.to_parquet(somewhere("one"))
    assert somewhere.files() == [
        "one/likes/00000.parquet",
        "one/manifest.json",
        "one/tweets/00000.parquet",
        "one/users/00000.parquet",
    ]
    wanted = {model: model.all().to_dicts() for model in (User, Tweet, Like)}
    with Store.from_parquet(somewhere("one")) as again:
        assert {model: model.all().to_dicts() for model in (User, Tweet, Like)} == wanted
        again.check()
    for models in (None, [User, Tweet, Like]):
        with Lake(somewhere("one"), models=models) as lake:
            assert {model: lake[model].order_by("id").to_dicts() for model in (User, Tweet, Like)} == wanted
            assert lake[Tweet].order_by("id").select("message", n=col("likers").count()).to_dicts() == [
                {"message": "hello", "n": 2},
                {"message": "wörld", "n": 1},
            ]
            with lake.load(User=lake[User], Tweet=lake[Tweet], Like=lake[Like].where(user=1)):
                assert Like.all().ids.tolist() == [1, 3]


def test_many_files_and_row_groups(somewhere, store, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS_A_FILE", 1000)
    monkeypatch.setattr(parquet, "ROWS_AT_ONCE", 300)
    User.insert_all(username=[f"u{n}" for n in range(5000)])
    Tweet.insert_all(message="x", user=[n % 5000 + 1 for n in range(7000)])
    store.to_parquet(somewhere("many"))
    assert sum(name.startswith("many/users/") for name in somewhere.files()) == 5
    with Lake(somewhere("many")) as lake:
        assert lake[User].where(username="u4321").values("id") == [4322]
        assert lake[User].column(col("tweets").count()).sum() == 7000
        assert len(lake[User].where(col("tweets").count() == 2)) == 2000
    assert len(Store.from_parquet(somewhere("many")).models()["Tweet"].all()) == 7000


def test_what_is_there_is_left_as_it_is(somewhere, liked):
    liked.to_parquet(somewhere("one"))
    before = {name: somewhere.read(name) for name in somewhere.files()}
    with pytest.raises(FileExistsError, match="not empty"):
        liked.to_parquet(somewhere("one"))
    assert {name: somewhere.read(name) for name in somewhere.files()} == before


def test_what_fails_midway_leaves_nothing_and_can_be_tried_again(somewhere, liked, monkeypatch):
    part, asked = parquet.parquet_part, []

    def failing(*args: Any) -> Any:
        asked.append(args)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return part(*args)

    monkeypatch.setattr(parquet, "parquet_part", failing)
    with pytest.raises(KeyboardInterrupt):
        liked.to_parquet(somewhere("one"))
    assert somewhere.files() == []
    liked.to_parquet(somewhere("one"))
    assert len(Store.from_parquet(somewhere("one")).models()["Like"].all()) == 3


@pytest.fixture(params=["store", "lake"])
def opened(request) -> Callable[[str], Any]:
    return Store.from_parquet if request.param == "store" else Lake


def test_what_is_no_whole_export_is_refused(somewhere, liked, opened):
    with pytest.raises(FileNotFoundError):
        opened(somewhere("nothing"))
    liked.to_parquet(somewhere("one"))
    manifest = somewhere.read("one/manifest.json")
    somewhere.delete("one/manifest.json")
    with pytest.raises(CorruptStoreError, match="did not come to its end"):
        opened(somewhere("one"))
    somewhere.write("one/manifest.json", manifest[:-20])
    with pytest.raises(CorruptStoreError, match="no JSON"):
        opened(somewhere("one"))
    somewhere.write("one/manifest.json", manifest)
    likes = somewhere.read("one/likes/00000.parquet")
    for changed, message in ((likes[:-10], "cannot be read"), (somewhere.read("one/users/00000.parquet"), "columns")):
        somewhere.write("one/likes/00000.parquet", changed)
        with pytest.raises(CorruptStoreError, match=message):
            opened(somewhere("one"))
    somewhere.delete("one/likes/00000.parquet")
    with pytest.raises(CorruptStoreError, match=r"likes/00000\.parquet is missing"):
        opened(somewhere("one"))
    wrong = json.loads(manifest)
    wrong["models"][0]["files"][0]["path"] = "../one/users/00000.parquet"
    somewhere.write("one/manifest.json", json.dumps(wrong).encode())
    with pytest.raises(CorruptStoreError, match="no file of an export"):
        opened(somewhere("one"))


def test_answers_go_out_as_files(somewhere, liked):
    pq = pytest.importorskip("pyarrow.parquet")
    liked.to_parquet(somewhere("one"))
    with Lake(somewhere("one")) as lake:
        lake[User].order_by("username").select("username", n=col("likes").count()).to_parquet(
            somewhere("totals.parquet")
        )
    with somewhere.filesystem.open_input_file(f"{somewhere.root}/totals.parquet") as file:
        assert pq.read_table(file).to_pylist() == [
            {"username": "ann", "n": 2},
            {"username": "bea", "n": 1},
            {"username": "cat", "n": 0},
        ]


def test_a_file_that_goes_while_it_is_asked_is_an_error(somewhere, liked):
    liked.to_parquet(somewhere("one"))
    with Lake(somewhere("one")) as lake:
        somewhere.delete("one/likes/00000.parquet")
        with pytest.raises(OSError):
            lake[Like].to_dicts()
        assert len(lake[User]) == 3


# ── what goes wrong ───────────────────────────────────────────────────────────────────────────────


def test_a_bucket_that_is_not_there(s3, liked, opened):
    url = f"s3://not-there-at-all/one{s3.query}"
    with pytest.raises(FileNotFoundError):
        opened(url)
    with pytest.raises(OSError, match="not-there-at-all"):
        liked.to_parquet(url)


def test_what_is_not_permitted(s3, s3_server, liked, opened, monkeypatch):
    """The server asks who it is from here on."""
    requests = pytest.importorskip("requests")
    liked.to_parquet(s3("one"))
    requests.post(f"http://{s3_server}/moto-api/reset-auth", data="0", timeout=10)
    try:
        for call in (lambda: opened(s3("one")), lambda: liked.to_parquet(s3("two"))):
            with pytest.raises(PermissionError, match=r"s3://.*access was refused"):
                call()
    finally:
        requests.post(f"http://{s3_server}/moto-api/reset-auth", data="1000000", timeout=10)


def test_keys_in_a_url_are_not_shown(s3, liked, opened):
    url = s3("one").replace("s3://", "s3://someone:very-secret@")
    with pytest.raises(OSError) as error:
        opened(url)
    assert "very-secret" not in str(error.value) and "someone" not in str(error.value)
    liked.to_parquet(url)
    with Lake(url) as lake:
        assert "very-secret" not in repr(lake)
        assert "very-secret" not in repr(lake[User])
    with pytest.raises(FileExistsError) as full:
        liked.to_parquet(url)
    assert "very-secret" not in str(full.value)


def test_addresses_that_are_none(liked, opened):
    for url, error, message in (
        ("nowhere://bucket/one", ValueError, "nowhere:// is no place that pyarrow or fsspec knows"),
        ("s3://", ValueError, "s3"),
        ("file://elsewhere/one", ValueError, "another machine"),
    ):
        for call in (opened, liked.to_parquet):
            with pytest.raises(error, match=message):
                call(url)


def test_a_library_that_is_missing_is_named(liked, opened, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    for call in (opened, liked.to_parquet):
        with pytest.raises(ImportError, match="memory:// needs fsspec: pip install fsspec"):
            call("memory://one")
