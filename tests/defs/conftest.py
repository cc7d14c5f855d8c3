"""The code location's definitions, loaded once for the demo CRM with default settings."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from dagster_project.settings import get_settings


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.RepositoryDefinition]:
    """All definitions, resolved; their settings point to a data folder that stays empty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VORONKA_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.delenv("DBT_TARGET_PATH", raising=False)
        get_settings.cache_clear()
        from dagster_project.definitions import defs

        yield defs().get_repository_def()
    get_settings.cache_clear()
