"""What people write out of habit of expressions, tables and rankings, where nothing of the name is, and what to write here."""

_PARTS = "the parts of a time are x.year(), x.month(), x.day() and x.weekday()"
_WORDS = "write x.contains(text), x.startswith(text), x.endswith(text); x.lower() where capitals do not matter"
_OUT = "take the values out, many.column(name), which is an array of NumPy; of each row's own, x.list() in select"

OF_EXPRESSIONS = {
    **dict.fromkeys(("isin", "in_"), "write x.is_in(values)"),
    **dict.fromkeys(("not_in", "notin_"), "write ~x.is_in(values)"),
    **dict.fromkeys(("isnull", "isna", "is_null", "is_"), "write x.is_none()"),
    **dict.fromkeys(("notna", "notnull", "is_not_null", "is_not"), "write ~x.is_none()"),
    **dict.fromkeys(("fillna", "fill_null", "coalesce"), "write x.if_none(value)"),
    **dict.fromkeys(("like", "ilike", "str", "icontains"), _WORDS),
    **dict.fromkeys(("dt", "hour", "minute", "date"), f"{_PARTS}; of others: {_OUT}"),
    **dict.fromkeys(("nunique", "count_distinct", "unique", "distinct"), "write x.n_unique(), how many different ones"),
    **dict.fromkeys(("avg", "average"), "write x.mean()"),
    **dict.fromkeys(("median", "std", "var", "quantile"), _OUT),
    "upper": "compare small letters, x.lower() == text.lower()",
    **dict.fromkeys(("cast", "astype"), f"values keep the type of their field; {_OUT}"),
    **dict.fromkeys(("label", "as_"), "write x.alias(name), or many.select(name=x)"),
    "asc": "the smallest comes first by itself, and x.desc() puts the largest first",
    **dict.fromkeys(("any_", "exists"), "write x.any(), or x.any(condition)"),
    "all_": "write x.all(condition)",
    "where": "write x.filter(condition), of the members of a collection",
}

_FRAME = "pl.DataFrame(table), pd.DataFrame.from_arrow(table)"
OF_TABLES = {
    **dict.fromkeys(("to_pandas", "to_polars", "to_arrow"), f"write {_FRAME} or pa.table(table)"),
    **dict.fromkeys(
        ("head", "tail", "limit"), f"take fewer members before, many[:5].select(...), or write {_FRAME}, which have it"
    ),
    **dict.fromkeys(
        ("to_csv", "write_csv"),
        "write pl.DataFrame(table).write_csv(path) or pd.DataFrame.from_arrow(table).to_csv(path)",
    ),
    **dict.fromkeys(("order_by", "sort", "sort_values"), 'order the members before, many.order_by("name").select(...)'),
    **dict.fromkeys(("where", "filter"), "ask the members before, many.where(...).select(...)"),
    **dict.fromkeys(
        ("values", "to_list", "tolist", "to_dict", "rows"), "write table.column(name), or table.to_dicts()"
    ),
    **dict.fromkeys(("group_by", "groupby", "join", "merge"), f"write {_FRAME}, which have it"),
    "shape": "write len(table) and table.columns",
}

OF_RANKINGS = {
    "values": "write ranking.records.values(name), and ranking.scores; or for record, score in ranking",
    **dict.fromkeys(("to_dicts", "to_dict", "to_list"), 'write ranking.select("rank", "name", "score").to_dicts()'),
    "column": "write ranking.scores, or ranking.records.column(name)",
    "ids": "write ranking.records.ids",
    "plot": "write hasmany.plot.ranking(ranking); other pictures are of its records, ranking.records.plot",
    **dict.fromkeys(("to_pandas", "to_polars"), "write pd.DataFrame.from_arrow(ranking) or pl.DataFrame(ranking)"),
    **dict.fromkeys(("head", "first", "limit"), "the first is ranking[0], and ranking[:5] several"),
    **dict.fromkeys(("where", "order_by"), "ask the records, ranking.records"),
}

_ALL = 'rankings.select("owner.name", "rank", "name", "score")'
OF_RANKINGS_OF_MANY = {
    **dict.fromkeys(("to_dicts", "to_dict", "to_list"), f"write {_ALL}.to_dicts()"),
    **dict.fromkeys(("values", "column"), f"write {_ALL}.column(name); of one of the owners, rankings[record]"),
    "plot": "write hasmany.plot.ranking(rankings[record]), the picture of one of the owners",
    **dict.fromkeys(("to_pandas", "to_polars"), "write pd.DataFrame.from_arrow(rankings) or pl.DataFrame(rankings)"),
    **dict.fromkeys(("items", "head", "first"), "the ranking of one of the owners is rankings[record]"),
}
