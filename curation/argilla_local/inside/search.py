"""A search engine for argilla-server that asks Argilla's own SQLite database; importing it registers it as `sqlite`.

Argilla keeps all records, suggestions and responses in SQL and copies them to Elasticsearch only to search them. For
small datasets the copy is not needed: this engine keeps nothing. What it can't do: similarity, stems, relevance.
"""

from collections.abc import Iterable
from typing import Any

from argilla_server.database import AsyncSessionLocal
from argilla_server.enums import MetadataPropertyType
from argilla_server.errors.future import UnprocessableEntityError
from argilla_server.models import (
    Dataset,
    MetadataProperty,
    Record,
    Response,
    Suggestion,
    User,
    VectorSettings,
)
from argilla_server.search_engine import (
    Filter,
    FloatMetadataMetrics,
    IntegerMetadataMetrics,
    Order,
    SearchEngine,
    SearchResponseItem,
    SearchResponses,
    TermsMetrics,
    TextQuery,
)
from filters import order, path, where
from matching import shuffle_key, text_match
from sqlalchemy import Select, String, cast, event, func, select
from sqlalchemy.engine import Engine

NAME = "sqlite"
Metrics = TermsMetrics | IntegerMetadataMetrics | FloatMetadataMetrics


@event.listens_for(Engine, "connect")
def add_functions(connection: Any, _: object) -> None:
    connection.create_function("flywheel_match", 3, text_match)
    connection.create_function("flywheel_shuffle", 2, shuffle_key)
    cursor = connection.cursor()
    cursor.execute("PRAGMA secure_delete = ON")  # records taken back leave no bytes in the file
    cursor.close()


@SearchEngine.register(NAME)
class SqliteSearchEngine(SearchEngine):
    """The database is the index: what others write to one is there already."""

    @classmethod
    async def new_instance(cls) -> "SqliteSearchEngine":
        return cls()

    async def close(self) -> None: ...

    async def ping(self) -> bool:
        return True

    async def info(self) -> dict[str, str]:
        return {"name": NAME, "tagline": "asks Argilla's own database; no Elasticsearch"}

    async def create_index(self, dataset: Dataset) -> None: ...
    async def delete_index(self, dataset: Dataset) -> None: ...
    async def configure_metadata_property(self, dataset: Dataset, metadata_property: MetadataProperty) -> None: ...
    async def configure_index_vectors(self, vector_settings: VectorSettings) -> None: ...
    async def index_records(self, dataset: Dataset, records: Iterable[Record]) -> None: ...
    async def partial_record_update(self, record: Record, **update: Any) -> None: ...
    async def delete_records(self, dataset: Dataset, records: Iterable[Record]) -> None: ...
    async def update_record_response(self, response: Response) -> None: ...
    async def delete_record_response(self, response: Response) -> None: ...
    async def update_record_suggestion(self, suggestion: Suggestion) -> None: ...
    async def delete_record_suggestion(self, suggestion: Suggestion) -> None: ...

    async def get_dataset_progress(self, dataset: Dataset) -> dict[str, int]:
        """Records by status."""
        counted = select(Record.status, func.count()).where(Record.dataset_id == dataset.id).group_by(Record.status)
        return {} if dataset.is_draft else await _counts(counted)

    async def get_dataset_user_progress(self, dataset: Dataset, user: User) -> dict[str, int]:
        """The user's responses by status."""
        mine = [Record.dataset_id == dataset.id, Response.record_id == Record.id, Response.user_id == user.id]
        counted = select(Response.status, func.count()).where(*mine).group_by(Response.status)
        return {} if dataset.is_draft else await _counts(counted)

    async def search(
        self,
        dataset: Dataset,
        query: TextQuery | str | None = None,
        filter: Filter | None = None,
        sort: list[Order] | None = None,
        offset: int = 0,
        limit: int = 100,
        user_id: Any = None,
    ) -> SearchResponses:
        """A page of the records found and how many there are; with a user and no order, in that user's own order."""
        tests = [Record.dataset_id == dataset.id]
        if query:
            asked = TextQuery(q=query) if isinstance(query, str) else query
            tests.append(func.flywheel_match(cast(Record.fields, String), asked.field, asked.q))
        if filter:
            tests.append(where(dataset, filter))
        keys: list[Any] = [order(dataset, wanted) for wanted in sort or []]
        if not keys and user_id:
            keys = [func.flywheel_shuffle(str(user_id), Record.id)]
        found = select(Record.id).where(*tests)
        page = found.order_by(*keys, Record.inserted_at, Record.id).offset(offset).limit(limit)
        async with AsyncSessionLocal() as db:
            ids = (await db.scalars(page)).all()
            total = await db.scalar(select(func.count()).select_from(found.subquery()))
        return SearchResponses(items=[SearchResponseItem(record_id=id, score=1.0) for id in ids], total=total)

    async def compute_metrics_for(self, metadata_property: MetadataProperty) -> Metrics:
        """What the filters offer: terms with their counts, or the smallest and the largest number."""
        values = func.json_each(Record.metadata_, path(metadata_property.name)).table_valued(
            "value", joins_implicitly=True
        )
        there = [Record.dataset_id == metadata_property.dataset_id, values.c.value.is_not(None)]
        if metadata_property.type == MetadataPropertyType.terms:
            counts = select(values.c.value, func.count()).select_from(Record, values).where(*there)
            rows = await _rows(counts.group_by(values.c.value).order_by(func.count().desc(), values.c.value))
            terms = [TermsMetrics.TermCount(term=str(term), count=count) for term, count in rows]
            return TermsMetrics(total=sum(term.count for term in terms), values=terms)
        ends = select(func.min(values.c.value), func.max(values.c.value)).select_from(Record, values).where(*there)
        [(low, high)] = await _rows(ends)
        whole = metadata_property.type == MetadataPropertyType.integer
        return (IntegerMetadataMetrics if whole else FloatMetadataMetrics)(min=low, max=high)

    async def similarity_search(self, dataset: Dataset, vector_settings: VectorSettings, **_: Any) -> SearchResponses:
        """Errors: UnprocessableEntityError (HTTP 422), always."""
        raise UnprocessableEntityError("Similar records are found by Elasticsearch; this server runs without it.")


async def _rows(query: Select[Any]) -> list[Any]:
    async with AsyncSessionLocal() as db:
        return list((await db.execute(query)).all())


async def _counts(query: Select[Any]) -> dict[str, int]:
    counts = {str(getattr(key, "value", key)): count for key, count in await _rows(query)}
    return {"total": sum(counts.values()), **counts}
