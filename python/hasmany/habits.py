"""What people write out of habit where nothing of the name is, and what to write here.

Each is a descriptor that raises, so that a name that exists pays nothing for it. Those of classes stand on the metaclass: there
they take no name from a field and are in no dir(). Those of records, collections and stores are kept out of the dir() of
each; a field or method of the name comes before them.
"""

import functools
from threading import Lock
from typing import Any, NoReturn

from ._hasmany import Attribute, Expr, Many, Ranking, Rankings, Record, Store, Table
from .habits_of_results import OF_EXPRESSIONS, OF_RANKINGS, OF_RANKINGS_OF_MANY, OF_TABLES

_WHERE = "write {X}.where(name=value), {X}.find(name=value) for one, {X}.all() for all"

OF_CLASSES = {
    **dict.fromkeys(("objects", "query", "select", "session", "_meta", "scan"), _WHERE),
    **dict.fromkeys(("filter", "filter_by", "search", "include", "includes", "joins"), _WHERE),
    **dict.fromkeys(("get", "get_by_id", "find_one", "fetch"), "write {X}.find(id), or {X}.find(name=value)"),
    **dict.fromkeys(
        ("get_or_none", "find_by_id", "get_or_404"), "write {X}.find_by(id=3), which is None where there is none"
    ),
    **dict.fromkeys(("get_or_create", "find_or_create_by", "update_or_create"), "write {X}.find_or_create(name=value)"),
    **dict.fromkeys(
        ("create", "new", "build", "insert", "add"), "call the class, {X}(...); for many rows, {X}.insert_all(...)"
    ),
    **dict.fromkeys(("bulk_create", "insert_many", "create_all", "from_records"), "write {X}.insert_all(...)"),
    **dict.fromkeys(("exclude", "where_not"), "write {X}.all() - {X}.where(name=value)"),
    **dict.fromkeys(("first", "head"), "write {X}.all()[0], or {X}.all()[:5] for several"),
    **dict.fromkeys(("last", "tail"), "write {X}.all()[-1], or {X}.all()[-5:] for several"),
    **dict.fromkeys(("count", "size", "length"), "write len({X}.all()), or len({X}.where(name=value))"),
    **dict.fromkeys(("exists", "any"), "write {X}.find_by(name=value) is not None, or bool({X}.where(name=value))"),
    **dict.fromkeys(("order", "order_by", "sort", "sort_values"), 'write {X}.all().order_by("name")'),
    **dict.fromkeys(("values", "values_list", "pluck"), 'write {X}.all().values("name")'),
    **dict.fromkeys(("limit", "offset", "paginate", "page"), "write {X}.all()[:10], or {X}.all().page(10)"),
    **dict.fromkeys(
        ("update_all", "delete_all", "top", "sample", "column", "ids", "through"),
        "ask the collection of all, {X}.all()",
    ),
    **dict.fromkeys(("destroy_all", "truncate", "drop"), "write {X}.all().delete_all()"),
    **dict.fromkeys(
        ("to_dicts", "to_list", "to_json"),
        "write {X}.all().to_dicts(), or json.dumps({X}.all(), default=hasmany.jsonable)",
    ),
    **dict.fromkeys(
        ("model_validate", "from_orm", "parse_obj", "from_dict"),
        "call the class, {X}(**fields): input alone never makes a row",
    ),
    "group_by": "{X}.all().top(10, by=collection) counts; other groups are a data frame's, as pl.DataFrame({X}.all())",
}

_ONE_OR_ALL = "the first is many[0], the last many[-1], and many[:5] several"
# Each is listed by help(Many), so there are only those that people do write.
OF_COLLECTIONS = {
    **dict.fromkeys(("filter", "query"), "write many.where(name=value)"),
    "exclude": "write many - many.where(name=value)",
    "get": "write many.find_by(name=value), or many[0] for the first",
    **dict.fromkeys(("first", "last", "head", "tail"), _ONE_OR_ALL),
    **dict.fromkeys(("exists", "empty"), "a collection is true where it has members: `if many:`"),
    **dict.fromkeys(("size", "shape"), "write len(many)"),
    "all": "a collection is all of its members already: for x in many, list(many)",
    **dict.fromkeys(("append", "push"), "write many.add(record), or many.create(...) for a new one"),
    **dict.fromkeys(("extend", "add_all"), "write many.add(records): a list, a collection or a generator"),
    **dict.fromkeys(("discard", "remove_all"), "write many.remove(record), or many.remove(records)"),
    "build": "write many.create(...)",
    "pop": "write many.remove(record)",
    "set": "write many.replace(records)",
    "update": "write many.update_all(name=value)",
    "delete": "many.delete_all() deletes the members, many.clear() only unlinks them",
    **dict.fromkeys(("sort", "sort_values"), 'write many.order_by("name")'),
    **dict.fromkeys(("values_list", "pluck", "tolist"), 'write many.values("name"), or list(many)'),
    **dict.fromkeys(("limit", "offset"), "write many[20:30], or many.page(10)"),
    **dict.fromkeys(("iloc", "loc"), "write many[0], many[:5], many.where(name=value)"),
    **dict.fromkeys(("distinct", "unique"), "members are there once already; of values, set(many.values(name))"),
    **dict.fromkeys(
        ("mean", "sum", "min", "max", "agg", "aggregate"),
        "many.column(name) is an array of NumPy, which has it; of what each member has, many.select(n=col(name).sum())",
    ),
    "value_counts": "write collections.Counter(many.values(name))",
    "merge": 'a path reads along references, many.select("title", "author.name"); else pl.DataFrame(many)',
    "to_csv": "write pl.DataFrame(many).write_csv(path) or pd.DataFrame.from_arrow(many).to_csv(path)",
    **dict.fromkeys(("select_related", "prefetch_related"), "nothing is loaded: just read, record.other.name"),
    **dict.fromkeys(("union", "intersection", "difference"), "write a | b, a & b, a - b"),
    **dict.fromkeys(("to_pandas", "to_polars"), "write pd.DataFrame.from_arrow(many) or pl.DataFrame(many)"),
    **dict.fromkeys(("groupby", "group_by", "annotate"), "top(10, by=collection) counts; else pl.DataFrame(many)"),
    **dict.fromkeys(
        ("to_dict", "to_list", "to_pylist", "as_dicts"), "write many.to_dicts(), or many.to_dicts(name, ...)"
    ),
    **dict.fromkeys(("to_json", "model_dump"), "write json.dumps(many, default=hasmany.jsonable)"),
    "to_networkx": 'ask the join model, as Like.to_networkx("user", "tweet"), or the store, store.to_networkx()',
    "join": "write many.through(name)",
}

_AT_ONCE = "a row is in the store as soon as it is made, X(...), and a field as soon as it is set"
OF_STORES = {
    **dict.fromkeys(("add", "add_all", "flush"), _AT_ONCE),
    "commit": _AT_ONCE + "; several as one: with store.transaction():",
    **dict.fromkeys(("begin", "atomic", "session"), "write with store.transaction():"),
    "rollback": "a block `with store.transaction():` that raises is undone",
    "query": "ask a class: X.where(...), X.find(...); `with store:` says which store",
    **dict.fromkeys(
        ("execute", "cursor"), "the file is SQLite, which any program reads; here ask a class: X.where(...)"
    ),
    **dict.fromkeys(("create_all", "drop_all"), "a table comes with the first use of its class, and follows it"),
    "delete": "write record.delete()",
}

OF_RECORDS = {
    **dict.fromkeys(("save", "commit", "flush"), "assigning to a field sets it at once, and update() sets several"),
    **dict.fromkeys(("destroy", "remove"), "delete() deletes the row"),
    **dict.fromkeys(
        ("refresh_from_db", "reload", "refresh", "expire"), "a record is read from the store whenever you ask it"
    ),
    **dict.fromkeys(("pk", "rowid", "_id"), "its key is .id"),
    **dict.fromkeys(("as_dict", "_asdict", "model_dump", "dict", "serialize", "attributes"), "write record.to_dict()"),
    **dict.fromkeys(
        ("to_json", "json", "model_dump_json"),
        "write json.dumps(record, default=hasmany.jsonable), or record.to_dict()",
    ),
    **dict.fromkeys(("objects", "query"), "ask the class: X.all(), X.where(...), X.find(...)"),
    **dict.fromkeys(
        ("update_attributes", "update_attribute", "assign_attributes", "set"), "update(name=value) sets fields"
    ),
    **dict.fromkeys(("full_clean", "is_valid", "validate", "clean"), "values are checked when they are set"),
    "get": "fields are attributes, record.name",
    "build": "a collection's create() makes a member",
}

_OF_ONE = {
    "update": "{X}.update sets fields of one record, record.update(name=value); of all, {X}.all().update_all(name=value)",
    "delete": "{X}.delete deletes one record, record.delete(); all of them, {X}.all().delete_all()",
    "to_dict": "{X}.to_dict is asked of one record, record.to_dict(); of many, {X}.all().to_dicts()",
    "recommend": "{X}.recommend is asked of one record, record.recommend(name), or of many, {X}.all().recommend(name)",
    "similar": "{X}.similar is asked of one record, record.similar(name), or of many, {X}.all().similar(name)",
}


class Habit:
    """Raises an `AttributeError` that says what to write."""

    def __init__(self, name: str, advice: str) -> None:
        self.name, self.advice = name, advice
        self.__doc__ = f"Is not here: {advice}."  # for help()

    def __get__(self, owner: Any, kind: type[Any]) -> NoReturn:
        if isinstance(owner, type):  # on the metaclass
            what, advice = owner.__name__, self.advice.replace("{X}", owner.__name__)
        else:
            what, advice = self._owner(kind), self.advice
        raise AttributeError(f"{what} has no {self.name!r}: {advice}", name=self.name, obj=owner)

    def _owner(self, kind: type[Any]) -> str:
        return _KINDS[kind][0]

    def __repr__(self) -> str:
        return f"<no {self.name}: {self.advice}>"


class OfOne:
    """On the metaclass, before a method of records: asked of the class itself, the method says of what it is asked."""

    lock = Lock()

    def __init__(self, name: str, advice: str) -> None:
        self.name, self.advice = name, advice

    def __get__(self, cls: Any, kind: type[Any]) -> Any:
        if cls is None:
            return self
        mro: tuple[type[Any], ...] = cls.__mro__
        owner = next(base for base in mro if self.name in vars(base))
        found: Any = vars(owner)[self.name]
        method: Any = found.__get__(None, cls) if hasattr(found, "__get__") else found
        if owner is not Record:
            return method
        advice = self.advice.replace("{X}", cls.__name__)

        @functools.wraps(method)
        def of_one(*args: Any, **keywords: Any) -> Any:
            if args and isinstance(args[0], Record):
                return method(*args, **keywords)
            raise TypeError(advice)

        return of_one

    def __set__(self, cls: Any, value: Any) -> None:
        self._beside(cls, lambda: type.__setattr__(cls, self.name, value))

    def __delete__(self, cls: Any) -> None:
        self._beside(cls, lambda: type.__delattr__(cls, self.name))

    def _beside(self, cls: Any, change: Any) -> None:
        """Changes the class's own attribute, which a descriptor on the metaclass would be asked to do: so it steps aside."""
        metaclass = next(base for base in type(cls).__mro__ if vars(base).get(self.name) is self)
        with self.lock:
            delattr(metaclass, self.name)
            try:
                change()
            finally:
                setattr(metaclass, self.name, self)


class HabitOfRecords(Habit):
    """Of records, whose models may have bases with an attribute of the name."""

    def __get__(self, owner: Any, kind: type[Any]) -> Any:
        for base in kind.__mro__[kind.__mro__.index(Record) + 1 :]:
            if self.name in vars(base):
                found: Any = vars(base)[self.name]
                return found.__get__(owner, kind) if hasattr(found, "__get__") else found
        if owner is None:  # Asked of the class, whose own habits stand on the metaclass.
            habit = _found(type(kind), self.name)
            if isinstance(habit, Habit):
                habit.__get__(kind, type(kind))
        return super().__get__(owner, kind)

    def _owner(self, kind: type[Any]) -> str:
        return f"a record of {kind.__name__}"


_KINDS: dict[type[Any], tuple[str, dict[str, str]]] = {
    Many: ("a collection", OF_COLLECTIONS),
    Store: ("a store", OF_STORES),
    Expr: ("an expression", OF_EXPRESSIONS),
    Table: ("a table", OF_TABLES),
    Ranking: ("a ranking", OF_RANKINGS),
    Rankings: ("a Rankings", OF_RANKINGS_OF_MANY),
}
"""Those of whose names a `Habit` says what to write, and how an error calls one."""


def _comparing(operator: str) -> Any:
    def compared(self: Attribute, other: object) -> NoReturn:
        kind, name = repr(self)[1:-1].split()
        if kind == "collection":
            raise TypeError(f'a collection does not compare; how many there are is col("{name}").count() {operator} 3')
        value = repr(other) if isinstance(other, (int, float)) else "value"
        raise TypeError(
            f'a field of the class is no expression: write where(col("{name}") {operator} {value}); by keyword '
            f"where({name}=value), a list for any of several, and where({name}=between(low, high)) is low <= {name} < high"
        )

    return compared


def _indexed_store(_self: Store, _name: object) -> NoReturn:
    raise TypeError(
        'a store has no [...]: a model is its class, X.where(...), X.find(...); by name it is store.models()["X"]'
    )


def _indexed_table(_self: Table, name: object) -> NoReturn:
    column = repr(name) if isinstance(name, str) else "name"
    raise TypeError(
        f"a table has no [...]: write table.column({column}) for an array, table.to_dicts() for its rows, or pl.DataFrame(table)"
    )


def _walked_table(_self: Table) -> NoReturn:
    raise TypeError("a table is no list of rows: write table.to_dicts(), table.column(name) or pl.DataFrame(table)")


def _asked(self: Attribute, wanted: str) -> NoReturn:
    kind, name = repr(self)[1:-1].split()
    if kind == "collection" and hasattr(Many, wanted):
        advice = f"a collection is of a record, record.{name}.{wanted}; of many records, .through({name!r})"
    elif wanted in ("desc", "asc"):
        advice = f'write order_by("{name}", reverse={wanted == "desc"})'
    else:
        advice = (
            f'an expression begins with col("{name}"); by keyword where({name}=value), a list for any of several, '
            "between(low, high) for a range"
        )
    raise AttributeError(f"<{kind} {name}> has no {wanted!r}: {advice}")


def teach(metaclass: type[Any]) -> None:
    """Puts all of them in their places."""
    for name, advice in OF_CLASSES.items():
        setattr(metaclass, name, Habit(name, advice))
    for name, advice in _OF_ONE.items():
        setattr(metaclass, name, OfOne(name, advice))
    for cls, (_, habits) in (*_KINDS.items(), (Record, ("", OF_RECORDS))):
        habit = HabitOfRecords if cls is Record else Habit
        for name, advice in habits.items():
            setattr(cls, name, habit(name, advice))
        setattr(cls, "__dir__", _dir_of(object))  # noqa: B010 - it is no attribute of the stub
    setattr(metaclass, "__dir__", _dir_of(type))  # noqa: B010
    for special, operator in (("__lt__", "<"), ("__le__", "<="), ("__gt__", ">"), ("__ge__", ">=")):
        setattr(Attribute, special, _comparing(operator))
    setattr(Store, "__getitem__", _indexed_store)  # noqa: B010
    setattr(Table, "__getitem__", _indexed_table)  # noqa: B010
    # pandas says what it cannot read of what it can walk over only.
    setattr(Table, "__iter__", _walked_table)  # noqa: B010
    setattr(Attribute, "__getattr__", _asked)  # noqa: B010


def _dir_of(kind: type[Any]) -> Any:
    listed: Any = kind.__dir__

    def __dir__(self: Any) -> list[str]:
        cls: Any = self if kind is type else self.__class__
        names: list[str] = listed(self)
        return [name for name in names if not isinstance(_found(cls, name), Habit)]

    return __dir__


def _found(cls: Any, name: str) -> Any:
    """What a class has of a name, unasked."""
    bases: tuple[type[Any], ...] = cls.__mro__
    return next((vars(base)[name] for base in bases if name in vars(base)), None)
