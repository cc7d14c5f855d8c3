"""Which checks a build has to pass: those of its published tables and of the core behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dagster_project.quality.checks import Check, Thresholds, read_suites, read_thresholds
from dagster_project.quality.contract_checks import contract_checks, table_is_there
from dagster_project.warehouse.contract import Contract


def gate_checks(contract: Contract, thresholds: Thresholds | None = None) -> list[Check]:
    """All checks for the tables of `contract` and of the warehouse, with their severities.

    A suite of a table that is not in the contract is left out: that table is not published.

    Raises:
        ValueError: thresholds.yml names a check that does not exist, or a suite is wrong.
    """
    thresholds = thresholds or read_thresholds()
    suites = read_suites(thresholds)
    from_contract = contract_checks(contract, thresholds)
    warehouse_tables = dict.fromkeys(check.table for check in suites if "." in check.table)
    checks = [
        *from_contract,
        *(check for check in suites if check.table in contract),
        *(table_is_there(table) for table in warehouse_tables),
        *(check for check in suites if "." in check.table),
    ]
    _demand_known(thresholds, [*checks, *suites])
    return [
        replace(
            check, severity=thresholds.severities.get(f"{check.table}.{check.name}", "critical")
        )
        for check in checks
    ]


def _demand_known(thresholds: Thresholds, checks: Iterable[Check]) -> None:
    known = {f"{check.table}.{check.name}" for check in checks}
    unknown = sorted(thresholds.severities.keys() - known)
    if unknown:
        raise ValueError(f"thresholds.yml gives a severity to unknown checks: {', '.join(unknown)}")
