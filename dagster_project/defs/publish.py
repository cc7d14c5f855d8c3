"""Publication: the candidate becomes what everybody reads, only with a passed audit of its own."""

import dagster as dg

from dagster_project.defs.extract import WRITER_POOL
from dagster_project.defs.health import NIGHTLY_FRESHNESS
from dagster_project.defs.quality import CANDIDATE, latest_build
from dagster_project.settings import Settings, get_settings
from dagster_project.warehouse.candidate import DATABASE
from dagster_project.warehouse.publication import PublicationRefused, publish

PUBLISHED = dg.AssetKey(["publication", "published"])


def build_published_asset(settings: Settings) -> dg.AssetsDefinition:
    """The asset that switches `published/current` to the audited candidate."""

    @dg.asset(
        key=PUBLISHED,
        deps=[CANDIDATE],
        description="What readers see: `published/current`, switched in one step. Refused without"
        " a passed audit of the latest candidate, also when launched alone.",
        group_name="publication",
        kinds={"duckdb", "parquet", "csv"},
        pool=WRITER_POOL,
        freshness_policy=NIGHTLY_FRESHNESS,
    )
    def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        try:
            publication = publish(settings, latest_build(context))
        except PublicationRefused as refusal:
            raise dg.Failure(
                f"Not published, readers keep what they have: {refusal}", allow_retries=False
            ) from refusal
        audit = publication.audit
        rows = {table: audited.rows for table, audited in audit.tables.items()}
        return dg.MaterializeResult(
            metadata={
                "build_id": audit.build_id,
                "file": dg.MetadataValue.path(str(settings.current_link / DATABASE)),
                "version": dg.MetadataValue.path(str(publication.path)),
                "as_of": audit.as_of.isoformat() if audit.as_of else "unknown",
                "checks_run": audit.checks_run,
                "checks_failed": audit.checks_failed,
                "dagster/row_count": sum(rows.values()),
                "rows_by_table": dg.MetadataValue.json(rows),
            }
        )

    return published


@dg.definitions
def publication() -> dg.Definitions:
    """The publication."""
    return dg.Definitions(assets=[build_published_asset(get_settings())])
