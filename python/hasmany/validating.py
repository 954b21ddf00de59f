"""Records and collections in pydantic's models, and so in FastAPI. Nothing here runs, or imports pydantic, before pydantic asks."""

from typing import Any, get_args

from ._hasmany import Many, Record, class_of, shape
from .definition import is_model
from .jsons import written


def of_records(cls: type[Any]) -> Any:
    """A record of this class, which goes out as `to_dict()` says; data never becomes one."""
    from pydantic_core import PydanticCustomError, core_schema  # pyright: ignore[reportMissingImports]

    def check(given: Any) -> Any:
        if isinstance(given, cls):
            return given
        raise PydanticCustomError("record_type", _NO_RECORD, {"model": cls.__name__})

    return core_schema.no_info_plain_validator_function(
        check,
        # Two classes of one name are two; pydantic names them by what comes before the colon.
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        serialization=core_schema.plain_serializer_function_ser_schema(_shown, info_arg=True),
    )


_NO_RECORD = (
    "Input should be a record of {model}: input never makes rows. Take an id, and {model}.find(id); or a model of your own, and "
    "{model}(...)"
)


def _shown(given: Any, info: Any) -> dict[str, Any]:
    # A dict is one of a collection's, which was read as a whole.
    row: dict[str, Any] = given.to_dict() if isinstance(given, Record) else given
    return written(row) if info.mode == "json" else row


def schema_of_records(cls: type[Any]) -> dict[str, Any]:
    """What `to_dict()` gives, as a JSON schema."""
    schema = {"title": cls.__name__, "type": "object"}
    if not is_model(cls):  # an abstract base: what its models have
        return schema
    columns = {name: _schema_of(of, values, optional) for name, of, values, optional in shape(cls)}
    return {**schema, "properties": columns, "required": list(columns)}


_TYPES: dict[str, dict[str, str]] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "str": {"type": "string"},
    "bytes": {"type": "string", "contentEncoding": "base64"},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "timedelta": {"type": "string", "format": "duration"},
    "UUID": {"type": "string", "format": "uuid"},
    "Decimal": {"type": "string"},
}


def _schema_of(of: str, values: list[str] | list[int] | None, optional: bool) -> dict[str, Any]:
    if values is None:
        schema: dict[str, Any] = {**_TYPES.get(of.partition("(")[0], {})}
    else:
        schema = {"title": of, "type": "string" if isinstance(values[0], str) else "integer", "enum": values}
    return {"anyOf": [schema, {"type": "null"}]} if optional and schema else schema


def of_collections(source: Any, handler: Any) -> Any:
    """A collection of X for `Many[X]`, which goes out as a list; without X of any model."""
    from pydantic_core import PydanticCustomError, core_schema  # pyright: ignore[reportMissingImports]

    of: Any = next(iter(get_args(source)), Record)
    of = of if isinstance(of, type) and issubclass(of, Record) else Record

    kind: Any = Many

    def check(given: Any) -> Any:
        if isinstance(given, kind) and issubclass(class_of(given), of):
            return given
        raise PydanticCustomError("collection_type", _NO_COLLECTION, {"model": of.__name__})

    def shown(given: Any) -> Any:
        return given.to_dicts()

    members = core_schema.list_schema(handler.generate_schema(of))
    serialization = core_schema.plain_serializer_function_ser_schema(shown, return_schema=members)
    return core_schema.no_info_plain_validator_function(check, serialization=serialization)


_NO_COLLECTION = (
    "Input should be a collection of {model}, as {model}.all() is: input never makes rows; list[{model}] takes records"
)


def schema_of_collections(core_schema: Any, handler: Any) -> Any:
    """A list of its members' schema."""
    return handler(core_schema["serialization"]["return_schema"])
