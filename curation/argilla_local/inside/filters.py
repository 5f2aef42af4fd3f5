"""Argilla's filters and sort orders in, conditions and keys on its own tables out (SQLite)."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from argilla_server.enums import ResponseStatus, ResponseStatusFilter, SortOrder
from argilla_server.errors.future import UnprocessableEntityError
from argilla_server.models import Dataset, Question, Record, Response, Suggestion
from argilla_server.search_engine import (
    AndFilter,
    Filter,
    FilterScope,
    MetadataFilterScope,
    Order,
    RangeFilter,
    RecordFilterScope,
    ResponseFilterScope,
    SuggestionFilterScope,
    TermsFilter,
)
from sqlalchemy import ColumnElement, String, and_, cast, exists, func, literal, or_, select

IN_JSON = ("value", "score")  # a suggestion's columns that hold JSON
RECORD = {
    "id": Record.id,
    "external_id": Record.external_id,
    "status": Record.status,
    "inserted_at": Record.inserted_at,
    "updated_at": Record.updated_at,
}


def where(dataset: Dataset, filter: Filter) -> ColumnElement[bool]:
    """Errors: UnprocessableEntityError (HTTP 422) for a filter by updated_at."""
    if isinstance(filter, AndFilter):
        return and_(*[where(dataset, part) for part in filter.filters])
    scope = filter.scope
    if isinstance(scope, ResponseFilterScope):
        return _answered(scope, filter)
    if isinstance(scope, MetadataFilterScope):
        return _in_json(Record.metadata_, path(scope.metadata_property), filter)
    if isinstance(scope, SuggestionFilterScope):
        column = getattr(Suggestion, scope.property)
        test = _in_json(column, "$", filter) if scope.property in IN_JSON else column.in_(filter.values)
        return exists(select(Suggestion.id).where(*_suggested(dataset, scope.question), test).correlate(Record))
    return _of_record(scope, filter)


def _of_record(scope: RecordFilterScope, filter: Filter) -> ColumnElement[bool]:
    if scope.property == "updated_at":
        raise UnprocessableEntityError(
            "Records can't be filtered by `updated_at`: with Elasticsearch the index keeps a stale time once a response "
            "was edited, so nothing should be built on it. Compare the dataset's `last_activity_at` instead."
        )
    column = RECORD[scope.property]
    if isinstance(filter, RangeFilter):
        return _between(column, _moment(filter.ge), _moment(filter.le))
    if scope.property == "id":
        return column.in_([UUID(str(value)) for value in filter.values])
    if scope.property == "inserted_at":
        return column.in_([_moment(value) for value in filter.values])
    return column.in_(filter.values)


def _answered(scope: ResponseFilterScope, filter: Filter) -> ColumnElement[bool]:
    """By an answer to a question, or by the status of responses: one is pending for whoever has not answered."""
    mine = [Response.record_id == Record.id, *([Response.user_id == scope.user.id] if scope.user else [])]

    def some(*more: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists(select(Response.id).where(*mine, *more).correlate(Record))

    if scope.question:
        return some(_in_json(Response.values, path(scope.question, "value"), filter))
    asked = [str(getattr(value, "value", value)) for value in filter.values]
    given = [ResponseStatus(value) for value in asked if value != ResponseStatusFilter.pending.value]
    ways = [some(Response.status.in_(given))] if given else []
    return or_(*ways, ~some()) if len(given) < len(asked) else or_(*ways)


def _in_json(column: Any, at: str, filter: Filter) -> ColumnElement[bool]:
    """Whether a value at the path passes: a scalar is one value, a list has several."""
    each = func.json_each(column, at).table_valued("value", joins_implicitly=True)
    if isinstance(filter, TermsFilter):
        test = cast(each.c.value, String).in_([str(value) for value in filter.values])
    else:
        test = _between(each.c.value, *(None if end is None else float(end) for end in (filter.ge, filter.le)))
    return exists(select(literal(1)).select_from(each).where(test).correlate_except(each))


def _suggested(dataset: Dataset, question: str) -> list[ColumnElement[bool]]:
    return [
        Suggestion.record_id == Record.id,
        Suggestion.question_id == Question.id,
        Question.dataset_id == dataset.id,
        Question.name == question,
    ]


def order(dataset: Dataset, wanted: Order) -> ColumnElement[Any]:
    """What to sort by; records without it stand last."""
    key = _key(dataset, wanted.scope)
    return (key.desc() if wanted.order == SortOrder.desc else key.asc()).nulls_last()


def _key(dataset: Dataset, scope: FilterScope) -> Any:
    if isinstance(scope, RecordFilterScope):
        return RECORD[scope.property]
    if isinstance(scope, MetadataFilterScope):
        return func.json_extract(Record.metadata_, path(scope.metadata_property))
    if isinstance(scope, SuggestionFilterScope):
        column = getattr(Suggestion, scope.property)
        value = func.json_extract(column, "$") if scope.property in IN_JSON else column
        wanted = select(value).where(*_suggested(dataset, scope.question)).limit(1)
    else:
        mine = [Response.record_id == Record.id, *([Response.user_id == scope.user.id] if scope.user else [])]
        value = func.json_extract(Response.values, path(scope.question, "value")) if scope.question else None
        wanted = select(func.min(Response.status) if value is None else func.avg(value)).where(*mine)
    return wanted.correlate(Record).scalar_subquery()


def path(*names: str) -> str:
    """A JSON path of SQLite to a key below keys."""
    return "$" + "".join('."' + name.replace('"', '\\"') + '"' for name in names)


def _between(column: Any, low: Any, high: Any) -> ColumnElement[bool]:
    return and_(*[column >= low] if low is not None else [], *[column <= high] if high is not None else [])


def _moment(value: Any) -> datetime | None:
    """A date of a filter as the naive UTC that Argilla stores; a number is in milliseconds."""
    if value is None:
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000, UTC).replace(tzinfo=None)
    told = datetime.fromisoformat(str(value))
    return told.astimezone(UTC).replace(tzinfo=None) if told.tzinfo else told
