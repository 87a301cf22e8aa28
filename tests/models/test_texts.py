"""Texts, and every way in which one can be no good."""

import pytest

from shapecheck import DataError
from shapecheck.models import default_text, read_text, split_text


def test_the_default_text_is_english_and_long():
    text = read_text()
    assert text == default_text()
    assert len(text) > 300_000
    assert "The for statement" in text.replace('"', "").replace("`", "").replace("*", "")


def test_the_held_out_part_is_the_end():
    assert split_text("x" * 90 + "y" * 10) == ("x" * 90, "y" * 10)


def test_a_text_file_is_read_as_utf8_without_a_byte_order_mark(tmp_path):
    (tmp_path / "t.txt").write_bytes("\ufeffna\u00efve\r\n".encode())
    assert read_text(tmp_path / "t.txt") == "na\u00efve\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "PATH is empty: there is nothing to learn"),
        (
            "na\u00efve".encode("latin1"),
            "PATH is not UTF-8 text: byte 2 is 0xef. Save it as UTF-8, or convert it: iconv -f latin1 -t utf-8 t.txt",
        ),
    ],
)
def test_a_file_that_is_no_text(tmp_path, content, expected):
    path = tmp_path / "t.txt"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_text(path)
    assert str(caught.value) == expected.replace("PATH", str(path))


def test_a_file_that_is_not_there_or_a_folder(tmp_path):
    with pytest.raises(DataError, match=r"^there is no file .*no\.txt$"):
        read_text(tmp_path / "no.txt")
    with pytest.raises(DataError, match=r"cannot be read: "):
        read_text(tmp_path)


def test_a_text_too_short_to_hold_anything_out():
    with pytest.raises(DataError) as caught:
        split_text("abc")
    assert str(caught.value) == "the text has 3 characters: too few to hold out two and learn the rest"
