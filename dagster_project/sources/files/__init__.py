"""The `files` source: a company's exports, turned into the canonical entities by mapping files.

Grain and order: each raw table is one canonical entity of sources/canonical.py, with the columns as
they are and the mapping's `source` first, plus `quarantine`. Everything is read, checked and
counted before the first row is sent, so a load either starts with good data or does not start. See
docs/files.md.
"""

from __future__ import annotations

import dlt
from dlt.extract import DltSource

from dagster_project.settings import Settings
from dagster_project.sources.base import Source, Window
from dagster_project.sources.files.errors import MappingError
from dagster_project.sources.files.mapping_file import load_mapping
from dagster_project.sources.files.resources import TABLES, Extraction

__all__ = ["SOURCE", "extract"]


def extract(window: Window, settings: Settings) -> DltSource:
    """All mappings of the settings as one dlt source.

    Raises:
        MappingError, FileError: a mapping or a file is wrong; the message names it and what to do.
        TooManyRejectedError: too many bad rows; nothing is sent.
    """
    mappings = [load_mapping(path) for path in settings.files_mappings]
    names = [mapping.source for mapping in mappings]
    for path, source in zip(settings.files_mappings, names, strict=True):
        if names.count(source) > 1:
            raise MappingError(
                f"{path}: another mapping is called `source: {source}` too; rename one"
            )
    extraction = Extraction(mappings, window)
    return dlt.source(lambda: extraction.resources(), name="files", max_table_nesting=0)()


SOURCE = Source("files", TABLES, extract)
