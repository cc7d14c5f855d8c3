"""The gate: the candidate file of a build, and the checks that decide whether it may be published.

The checks block what follows in the same run. That alone is no protection, since anyone can launch
the publication by itself: so the verdict is sealed beside the candidate, and publishing demands it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg

from dagster_project.code_version import code_version
from dagster_project.dbt_manifest import read_manifest
from dagster_project.defs.extract import WRITER_POOL
from dagster_project.quality.checks import Check
from dagster_project.quality.selection import gate_checks
from dagster_project.settings import Settings, get_settings
from dagster_project.warehouse.candidate import CandidateRefused, build_candidate, open_candidate
from dagster_project.warehouse.contract import (
    MARTS_SCHEMA,
    Contract,
    contract_from_manifest,
)
from dagster_project.warehouse.seal import CHECKS_PAGE, seal
from dagster_project.warehouse.verdict import CheckResult

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
    """One blocking check per table, all decided by one run of the expectation suites."""
    checks: dict[str, list[Check]] = {}
    for check in gate_checks(contract):
        checks.setdefault(check.table, []).append(check)

    @dg.multi_asset_check(
        name="gate",
        specs=[
            dg.AssetCheckSpec(
                check_name(table),
                asset=CANDIDATE,
                blocking=True,
                description="\n".join(f"- {check.rule}" for check in of_table),
            )
            for table, of_table in checks.items()
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
        folder = version_folder(settings, candidate.build_id) if verdict.passed else candidate.path
        results = verdict.by_table()
        for table in checks:
            yield _check_result(table, results.get(table, ()), folder / CHECKS_PAGE)

    return gate


def version_folder(settings: Settings, build_id: str) -> Path:
    """Where a candidate goes when it is published, with its check page."""
    return settings.published_dir / "v" / build_id


def check_name(table: str) -> str:
    """The name of a table's check; a dot, as in `core.fct_deals`, is not allowed there."""
    return table.replace(".", "__")


def summary(result: CheckResult) -> str:
    """One line that names the rule that failed, on how many rows, and an example."""
    found = result.error or result.observed or f"{result.unexpected_count} rows"
    example = f"; for example {result.sample[0]}" if result.sample else ""
    return f"{result.table}: {result.rule} - {result.label}: {found}{example}"


def _check_result(table: str, results: Sequence[CheckResult], page: Path) -> dg.AssetCheckResult:
    """A table without results was not checked, and that does not pass."""
    failed = [result for result in results if result.label != "passed"]
    blocks = not results or any(result.blocks for result in failed)
    return dg.AssetCheckResult(
        asset_key=CANDIDATE,
        check_name=check_name(table),
        passed=not failed and not blocks,
        severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
        description="; ".join(map(summary, failed)) or None,
        metadata={
            "checks_run": len(results),
            "checks_failed": len(failed),
            "check_page": dg.MetadataValue.path(str(page)),
        },
    )


@dg.definitions
def quality() -> dg.Definitions:
    """The candidate and its gate."""
    settings = get_settings()
    contract = contract_from_manifest(read_manifest(settings))
    return dg.Definitions(
        assets=[build_candidate_asset(settings, contract)],
        asset_checks=[build_gate(settings, contract)],
    )
