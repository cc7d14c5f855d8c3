# ruff: noqa: DTZ001 (text as people write it; UTC without a mark, as raw tables have it)
"""The mapping file: values stay as written, mistakes are named with what to do about them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.sources.files.errors import MappingError
from dagster_project.sources.files.mapping import Mapping
from dagster_project.sources.files.mapping_file import load_mapping

GOOD = """
source: shop
files: {sales: sales.csv}
values: {stages: {Won: won}}
entities:
  deals:
    file: sales
    columns: {deal_id: id, pipeline_id: "'p'", outcome: {column: stage, map: stages}}
"""


def load(tmp_path: Path, text: str, **environment: str) -> Mapping:
    path = tmp_path / "shop.yml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path, environment)


def test_mapping_values_stay_as_they_are_written(tmp_path: Path) -> None:
    mapping = load(
        tmp_path,
        """
source: shop
values:
  flags: {No: "0", yes: 'on', 010: 08, 2024-01-01: 1.10, 1234567890123456789: null}
entities:
  pipelines: {rows: [{pipeline_id: 010, name: No, is_active: true}]}
""",
    )
    assert mapping.values["flags"] == {
        "No": "0",
        "yes": "on",
        "010": "08",
        "2024-01-01": "1.10",
        "1234567890123456789": None,
    }
    assert mapping.entities["pipelines"][0].rows[0] == {
        "pipeline_id": "010",
        "name": "No",
        "is_active": True,
    }


@settings(deadline=None)  # a loaded machine is no failure
@given(text=st.text("0123456789abcdefxyzNYno.e+-:_", min_size=1, max_size=12))
def test_mapping_plain_values_are_text_as_written(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    try:
        plain = yaml.compose(f"a: {text}", yaml.BaseLoader).value[0][1]  # type: ignore[no-untyped-call]
    except yaml.YAMLError:
        return
    if not isinstance(plain, yaml.ScalarNode) or plain.value in ("", "~", "null", "true", "false"):
        return
    path = tmp_path_factory.getbasetemp() / "property.yml"
    path.write_text(f"source: s\nentities: {{}}\nvalues:\n  m:\n    k: {text}\n")
    assert load_mapping(path).values["m"]["k"] == plain.value


def test_mapping_base_is_the_mappings_folder_by_default(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).base == str(tmp_path)


def test_mapping_takes_variables_from_the_environment(tmp_path: Path) -> None:
    text = GOOD + "base: ${EXPORTS}/crm\ntime_zone: ${ZONE:-Asia/Tokyo}\n"
    mapping = load(tmp_path, text, EXPORTS="/data")
    assert (mapping.base, mapping.time_zone) == ("/data/crm", "Asia/Tokyo")


def test_mapping_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"base: environment variable EXPORTS is not set"):
        load(tmp_path, GOOD + "base: ${EXPORTS}/crm\n")


def test_mapping_as_of_is_local_time(tmp_path: Path) -> None:
    mapping = load(tmp_path, GOOD + "time_zone: Europe/Moscow\nas_of: 2024-07-01\n")
    assert mapping.as_of_utc == datetime(2024, 6, 30, 21)
    mapping = load(tmp_path, GOOD + "time_zone: Europe/Moscow\nas_of: 2024-07-01T10:00:00Z\n")
    assert mapping.as_of_utc == datetime(2024, 7, 1, 10)


MISTAKES = {
    "no YAML": ("source: [", "not a YAML file"),
    "a list": ("- a", "a mapping has `source:`"),
    "key twice": (GOOD + "source: other\n", "'source' is given twice"),
    "no source": (GOOD.replace("source: shop", ""), "source: Field required"),
    "bad source": (GOOD.replace("shop", "My Shop"), "source: .*pattern"),
    "unknown setting": (GOOD + "timezone: UTC\n", "timezone: no such setting; see docs/files.md"),
    "unknown zone": (GOOD + "time_zone: Moscow\n", "'Moscow' is no IANA time zone"),
    "bad currency": (GOOD + "currency: rub\n", "currency: "),
    "bad share": (
        GOOD + "max_rejected_share: 3\n",
        "max_rejected_share: .*less than or equal to 1",
    ),
    "unknown entity": (
        GOOD.replace("deals:", "deal:"),
        r"entities.deal: no such entity; did you mean `deals`\?",
    ),
    "capabilities": (
        GOOD.replace("deals:", "source_capabilities:"),
        "entities.source_capabilities: no such entity",
    ),
    "unknown column": (
        GOOD.replace("deal_id: id", "deal_id: id, amout: x"),
        r"entities.deals: 'amout' is no column of deals; did you mean `amount`\?",
    ),
    "unknown file": (
        GOOD.replace("file: sales", "file: sale"),
        r"entities.deals: file 'sale' is not among files and queries; did you mean `sales`\?",
    ),
    "unknown map": (
        GOOD.replace("map: stages", "map: stage"),
        r"columns.outcome: map 'stage' is not among values; did you mean `stages`\?",
    ),
    "two origins": (
        GOOD.replace("column: stage,", "column: stage, sql: x,"),
        "name exactly one of `column`, `sql` and `value`",
    ),
    "no columns": (
        "source: s\nfiles: {a: a.csv}\nentities: {deals: {file: a}}",
        "give `columns`",
    ),
    "file and rows": (
        "source: s\nfiles: {a: a.csv}\nentities: {deals: {file: a, rows: [{deal_id: 1}]}}",
        "give either `file` with `columns`, or `rows`",
    ),
    "rows and where": (
        "source: s\nentities: {deals: {where: x, rows: [{deal_id: 1}]}}",
        "`rows` stand alone",
    ),
    "incremental": (
        GOOD.replace("file: sales", "file: sales\n    incremental: true"),
        "`incremental` needs `updated_at`",
    ),
    "name of a file": (
        GOOD.replace("sales:", "Sales Data:"),
        "'Sales Data': call files and queries",
    ),
    "query like a file": (GOOD + "queries: {sales: select 1}\n", "queries.sales: there is a file"),
}


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_mapping_mistake_is_named_with_what_to_do(tmp_path: Path, mistake: str) -> None:
    text, message = MISTAKES[mistake]
    with pytest.raises(MappingError, match=message) as caught:
        load(tmp_path, text)
    assert "shop.yml" in str(caught.value)


def test_mapping_names_every_mistake_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("deal_id: id", "deal: id, amout: x") + "base: x\n"
    with pytest.raises(MappingError) as caught:
        load(tmp_path, text)
    assert len(str(caught.value).splitlines()) == 2


def test_mapping_that_is_missing_says_so(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"nope\.yml: no such mapping file"):
        load_mapping(tmp_path / "nope.yml")
