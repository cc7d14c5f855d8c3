"""The gate: the candidate file of a build, and the checks that decide whether it may be published.

The checks block what follows in the same run. That alone is no protection, since anyone can launch
the publication by itself: so the verdict is sealed beside the candidate, and publishing demands it.
"""

from collections.abc import Iterator

import dagster as dg

from dagster_project.code_version import code_version
from dagster_project.dbt_manifest import prepare_manifest
from dagster_project.defs.extract import WRITER_POOL
from dagster_project.settings import Settings, get_settings
from dagster_project.warehouse.candidate import CandidateRefused, build_candidate, open_candidate
from dagster_project.warehouse.contract import (
    MARTS_SCHEMA,
    PUBLICATIONS_TABLE,
    Contract,
    contract_from_manifest,
)
from dagster_project.warehouse.seal import CHECKS_PAGE, seal
from dagster_project.warehouse.verdict import CheckResult, Verdict

CANDIDATE = dg.AssetKey(["publication", "candidate"])
BUILD_ID = "build_id"
"""Metadata of a materialized candidate: its id, the run that built it."""


def latest_build(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> str:
    """The build of the latest candidate: of this run, or of an earlier one for a step run alone.

    Raises:
        dagster.Failure: no candidate has ever been built.
    """
    event = context.instance.get_latest_materialization_event(CANDIDATE)
    materialization = event.asset_materialization if event else None
    if materialization is None:
        raise dg.Failure("No candidate has been built: materialize publication/candidate first.")
    return str(materialization.metadata[BUILD_ID].value)


def build_candidate_asset(settings: Settings, contract: Contract) -> dg.AssetsDefinition:
    """The asset that copies the marts of this run into a file of their own."""

    @dg.asset(
        key=CANDIDATE,
        deps=[dg.AssetKey([MARTS_SCHEMA, table]) for table in contract],
        description="One build's marts in one file: what the gate checks and, if it passes, what"
        " is published, byte for byte.",
        group_name="publication",
        kinds={"duckdb"},
        pool=WRITER_POOL,
    )
    def candidate(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        try:
            built = build_candidate(settings, context.run_id, contract)
        except CandidateRefused as refusal:
            raise dg.Failure(str(refusal), allow_retries=False) from refusal
        return dg.MaterializeResult(
            metadata={
                BUILD_ID: built.build_id,
                "file": dg.MetadataValue.path(str(built.database)),
                "as_of": built.as_of.isoformat() if built.as_of else "unknown",
                "dagster/row_count": sum(built.tables.values()),
                "rows_by_table": dg.MetadataValue.json(built.tables),
            }
        )

    return candidate


def build_gate(settings: Settings, contract: Contract) -> dg.AssetChecksDefinition:
    """One blocking check per published table, all decided by one run of the expectation suites."""
    tables = [*contract] if PUBLICATIONS_TABLE in contract else [*contract, PUBLICATIONS_TABLE]

    @dg.multi_asset_check(
        name="gate",
        specs=[
            dg.AssetCheckSpec(
                table,
                asset=CANDIDATE,
                blocking=True,
                description=f"Every expectation on `{table}`; a critical failure stops the night.",
            )
            for table in tables
        ],
        pool=WRITER_POOL,
    )
    def gate(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        # Great Expectations takes seconds to import: only the step that needs it pays.
        from dagster_project.quality.page import render_page
        from dagster_project.quality.runner import run_gate

        try:
            candidate = open_candidate(settings, latest_build(context))
        except CandidateRefused as refusal:
            raise dg.Failure(
                f"Nothing to check: {refusal}. Materialize publication/candidate.",
                allow_retries=False,
            ) from refusal
        verdict = run_gate(candidate, settings.warehouse_path, contract)
        page = render_page(verdict, candidate)
        seal(
            candidate,
            verdict,
            run_id=context.run.run_id,
            code_version=code_version(),
            page=page,
        )
        for result in verdict.blocking:
            context.log.error(summary(result))
        page_path = str(candidate.path / CHECKS_PAGE)
        for table, results in _by_check(verdict, tables).items():
            yield _check_result(table, results, page_path)

    return gate


def summary(result: CheckResult) -> str:
    """One line that names the rule that failed, on how many rows, and an example."""
    found = result.error or result.observed or f"{result.unexpected_count} rows"
    example = f"; for example {result.sample[0]}" if result.sample else ""
    return f"{result.table}: {result.rule} - {result.label}: {found}{example}"


def _by_check(verdict: Verdict, tables: list[str]) -> dict[str, list[CheckResult]]:
    """The results under each check; a result about no published table falls to the first check."""
    checks: dict[str, list[CheckResult]] = {table: [] for table in tables}
    for result in verdict.results:
        checks.get(result.table, checks[tables[0]]).append(result)
    return checks


def _check_result(table: str, results: list[CheckResult], page: str) -> dg.AssetCheckResult:
    failed = [result for result in results if result.label != "passed"]
    blocks = any(result.blocks for result in failed)
    return dg.AssetCheckResult(
        asset_key=CANDIDATE,
        check_name=table,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
        description="; ".join(summary(result) for result in failed) or None,
        metadata={
            "checks_run": len(results),
            "checks_failed": len(failed),
            "check_page": dg.MetadataValue.path(page),
        },
    )


@dg.definitions
def quality() -> dg.Definitions:
    """The candidate and its gate."""
    settings = get_settings()
    contract = contract_from_manifest(prepare_manifest(settings))
    return dg.Definitions(
        assets=[build_candidate_asset(settings, contract)],
        asset_checks=[build_gate(settings, contract)],
    )
