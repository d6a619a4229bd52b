"""Names as bytes: what goes in comes out, and can be found."""

import pytest

from s3tui.tui.view.name_column import NameColumn

ODD = ("a", "", "naïve 名", "zero\0byte", "\udcff\udcfe", ".hidden", "a" * 1024)


def column(*names: str) -> NameColumn:
    """A column that got its names in two pieces."""
    made = NameColumn()
    for some in (names[:2], (), names[2:]):
        made.extend([name.encode("utf-8", "surrogateescape") for name in some])
    return made


def test_names_come_out_as_they_went_in() -> None:
    """Also empty ones, bytes that are no text, and zero bytes."""
    names = column(*ODD)
    assert list(names) == list(ODD) == names[:] == [names[row] for row in range(len(names))]
    assert names[-1] == ODD[-1]
    for row in (len(ODD), -len(ODD) - 1):
        with pytest.raises(IndexError):
            names[row]


@pytest.mark.parametrize("row", range(len(ODD)))
def test_each_name_is_found_at_its_row(row: int) -> None:
    """Whole names only, and the first of several."""
    names = column(*ODD, *ODD)
    assert names.find(ODD[row]) == row
    assert ODD[row] in names


@pytest.mark.parametrize("name", ["zero", "byte", "hidden", "b", "a\0", "\0", "naïve"])
def test_a_piece_of_a_name_is_no_name(name: str) -> None:
    """Zero bytes stand between names, and in some."""
    assert column(*ODD).find(name) is None
    assert name not in column(*ODD)


def test_names_that_begin_with_a_dot_are_hidden() -> None:
    """An empty one is not."""
    names = column(*ODD)
    assert [row for row in range(len(names)) if names.hidden(row)] == [ODD.index(".hidden")]
