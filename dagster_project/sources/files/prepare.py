"""A mapping worked out: good rows ready to send, rejected rows ready to show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from dagster_project.sources.files.entities import build_entity, table_columns
from dagster_project.sources.files.errors import MappingError, TooManyRejectedError
from dagster_project.sources.files.expressions import explained
from dagster_project.sources.files.issues import Tally, create_issues, find_issues, tally
from dagster_project.sources.files.mapping import MAPPED_ENTITIES, Mapping
from dagster_project.sources.files.quarantine import create_quarantine
from dagster_project.sources.files.syntax import parse_select, tables_of
from dagster_project.sources.files.text_tables import row_count
from dagster_project.sources.files.workspace import Workspace, workspace
from dagster_project.warehouse.connections import name


@dataclass(frozen=True)
class Prepared:
    """The outcome: good rows of entity `e` in view `_good_<e>`, rejected ones in `_quarantine`."""

    mapping: Mapping
    space: Workspace
    tallies: dict[str, Tally]

    def entities(self) -> tuple[str, ...]:
        return tuple(self.tallies)

    def refuse_if_too_many_rejected(self) -> None:
        """Stop before anything is loaded.

        Raises:
            TooManyRejectedError: names each entity or file over the share, with an example.
        """
        problems = self.over_the_limit()
        if problems:
            raise TooManyRejectedError(
                f"{self.mapping.source}: nothing was loaded: " + "; ".join(problems)
            )

    def over_the_limit(self) -> list[str]:
        """What is over `max_rejected_share`, each with an example."""
        limit = self.mapping.max_rejected_share
        problems = [
            f"{part.label}: {part.lost} of {lines} lines cannot be read, more than {limit:.2%} "
            f"(max_rejected_share); first: line {part.rejected[0].line}: {part.rejected[0].reason}"
            for part in self.space.parts
            if part.lost
            > limit * (lines := row_count(self.space.connection, part.table) + part.lost)
        ]
        for entity, counted in self.tallies.items():
            if counted.share > limit:
                problems.append(
                    f"{entity}: {counted.rejected} of {counted.read} rows rejected, more than "
                    f"{limit:.2%} (max_rejected_share){self._example(entity)}"
                )
        return problems

    def _example(self, entity: str) -> str:
        row = self.space.connection.execute(
            "select file, line, column_name, value, reason from _quarantine where entity = ? "
            "order by file nulls last, line limit 1",
            [entity],
        ).fetchone()
        if row is None:
            return ""
        file, line, column, value, reason = row
        place = f"{file}, line {line}: " if file else ""
        return f"; first: {place}{column + ' ' if column else ''}{value!r} {reason}"


@contextmanager
def prepared(mapping: Mapping) -> Iterator[Prepared]:
    """Read the files, build every mapped entity and sort its rows into good and rejected.

    Raises:
        MappingError: the mapping does not fit the files.
        FileError: a file cannot be read.
    """
    with workspace(mapping) as space:
        _create_queries(space)
        create_issues(space)
        tallies = {}
        # Stages come first: deals and events are checked against them.
        for entity in sorted(mapping.entities, key=lambda one: (one != "stages", order(one))):
            built = build_entity(space, entity)
            find_issues(space, built, "stages" in mapping.entities)
            tallies[entity] = tally(space, built)
        ordered = {entity: tallies[entity] for entity in sorted(tallies, key=order)}
        create_quarantine(space, ordered)
        yield Prepared(mapping, space, ordered)


def order(entity: str) -> int:
    """The canonical order of entities, in which everything is shown."""
    return MAPPED_ENTITIES.index(entity)


def _create_queries(space: Workspace) -> None:
    known = set(space.mapping.files)
    for query_name, sql in space.mapping.queries.items():
        where = f"queries.{query_name}"
        tables = tables_of(parse_select(space.connection, sql, where))
        space.tables_of[query_name] = [table for table in tables if table in known]
        try:
            space.connection.execute(
                f"create table {name(query_name)} as {sql.rstrip().rstrip(';')}"
            )
        except duckdb.Error as error:
            columns = tuple(
                column
                for table in space.tables_of[query_name]
                for column in table_columns(space, table)
            )
            raise MappingError(f"{where}: {explained(error, '', columns)}") from error
        known.add(query_name)


def now() -> datetime:
    """This moment in UTC, without a time zone mark, as the raw tables have it."""
    return datetime.now(UTC).replace(tzinfo=None)
