"""Records of a noun in a table: the columns that are looked up, and a `body` column with the whole record (msgpack).

A noun's module declares a table and registers it:

    table = record_table("resources", Column("id", Text), Column("name", Text), Column("type", Text), key="id")
    register(Resource, table, key="id", unique=[("name",)])

Every such table has a `tenant` column; its primary key is (tenant, key). A column takes its value from the record's
attribute of the same name, or from what `columns` names: an attribute, or a function of the record. Names in
`unique` stand for uniqueness within a tenant.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec
from sqlalchemy import Column, Index, LargeBinary, Select, Table, Text, delete, func, select

from weft.domain.access import DEFAULT_TENANT
from weft.domain.errors import Conflict, TooLarge
from weft.domain.tenancy import EVERY_TENANT
from weft.store.metadata import metadata
from weft.store.statements import insert_text, text_of, upsert_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

R = TypeVar("R", bound=msgspec.Struct)
_encoder = msgspec.msgpack.Encoder()
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Registration(msgspec.Struct):
    """How the records of one type are kept."""

    record: type[msgspec.Struct]
    table: Table
    key: str
    readers: tuple[Callable[[Any], Any], ...]
    decoder: msgspec.msgpack.Decoder[Any]
    insert_sql: str
    put_sql: str
    texts: dict[Any, str] = {}


_registered: dict[type[msgspec.Struct], Registration] = {}


def record_table(name: str, *columns: Column[Any], key: str) -> Table:
    """A table of records: `tenant`, the given columns, `body`; primary key (tenant, key)."""
    for column in columns:
        column.nullable = column.nullable and column.name != key
        column.primary_key = column.name == key
    return Table(
        name,
        metadata,
        Column("tenant", Text, primary_key=True, nullable=False),
        *columns,
        Column("body", LargeBinary, nullable=False),
        sqlite_with_rowid=True,
    )


def _reader(source: str | Callable[[Any], Any], column: str) -> Callable[[Any], Any]:
    if callable(source):
        return source
    if column == "tenant":
        return lambda record: getattr(record, "tenant", DEFAULT_TENANT)
    return lambda record: getattr(record, source)


def register(
    record: type[msgspec.Struct],
    table: Table,
    *,
    key: str,
    columns: Mapping[str, str | Callable[[Any], Any]] | None = None,
    unique: Sequence[Sequence[str] | str] = (),
) -> None:
    """Keep records of type `record` in `table`. Raises ValueError for columns that are missing."""
    given = dict(columns or {})
    for name in ("tenant", key, "body"):
        if name not in table.c:
            raise ValueError(f"table {table.name} has no column {name}")
    for group in unique:
        names = ("tenant", *((group,) if isinstance(group, str) else group))
        Index(f"uq_{table.name}_{'_'.join(names)}", *(table.c[name] for name in names), unique=True)
    _registered[record] = Registration(
        record=record,
        table=table,
        key=key,
        readers=tuple(_reader(given.get(c.name, c.name), c.name) for c in table.columns if c.name != "body"),
        decoder=msgspec.msgpack.Decoder(record),
        insert_sql=insert_text(table),
        put_sql=upsert_text(table),
    )
    if table.columns.keys()[-1] != "body":
        raise ValueError(f"the last column of {table.name} must be body")


def registration(record: type[msgspec.Struct]) -> Registration:
    """Raises LookupError for a type nobody registered: its store module is not imported or does not exist."""
    try:
        return _registered[record]
    except KeyError:
        raise LookupError(f"no table holds records of type {record.__name__}") from None


def _spoken(record: type[msgspec.Struct]) -> str:
    """The noun of a record in a message: `EventType` is an event type."""
    return _CAPITAL.sub(" ", record.__name__).lower()


class SqlCollection(Generic[R]):
    """`weft.ports.store.Collection` on one connection."""

    __slots__ = ("_connection", "_how", "_sql")

    def __init__(self, how: Registration, sql: sqlite3.Connection, connection: Callable[[], Connection]) -> None:
        self._how = how
        self._sql = sql
        self._connection = connection

    def get(self, key: str, *, tenant: str = DEFAULT_TENANT) -> R | None:
        """The record with that key."""
        how = self._how
        text = how.texts.get("get")
        if text is None:
            table = how.table
            text = text_of(select(table.c.body).where(table.c.tenant == "", table.c[how.key] == ""))
            how.texts["get"] = text
        row = self._sql.execute(text, (tenant, key)).fetchone()
        return None if row is None else cast("R", how.decoder.decode(row[0]))

    def find(
        self,
        *,
        tenant: str = DEFAULT_TENANT,
        order: Sequence[str] = (),
        limit: int | None = None,
        offset: int = 0,
        **equals: Any,
    ) -> list[R]:
        """Records whose columns equal the given values, ordered by columns (`-name`: downwards), then by key.

        A list, tuple or set as a value means: any of these; None: no value. Raises LookupError for an unknown column.
        """
        decode = self._how.decoder.decode
        if (
            limit is None
            and not offset
            and not any(v is None or isinstance(v, (list, tuple, set)) for v in equals.values())
        ):
            shape = ("find", tenant == EVERY_TENANT, tuple(order), tuple(equals))
            text = self._how.texts.get(shape)
            if text is None:
                text = text_of(self._ordered(self._where(select(self._how.table.c.body), tenant, equals), order))
                self._how.texts[shape] = text
            values = list(equals.values()) if tenant == EVERY_TENANT else [tenant, *equals.values()]
            return [cast("R", decode(row[0])) for row in self._sql.execute(text, values)]
        statement = self._ordered(self._where(select(self._how.table.c.body), tenant, equals), order)
        if limit is not None or offset:
            statement = statement.limit(-1 if limit is None else limit).offset(offset)
        return [cast("R", decode(row[0])) for row in self._connection().execute(statement)]

    def count(self, *, tenant: str = DEFAULT_TENANT, **equals: Any) -> int:
        """How many records `find` would give."""
        statement = self._where(select(func.count()).select_from(self._how.table), tenant, equals)
        return int(self._connection().execute(statement).scalar_one())

    def insert(self, record: R) -> None:
        """Raises Conflict when the key, or another unique column, is taken."""
        self._write(self._how.insert_sql, record)

    def put(self, record: R) -> None:
        """Insert or replace by key. Raises Conflict when another unique column is taken."""
        self._write(self._how.put_sql, record)

    def delete(self, key: str, *, tenant: str = DEFAULT_TENANT) -> bool:
        """Whether there was such a record."""
        how = self._how
        text = how.texts.get("delete")
        if text is None:
            text = text_of(delete(how.table).where(how.table.c.tenant == "", how.table.c[how.key] == ""))
            how.texts["delete"] = text
        return self._sql.execute(text, (tenant, key)).rowcount > 0

    def _write(self, text: str, record: R) -> None:
        how = self._how
        values = [read(record) for read in how.readers]
        try:
            values.append(_encoder.encode(record))
        except OverflowError:
            raise TooLarge("a whole number is larger than 64 bits") from None
        try:
            self._sql.execute(text, values)
        except sqlite3.IntegrityError as error:
            raise Conflict(f"{_spoken(how.record)} {getattr(record, how.key, '')} exists", code="taken") from error

    def _where(self, statement: Select[Any], tenant: str, equals: Mapping[str, Any]) -> Select[Any]:
        table = self._how.table
        if tenant != EVERY_TENANT:
            statement = statement.where(table.c.tenant == tenant)
        for name, value in equals.items():
            if name not in table.c:
                raise LookupError(f"{table.name} has no column {name}")
            if value is None:
                statement = statement.where(table.c[name].is_(None))
            elif isinstance(value, (list, tuple, set)):
                statement = statement.where(table.c[name].in_(list(cast("Sequence[Any]", value))))
            else:
                statement = statement.where(table.c[name] == value)
        return statement

    def _ordered(self, statement: Select[Any], order: Sequence[str]) -> Select[Any]:
        table = self._how.table
        for name in order:
            column = table.c[name.removeprefix("-")]
            statement = statement.order_by(column.desc() if name.startswith("-") else column)
        return statement.order_by(table.c[self._how.key])
