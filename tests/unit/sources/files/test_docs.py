"""docs/files.md says how it is: its example works and it names every helper and setting."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

import openpyxl

from dagster_project.settings import ROOT
from dagster_project.sources.files.helpers import HELPERS
from dagster_project.sources.files.mapping import Block, ColumnSpec, FileSpec, Mapping
from dagster_project.sources.files.mapping_file import load_mapping
from dagster_project.sources.files.prepare import prepared
from tests.unit.sources.files.conftest import Company, rows

PAGE = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")


def test_documented_example_works_as_it_stands(company: Company) -> None:
    match = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert match is not None
    path = company.write("acme.yml", match[1])
    company.write(
        "deals-1.csv",
        "ID;Result;Owner;Client;Сумма, руб;Created;Test\n"
        "1;Выиграна;Анна;C1;1.200,50;31.01.2024 10:00;\n"
        "2;В работе;Анна;C1;;01.02.2024 10:00;\n"
        "3;Выиграна;Анна;C1;5;01.02.2024 10:00;да\n",
        "cp1251",
    )
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    for row in (("ID", "Company", "Region"), ("C1", "ООО «Ёлка»", "Тверь")):
        workbook.active.append(row)
    workbook.save(company.folder / "clients.xlsx")
    mapping = load_mapping(path, {"EXPORTS": str(company.folder)})
    with prepared(mapping) as result:
        assert rows(result, "select deal_id, outcome, amount, created_at from _good_deals") == [
            {
                "deal_id": "1",
                "outcome": "won",
                "amount": Decimal("1200.50"),
                "created_at": datetime(2024, 1, 31, 7),  # noqa: DTZ001
            },
            {
                "deal_id": "2",
                "outcome": "open",
                "amount": None,
                "created_at": datetime(2024, 2, 1, 7),  # noqa: DTZ001
            },
        ]
        assert rows(result, "select region from _good_customers") == [{"region": "Тверь"}]


def test_documentation_names_every_helper_and_setting() -> None:
    settings = {
        name
        for model in (Mapping, FileSpec, ColumnSpec, Block)
        for name in model.model_fields
    }  # fmt: skip
    missing = {name for name in (*HELPERS, *settings) if not re.search(rf"\b{name}\b", PAGE)}
    assert missing == set()
