"""The dry run: what it tells, and an exit code that says whether a run would load."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from rich.console import Console

from dagster_project.settings import ROOT
from dagster_project.sources.files.check import clean, main
from tests.unit.sources.files.conftest import DEALS, PIPELINE, Company

HEADER = "id,result,stage,who,sum\n"
TEXT = HEADER + "1,won,won,Ann,5\n2,open,new,Bob,x\n3,Пауза,new,Ann,7\n4,open,gone,Ann,7\n"


def mapping(share: float = 1) -> dict[str, Any]:
    columns = DEALS | {
        "outcome": {"column": "result", "map": "results"},
        "stage_id": "stage",
        "manager_id": "who",
        "amount": "sum",
    }
    return {
        "currency": "USD",
        "max_rejected_share": share,
        "files": {"deals": "deals.csv"},
        "values": {"results": {"won": "won", "open": "open"}},
        "entities": PIPELINE
        | {
            "managers": {"rows": [{"manager_id": "Bob", "name": "Bob"}]},
            "deals": {"file": "deals", "columns": columns},
        },
    }


def check(company: Company, text: str, share: float = 1) -> tuple[int, str]:
    company.write("deals.csv", text)
    console = Console(width=200, record=True, file=None, force_terminal=False, quiet=False)
    with console.capture() as capture:
        code = main([str(company.map(mapping(share)))], console)
    return code, capture.get()


def lines(output: str, *words: str) -> list[str]:
    return [line for line in output.splitlines() if all(word in line for word in words)]


def test_check_counts_rows_read_and_rejected(company: Company) -> None:
    code, output = check(company, TEXT)
    assert code == 0
    assert lines(output, "deals.csv", "4", "0")
    assert lines(output, "deals ", "4", "3", "75.00%")
    assert lines(output, "OK: a run would load 6 rows")


def test_check_shows_the_place_and_reason_of_rejected_rows(company: Company) -> None:
    _, output = check(company, TEXT)
    assert lines(output, "deals.csv", " 3 ", "amount", " x ", "is no plain number")


def test_check_lists_unmapped_values_and_unknown_stages(company: Company) -> None:
    _, output = check(company, TEXT)
    unmapped = output[output.index("Unmapped values") : output.index("Rejected rows")]
    assert lines(unmapped, "outcome", "Пауза", "1")
    assert lines(unmapped, "stage_id", "gone", "1")
    assert not lines(unmapped, "amount")


def test_check_counts_stages_and_outcomes(company: Company) -> None:
    _, output = check(
        company, "id,result,stage,who,sum\n1,won,won,Bob,5\n2,open,new,Bob,1\n3,open,new,Bob,1\n"
    )
    assert lines(output, "deals.outcome", "open", "2")
    assert lines(output, "deals.stage_id", "won", "1")


def test_check_names_references_without_an_entry(company: Company) -> None:
    _, output = check(company, TEXT)
    assert lines(output, "deals.manager_id", "1", "Ann", "managers")


def test_check_shows_the_first_rows_and_what_is_not_measurable(company: Company) -> None:
    _, output = check(company, TEXT)
    first = output[output.index("First rows of deals") :]
    assert lines(first, "amount", "5.00")
    assert lines(output, "Not measurable", "has_spend")
    assert lines(output, "Data complete to")


def test_check_fails_when_a_run_would_stop(company: Company) -> None:
    code, output = check(company, TEXT, share=0.5)
    assert code == 1
    assert lines(output, "STOP: deals: 3 of 4 rows rejected, more than 50.00%")
    assert not lines(output, "OK:")


@pytest.mark.parametrize("missing", ["mapping", "file"])
def test_check_fails_on_a_wrong_mapping_or_file(
    company: Company, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = company.map(mapping()) if missing == "file" else company.folder / "nope.yml"
    assert main([str(path)]) == 1
    assert "STOP: " in capsys.readouterr().out


def test_check_shows_markup_and_control_characters_without_obeying_them(company: Company) -> None:
    _, output = check(company, "id,result,stage,who,sum\n[red]1[/red],won,won,\x1b[31mEve,5\n")
    assert "[red]1[/red]" in output
    assert "\x1b" not in output
    assert "\\x1b[31mEve" in output


def test_clean_cuts_long_text() -> None:
    assert clean("x" * 100) == "x" * 59 + "…"
    assert clean(None) == ""


def test_check_runs_from_the_command_line(company: Company) -> None:
    company.write("deals.csv", "id,result,stage,who,sum\n1,won,won,Bob,5\n")
    command = [sys.executable, "-m", "dagster_project.sources.files.check"]
    good = subprocess.run(
        [*command, str(company.map(mapping()))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (good.returncode, "OK: a run would load" in good.stdout) == (0, True)
    wrong = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (wrong.returncode, "usage:" in wrong.stderr) == (2, True)
