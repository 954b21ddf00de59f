"""What a notebook's cell shows: HTML of records, collections, tables, rankings, pages, stores and stats, and a picture of a schema.

Imported by the first thing that is shown.
"""

from .card import record
from .diagram import schema
from .lists import collection, page, ranking, rankings, table
from .stores import stats, store

__all__ = ["collection", "page", "ranking", "rankings", "record", "schema", "stats", "store", "table"]
