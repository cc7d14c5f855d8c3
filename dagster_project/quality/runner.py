"""The gate: run every check on one candidate with Great Expectations and give a verdict.

Great Expectations is imported inside `run_gate` only: the import costs several seconds of CPU. It
runs in memory, without analytics and without Data Docs (they load scripts and a picture from other
servers).
A check that cannot be carried out counts against the build: no answer is not a pass.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

from dagster_project.quality.checks import Check
from dagster_project.quality.contract_checks import TABLE_IS_THERE
from dagster_project.quality.results import SAMPLE_ROWS, broken, presence, result_of
from dagster_project.quality.selection import gate_checks
from dagster_project.settings import switch_telemetry_off
from dagster_project.warehouse.candidate import Candidate
from dagster_project.warehouse.connections import reader
from dagster_project.warehouse.contract import Contract
from dagster_project.warehouse.files import sha256
from dagster_project.warehouse.ops import now
from dagster_project.warehouse.verdict import CheckResult, Verdict

log = logging.getLogger(__name__)


def run_gate(
    candidate: Candidate,
    warehouse_path: Path,
    contract: Contract,
    checks: Sequence[Check] | None = None,
) -> Verdict:
    """Check a candidate against its contract, the suites and the warehouse it was built from.

    `checks` replaces those that `gate_checks` selects.

    Raises:
        WarehouseLocked: another process writes to the warehouse.
        ValueError: a suite or thresholds.yml is wrong.
    """
    checks = gate_checks(contract) if checks is None else checks
    candidate_sha256 = sha256(candidate.database)
    present = candidate.tables.keys() | _warehouse_tables(warehouse_path)
    results = {
        (check.table, check.name): presence(check, check.table in present)
        for check in checks
        if check.name == TABLE_IS_THERE
    }
    asked = [check for check in checks if check.table in present and check.name != TABLE_IS_THERE]
    for result in _ask(candidate.database, warehouse_path, contract, asked):
        results[result.table, result.name] = result
    for check in asked:
        results.setdefault((check.table, check.name), broken(check, "it gave no result"))
    in_order = [(check.table, check.name) for check in checks]
    verdict = Verdict(
        candidate.build_id,
        tuple(results[name] for name in in_order if name in results),
        now(),
        candidate_sha256,
    )
    log.info(
        "gate %s: %d checks, %d block, %d warn",
        "passed" if verdict.passed else "failed",
        verdict.checks_run,
        len(verdict.blocking),
        len(verdict.warnings),
    )
    return verdict


def _warehouse_tables(path: Path) -> set[str]:
    with reader(path) as connection:
        rows = connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
    return {f"{schema}.{table}" for schema, table in rows}


def _ask(
    candidate: Path, warehouse: Path, contract: Contract, checks: Sequence[Check]
) -> Iterator[CheckResult]:
    switch_telemetry_off()
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    from dagster_project.quality.dialect import WAREHOUSE, open_gate

    by_table: dict[str, list[Check]] = {}
    for check in checks:
        by_table.setdefault(check.table, []).append(check)
    # At INFO it writes a dozen lines about its own internals for each check.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    with open_gate(candidate, warehouse) as connection_string:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        source = context.data_sources.add_sql("gate", connection_string=connection_string)
        for table, of_table in by_table.items():
            schema, _, bare = table.rpartition(".")
            schema_name = f"{WAREHOUSE}.{schema}" if schema else None
            key = contract[table].primary_key if table in contract else ()
            try:
                asset = source.add_table_asset(table, table_name=bare, schema_name=schema_name)
                batch = asset.add_batch_definition_whole_table("all").get_batch()
                yield from _ask_batch(batch, of_table, key)
            except Exception as error:  # whatever it is, these checks have no answer
                log.exception("the checks of %s could not be run", table)
                yield from (broken(check, f"{type(error).__name__}: {error}") for check in of_table)


def _ask_batch(batch: Any, checks: Sequence[Check], key: Sequence[str]) -> Iterator[CheckResult]:
    """Run a table's checks: queries give their wrong rows, expectations a sample named by key."""
    for group, result_format in (
        ([check for check in checks if check.query is not None], {"result_format": "COMPLETE"}),
        (
            [check for check in checks if check.query is None],
            {
                "result_format": "SUMMARY",
                "partial_unexpected_count": SAMPLE_ROWS,
                "unexpected_index_column_names": list(key),
            },
        ),
    ):
        yield from _validate(batch, group, result_format)


def _validate(
    batch: Any, checks: Sequence[Check], result_format: dict[str, Any]
) -> Iterator[CheckResult]:
    from great_expectations import ExpectationSuite

    suite = ExpectationSuite(name=str(uuid4()))
    for position, check in enumerate(checks):
        try:
            suite.add_expectation(_expectation(check, position))
        except Exception as error:  # a wrong class, argument or query: no answer to this check
            yield broken(check, f"{type(error).__name__}: {error}")
    if suite.expectations:
        for validation in batch.validate(suite, result_format=result_format).results:
            check = checks[validation.expectation_config.meta["position"]]
            yield result_of(check, validation)


def _expectation(check: Check, position: int) -> Any:
    expectations = import_module("great_expectations.expectations")
    common = {"severity": check.severity, "description": check.rule, "meta": {"position": position}}
    if check.query is not None:
        return expectations.UnexpectedRowsExpectation(unexpected_rows_query=check.query, **common)
    return getattr(expectations, str(check.expect))(**check.arguments, **common)
