"""What the progress line says of a step."""

from __future__ import annotations

import dagster as dg

from dagster_project.nightly.progress import StepState

WARNING, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


def check(*, passed: bool, severity: dg.AssetCheckSeverity) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("deals"),
        check_name="amounts",
        passed=passed,
        metadata={},
        severity=severity,
    )


def test_a_warning_is_not_called_a_failure() -> None:
    state = StepState(
        checks=[check(passed=True, severity=ERROR), check(passed=False, severity=WARNING)]
    )
    assert state.describe() == "2 checks, 1 with warnings"
    assert state.failed_checks == []


def test_a_failure_is_counted_apart_from_warnings() -> None:
    broken = check(passed=False, severity=ERROR)
    state = StepState(checks=[broken, check(passed=False, severity=WARNING)])
    assert state.describe() == "2 checks, 1 failed, 1 with warnings"
    assert state.failed_checks == [broken]
