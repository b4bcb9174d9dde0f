import pytest

from neuroscope.errors import BadInputError
from neuroscope.io.case_table import read_case_table

HEAD = "file,class,patient,group,sequence,plane,grade,site,source,age,date,volume\n"


@pytest.fixture
def table(tmp_path):
    def write(text: str, *, head: str = HEAD):
        path = tmp_path / "table.csv"
        path.write_text(head + text, encoding="utf-8")
        return path

    return write


def test_what_is_known_of_a_case_is_read(table):
    path = table("a/b.png,glioma,Jane,fam 1,t1c,axial,4,left,scanner 2,61.5,2024-01-31,12\nc.png\n")
    first, second = read_case_table(path)
    assert (first.file, first.patient, first.group) == ("a/b.png", "Jane", "fam 1")
    assert (first.facts.label, first.facts.label_source) == ("glioma", "reference")
    assert (first.facts.age, first.facts.volume_ml, first.facts.date) == (61.5, 12.0, "2024-01-31")
    assert second.facts.label is None
    assert second.facts.label_source is None
    assert second.facts.age is None


def test_a_table_of_files_alone_is_enough(table):
    assert [row.file for row in read_case_table(table("x\ny\n", head="file\n"))] == ["x", "y"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",glioma", "Row 2"),
        ("/etc/passwd", "Row 2"),
        ("../x.png", "Row 2"),
        ("a.png,,,,,,,,,old", "age 'old'"),
        ("a.png,,,,,,,,,-3", "age '-3'"),
        ("a.png,,,,,,,,,nan", "age 'nan'"),
        ("a.png,,,,,,,,,,31.1.2024", "31.1.2024"),
        ("a.png,,,,,,,,,,,9e9", "volume"),
        ("a.png,,,,,,,,,,,,too,long", "too long"),
        ("a.png\nb.png\na.png", "'a.png' stands twice"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(table, row, said):
    with pytest.raises(BadInputError, match=said):
        read_case_table(table(row + "\n"))


def test_unknown_columns_and_missing_ones_are_named(table):
    with pytest.raises(BadInputError, match="diagnosis"):
        read_case_table(table("a,b\n", head="file,diagnosis\n"))
    with pytest.raises(BadInputError, match="lacks a column 'file'"):
        read_case_table(table("", head=""))


def test_what_is_no_table_is_refused(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00\x01file")
    for path in (tmp_path / "t.csv", tmp_path / "nowhere.csv"):
        with pytest.raises(BadInputError, match="table"):
            read_case_table(path)
