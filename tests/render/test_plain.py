from hypothesis import given
from hypothesis import strategies as st

from shapecheck.records import CallRecord, TensorRecord
from shapecheck.render.plain import clean, clean_all, cut

ANY_TEXT = st.text(st.characters(), max_size=80)


@given(ANY_TEXT)
def test_whatever_is_cleaned_is_one_printable_line(text):
    assert all(character.isprintable() or character == "\u3000" or character.isspace() for character in clean(text))
    assert len(clean(text).splitlines()) <= 1
    clean(text).encode("utf-8")
    clean(text, unicode=False).encode("ascii")


@given(st.text("abc ", max_size=60), st.integers(10, 40))
def test_cutting_keeps_both_ends(text, limit):
    short = cut(text, limit)
    assert len(short) <= limit
    assert short == text or (text.startswith(short[:3]) and text.endswith(short[-3:]) and "..." in short)


def test_harmless_text_stays_as_it_is():
    assert clean("größe 层 a\\b") == "größe 层 a\\b"


def test_values_are_cleaned_through_and_through():
    record = TensorRecord("in\x1bput", (2,), dims=("a\nb",))
    assert clean_all(CallRecord("m\r", "T", inputs=(record,))) == CallRecord(
        "m\\r", "T", inputs=(TensorRecord("in\\x1bput", (2,), dims=("a\\nb",)),)
    )
