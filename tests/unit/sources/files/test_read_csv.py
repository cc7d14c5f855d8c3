"""CSV in every dress: delimiters, encodings, compression, line ends; and broken lines."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_project.sources.files.errors import FileError
from dagster_project.sources.files.line_numbers import Layout, find_lines
from tests.unit.sources.files.conftest import Company, rejects

TEXT = "id,имя\n1,Ёлка-Ромашка\n2,Щука\n"
WESTERN = "id,name\n1,Luleå snabbköp\n2,Ana – Trujillo €\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_csv_in_any_encoding_gives_the_same_text(company: Company, encoding: str) -> None:
    company.write("a.csv", TEXT, encoding)
    found = company.table({"path": "a.csv", "encoding": encoding})
    assert [(row["id"], row["имя"]) for row in found] == [("1", "Ёлка-Ромашка"), ("2", "Щука")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_csv_with_a_byte_order_mark_needs_no_encoding(company: Company, encoding: str) -> None:
    company.write("a.csv", TEXT, encoding)
    assert company.table("a.csv")[1]["имя"] == "Щука"


def test_csv_in_cp1252_keeps_accents_and_signs(company: Company) -> None:
    company.write("a.csv", WESTERN, "cp1252")
    found = company.table({"path": "a.csv", "encoding": "cp1252"})
    assert [row["name"] for row in found] == ["Luleå snabbköp", "Ana – Trujillo €"]


def test_csv_in_another_encoding_than_declared_stops_with_the_likely_one(company: Company) -> None:
    company.write("a.csv", "id,имя\n" + "1,Ёлка и Щука\n" * 20, "cp1251")
    with pytest.raises(
        FileError, match=r"a\.csv: .* not UTF-8; set `encoding`, it looks like cp1251"
    ):
        company.table("a.csv")


def test_csv_with_an_unknown_encoding_says_so(company: Company) -> None:
    company.write("a.csv", TEXT)
    with pytest.raises(FileError, match="'cp125l' is no encoding"):
        company.table({"path": "a.csv", "encoding": "cp125l"})


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_delimiter_is_seen_in_the_header(company: Company, delimiter: str) -> None:
    company.write("a.csv", "id,note\n1,x\n".replace(",", delimiter))
    assert company.table("a.csv")[0]["note"] == "x"


def test_csv_quoted_header_is_not_split(company: Company) -> None:
    company.write("a.csv", '"Amount; net",id\n5,1\n')
    assert company.table("a.csv")[0]["Amount; net"] == "5"


def test_csv_takes_any_delimiter_and_no_quotes(company: Company) -> None:
    company.write("a.csv", 'id^note\n1^5" pipe\n')
    found = company.table({"path": "a.csv", "delimiter": "^", "quote": ""})
    assert found[0]["note"] == '5" pipe'


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_line_ends_do_not_matter(company: Company, end: str) -> None:
    company.write("a.csv", end.join(["id,note", "1,x", '2,"two', 'lines"', "3,z"]))
    assert [row["id"] for row in company.table("a.csv")] == ["1", "2", "3"]


def test_csv_that_mixes_line_ends_is_read(company: Company) -> None:
    company.write("a.csv", "id,note\n1,x\r\n2,y\n3,z\r\n")
    found = company.table("a.csv")
    assert [(row["id"], row["note"]) for row in found] == [("1", "x"), ("2", "y"), ("3", "z")]


def test_csv_columns_get_usable_names(company: Company) -> None:
    company.write("a.csv", "id,,Id,_row, padded \n1,2,3,4,5\n")
    assert set(company.table("a.csv")[0]) == {
        *("id", "column_2", "Id_2", "_row_2", "padded"),
        *("_row", "_record", "_file"),
    }


def test_csv_without_header_takes_the_mappings_names(company: Company) -> None:
    company.write("a.csv", "1,x\n2,y\n")
    found = company.table({"path": "a.csv", "header": False, "columns": ["id", "note"]})
    assert [row["note"] for row in found] == ["x", "y"]


def test_csv_without_header_refuses_a_wrong_number_of_names(company: Company) -> None:
    company.write("a.csv", "1,x\n")
    with pytest.raises(FileError, match="has 2 columns, the mapping names 1"):
        company.table({"path": "a.csv", "header": False, "columns": ["id"]})


def test_csv_skips_the_rows_before_the_header(company: Company) -> None:
    company.write("a.csv", "Report of 2024\n\nid,note\n1,x\n")
    assert company.table({"path": "a.csv", "skip_rows": 2})[0]["note"] == "x"


def test_csv_with_an_empty_header_says_what_to_set(company: Company) -> None:
    company.write("a.csv", "\nid,note\n1,x\n")
    with pytest.raises(FileError, match=r"a\.csv: line 1 should be the header .* `skip_rows`"):
        company.table("a.csv")


def test_csv_null_values_and_blank_rows_are_nothing(company: Company) -> None:
    company.write("a.csv", "id,note\n1,NULL\n,\n\n2,\n")
    found = company.table({"path": "a.csv", "null_values": ["NULL"]})
    assert [(row["id"], row["note"]) for row in found] == [("1", None), ("2", None)]


def test_csv_formula_text_stays_text(company: Company) -> None:
    company.write("a.csv", "id,note\n1,\"=cmd|' /C calc'!A0\"\n")
    assert company.table("a.csv")[0]["note"] == "=cmd|' /C calc'!A0"


def test_csv_ids_of_19_digits_and_leading_zeros_keep_every_digit(company: Company) -> None:
    company.write("a.csv", "id,zip\n9223372036854775809,00120\n1e5,1.10\n")
    found = company.table("a.csv")
    assert [(row["id"], row["zip"]) for row in found] == [
        ("9223372036854775809", "00120"),
        ("1e5", "1.10"),
    ]


def test_csv_in_gzip_is_unpacked(company: Company) -> None:
    company.write("a.csv.gz", gzip.compress(TEXT.encode("cp1251")))
    assert company.table({"path": "a.csv.gz", "encoding": "cp1251"})[1]["имя"] == "Щука"


def test_csv_in_zip_is_unpacked(company: Company, tmp_path: Path) -> None:
    with zipfile.ZipFile(company.write("a.zip", b""), "w") as archive:
        archive.writestr("export/a.csv", TEXT)
    assert company.table({"path": "a.zip"})[0]["_file"] == "a.zip!export/a.csv"


def test_csv_lines_format_keeps_the_whole_line(company: Company) -> None:
    company.write("a.csv", 'beer,"wine\n\nmilk\n')
    found = company.table({"path": "a.csv", "format": "lines"})
    assert [(row["line"], row["_record"]) for row in found] == [('beer,"wine', 1), ("milk", 3)]


BROKEN = "\n".join(
    [
        "id,result,note",
        "1,new,ok",
        '2,new,"two',
        'lines"',
        "",
        "3,new",
        "4,new,a,b",
        '5,new,"quo"te',
        "6,new,ok",
    ]
)


def _deals(company: Company, name: str = "deals.csv") -> object:
    return company.prepare(
        {
            "max_rejected_share": 1,
            "files": {"deals": name},
            "entities": {
                "pipelines": {"rows": [{"pipeline_id": "p", "name": "P"}]},
                "deals": {"file": "deals", "columns": {"deal_id": "id", "outcome": "'open'"}},
            },
        }
    )


def test_csv_broken_lines_are_rejected_with_their_line_numbers(company: Company) -> None:
    company.write("deals.csv", BROKEN)
    result = _deals(company)
    found = result.space.connection.execute(  # type: ignore[attr-defined]
        "select line, value, reason from _quarantine order by line"
    ).fetchall()
    assert found == [
        (6, "3,new", "the line has fewer columns than the header"),
        (7, "4,new,a,b", "the line has more columns than the header"),
        (
            8,
            '5,new,"quo"te',
            "a quote is opened and not closed, or text stands beside a quoted value",
        ),
    ]


def test_csv_line_with_broken_bytes_is_rejected_alone(company: Company) -> None:
    good = "".join(f"{number},new,ok\n" for number in range(200))
    company.write("deals.csv", b"id,result,note\n7,new,\xff\xfe\n" + good.encode())
    result = _deals(company)
    assert [row[1:3] for row in rejects(result)] == [("deals.csv", 2)]  # type: ignore[arg-type]


def test_csv_bytes_undefined_in_the_declared_encoding_reject_their_line(company: Company) -> None:
    company.write("a.csv", b"id,note\n1,\x98\n2,\xd9\xf3\xea\xe0\n")
    found = company.table({"path": "a.csv", "encoding": "cp1251"})
    assert [row["note"] for row in found] == ["Щука"]


def test_csv_quote_that_never_closes_counts_every_line_it_swallows(company: Company) -> None:
    lines = ["id,result,note", *(f"{number},new,ok" for number in range(1000))]
    lines[101] = '100,new,"oops'
    company.write("deals.csv", "\n".join(lines) + "\n")
    result = _deals(company)
    assert result.tallies["deals"].read == 1000  # type: ignore[attr-defined]
    assert result.tallies["deals"].rejected == 900  # type: ignore[attr-defined]


FIELD = st.text(alphabet='ab,"\n ', max_size=6)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(data=st.data())
def test_line_numbers_of_records_are_where_the_records_begin(
    tmp_path: Path, data: st.DataObject
) -> None:
    records = data.draw(st.lists(st.tuples(FIELD, FIELD, st.integers(0, 2)), max_size=15))
    text, expected, line = "h1,h2\n", {}, 2
    for number, (first, second, blanks) in enumerate(records):
        text += "\n" * blanks
        line += blanks
        expected[number] = line
        record = ",".join('"' + field.replace('"', '""') + '"' for field in (first, second)) + "\n"
        text += record
        line += record.count("\n")
    path = tmp_path / "lines.csv"
    path.write_text(text, newline="")
    layout = Layout(path, '"', 0, header=True, blank_lines_count=False)
    assert find_lines(layout, (), expected)[0] == expected
