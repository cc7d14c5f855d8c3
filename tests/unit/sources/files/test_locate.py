"""Finding files: patterns, addresses, archives; and what is refused on the way."""

from __future__ import annotations

import gzip
import stat
import zipfile
from pathlib import Path

import fsspec
import pytest

from dagster_project.sources.files.errors import FileError
from tests.unit.sources.files.conftest import Company


def test_pattern_reads_every_file_in_the_order_of_names(company: Company) -> None:
    company.write("2024/b.csv", "id,x\n3,\n")
    company.write("2024/a.csv", "x,id\n,1\n,2\n")
    found = company.table("**/*.csv")
    assert [(row["_file"], row["_record"], row["id"]) for row in found] == [
        ("2024/a.csv", 1, "1"),
        ("2024/a.csv", 2, "2"),
        ("2024/b.csv", 1, "3"),
    ]


def test_list_of_paths_reads_each(company: Company) -> None:
    company.write("a.csv", "id\n1\n")
    company.write("b.json", '[{"id": 2}]')
    assert [row["id"] for row in company.table(["b.json", "a.csv"])] == ["2", "1"]


def test_base_with_pattern_signs_in_its_name_is_a_plain_folder(company: Company) -> None:
    company.write("[2024]/a.csv", "id\n1\n")
    assert len(company.table("a.csv", base=str(company.folder / "[2024]"))) == 1


def test_absolute_path_needs_no_base(company: Company, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text("id\n1\n")
    assert company.table(str(tmp_path / "elsewhere.csv"))[0]["id"] == "1"


def test_missing_file_names_the_pattern_and_the_base(company: Company) -> None:
    with pytest.raises(FileError, match=r"nope-\*\.csv: there is no such file in .*company"):
        company.table("nope-*.csv")


def test_link_out_of_the_base_is_refused(company: Company, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("id\n1\n")
    company.write("a.csv", "id\n1\n")
    (company.folder / "b.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(FileError, match=r"b\.csv leads out of .* refused"):
        company.table("*.csv")


def test_path_that_climbs_out_of_the_base_is_refused(company: Company, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("id\n1\n")
    company.folder.mkdir()
    with pytest.raises(FileError, match="leads out of"):
        company.table("../secret.csv")


def test_link_within_the_base_is_followed(company: Company) -> None:
    target = company.write("2024/a.csv", "id\n1\n")
    (company.folder / "latest.csv").symlink_to(target)
    assert len(company.table("latest.csv")) == 1


@pytest.mark.parametrize("base", ["memory://voronka", None])
def test_fsspec_address_is_read(company: Company, base: str | None) -> None:
    filesystem = fsspec.filesystem("memory")
    filesystem.pipe("/voronka/a.csv", b"id\n1\n")
    filesystem.pipe("/voronka/b.csv.gz", gzip.compress(b"id\n2\n"))
    pattern = "*.csv*" if base else "memory://voronka/*.csv*"
    found = company.table(pattern, **({"base": base} if base else {}))
    assert [row["id"] for row in found] == ["1", "2"]
    assert found[0]["_file"].endswith("voronka/a.csv")


def test_fsspec_address_without_a_file_says_so(company: Company) -> None:
    with pytest.raises(FileError, match="no such file"):
        company.table("memory://voronka/none.csv")


def test_fsspec_protocol_without_its_package_says_which(company: Company) -> None:
    with pytest.raises(FileError, match=r"s4://bucket/a\.csv: cannot be read: .*s4"):
        company.table("s4://bucket/a.csv")


def _zip(company: Company, entries: dict[str, str], mode: int = 0) -> None:
    with zipfile.ZipFile(company.write("a.zip", b""), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = mode << 16
            archive.writestr(entry, content)


def test_zip_with_several_files_asks_which(company: Company) -> None:
    _zip(company, {"x/a.csv": "id\n1\n", "x/b.csv": "id\n2\n"})
    with pytest.raises(FileError, match=r"say which with `member`: x/a\.csv, x/b\.csv"):
        company.table("a.zip")
    assert company.table({"path": "a.zip", "member": "*/b.csv"})[0]["id"] == "2"
    assert len(company.table({"path": "a.zip", "member": "*.csv"})) == 2


def test_zip_without_the_member_lists_what_it_holds(company: Company) -> None:
    _zip(company, {"a.csv": "id\n1\n"})
    with pytest.raises(FileError, match=r"no entry is named 'b\.csv'; it holds: a\.csv"):
        company.table({"path": "a.zip", "member": "b.csv"})


@pytest.mark.parametrize(
    "name", ["../a.csv", "x/../../a.csv", "/etc/a.csv", "..\\a.csv", "C:\\a.csv"]
)
def test_zip_entry_that_climbs_out_refuses_the_archive(company: Company, name: str) -> None:
    _zip(company, {"good.csv": "id\n1\n", name: "id\n2\n"})
    with pytest.raises(FileError, match="leads out of its folder: refused"):
        company.table({"path": "a.zip", "member": "good.csv"})
    assert sorted(path.name for path in company.folder.parent.iterdir()) == ["company"]


def test_zip_entry_that_is_a_link_refuses_the_archive(company: Company) -> None:
    _zip(company, {"a.csv": "/etc/passwd"}, mode=stat.S_IFLNK | 0o777)
    with pytest.raises(FileError, match="is a link: refused"):
        company.table("a.zip")


@pytest.mark.parametrize("packing", ["zip", "gz"])
def test_archive_that_unpacks_to_too_much_is_refused(company: Company, packing: str) -> None:
    bomb = "id\n" + "0" * (3 << 20)
    if packing == "zip":
        _zip(company, {"a.csv": bomb})
    else:
        company.write("a.gz", gzip.compress(bomb.encode()))
    with pytest.raises(FileError, match=r"unpacks to more than 1 MB: refused"):
        company.table(f"a.{packing}", max_unpacked_mb=1)


def test_xlsx_that_unpacks_to_too_much_is_refused(company: Company) -> None:
    _zip(company, {"xl/worksheets/sheet1.xml": "0" * (3 << 20)})
    (company.folder / "a.zip").rename(company.folder / "a.xlsx")
    with pytest.raises(FileError, match=r"a\.xlsx: unpacks to 3 MB: refused"):
        company.table("a.xlsx", max_unpacked_mb=1)


@pytest.mark.parametrize("cut", [5, 40])
def test_broken_gzip_says_so(company: Company, cut: int) -> None:
    company.write("a.csv.gz", gzip.compress(b"id\n" + bytes(range(256)) * 9)[:-cut])
    with pytest.raises(FileError, match=r"a\.csv\.gz: broken gzip file"):
        company.table("a.csv.gz")


def test_broken_zip_says_so(company: Company) -> None:
    _zip(company, {"a.csv": "id\n" + "1\n" * 99})
    path = company.folder / "a.zip"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(FileError, match=r"a\.zip: cannot be unpacked"):
        company.table("a.zip")


def test_temporary_files_go_with_the_workspace(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    company.write("a.csv.gz", gzip.compress(b"id\n1\n"))
    assert company.table("a.csv.gz")
    assert list(temporary.iterdir())
    company._stack.close()
    assert not list(temporary.iterdir())
