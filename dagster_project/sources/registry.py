"""Every source system Voronka can extract; `VORONKA_SOURCES` chooses among them by name.

A new source is one more line here.
"""

from __future__ import annotations

from dagster_project.settings import Settings
from dagster_project.sources import bitrix24, demo, files
from dagster_project.sources.base import Source

SOURCES: tuple[Source, ...] = (
    demo.SOURCE,
    files.SOURCE,
    bitrix24.SOURCE,
)


def enabled_sources(settings: Settings) -> tuple[Source, ...]:
    """The sources named in the settings, in the registry's order.

    Raises:
        ValueError: the settings name a source that is not registered.
    """
    known = {source.name for source in SOURCES}
    unknown = sorted(set(settings.sources) - known)
    if unknown:
        raise ValueError(
            f"VORONKA_SOURCES names {', '.join(unknown)};"
            f" the sources are {', '.join(sorted(known))}"
        )
    return tuple(source for source in SOURCES if source.name in settings.sources)
