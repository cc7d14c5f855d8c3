"""Suites and thresholds are data that people edit: what they get wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.quality.checks import Check, Thresholds, read_suites, read_thresholds
from dagster_project.quality.selection import gate_checks
from dagster_project.warehouse.contract import TableContract
from tests.unit.quality.conftest import CONTRACT

PLAIN = Thresholds({}, {"tolerance": 0.5}, {})


def suite(folder: Path, content: str) -> Path:
    (folder / "suite.yml").write_text(content)
    return folder


def test_suites_of_the_project_are_readable_and_their_names_are_unique() -> None:
    checks = read_suites(read_thresholds())
    names = [(check.table, check.name) for check in checks]
    assert len(names) == len(set(names)) > 40
    assert all(check.rule.endswith(".") for check in checks), "a rule is a sentence"


def test_project_thresholds_name_only_checks_that_exist() -> None:
    checks = gate_checks(CONTRACT)
    warnings = {f"{check.table}.{check.name}" for check in checks if check.severity == "warning"}
    assert warnings == read_thresholds().severities.keys()


def test_bad_rows_become_a_query_with_limits(tmp_path: Path) -> None:
    folder = suite(tmp_path, "t:\n  c:\n    rule: R.\n    bad_rows: x > {tolerance}\n")
    assert read_suites(PLAIN, folder) == [
        Check("t", "c", "R.", query="select * from {batch} where x > 0.5")
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("t:\n  c:\n    bad_rows: x\n", r"suite\.yml: t\.c needs a rule"),
        ("t:\n  c:\n    rule: R.\n", r"t\.c needs a rule and one of"),
        ("t:\n  c:\n    rule: R.\n    bad_row: x\n", r"t\.c needs a rule and one of"),
        ("t:\n  c:\n    rule: R.\n    query: '{nope}'\n", r"t\.c names 'nope'"),
    ],
)
def test_wrong_suite_is_named(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_suites(PLAIN, suite(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("severities: {a.b: error}", "a.b is 'error'; write critical or warning"),
        ("severity: {}", "unknown section severity"),
    ],
)
def test_wrong_thresholds_are_named(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "thresholds.yml"
    file.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_thresholds(file)


def test_severity_of_an_unknown_check_is_refused() -> None:
    thresholds = Thresholds({"deals.no_such_check": "warning"}, read_thresholds().limits, {})
    with pytest.raises(ValueError, match=r"unknown checks: deals\.no_such_check"):
        gate_checks({}, thresholds)


def test_row_counts_bound_a_table() -> None:
    thresholds = Thresholds({}, read_thresholds().limits, {"t": (1, 5)})
    contract = {"t": TableContract({"a": "integer"}, ("a",))}
    check = next(
        item for item in gate_checks(contract, thresholds) if item.name == "has_enough_rows"
    )
    assert check.arguments == {"min_value": 1, "max_value": 5}
    assert check.rule == "The table has at least 1 rows and at most 5."
