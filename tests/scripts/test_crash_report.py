"""The report of an exception: what an error of ours says itself, and no guess where no cause is known."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from shapecheck import CheckedLinear, CheckedLSTM, ShapecheckError, ShapeError, Spec
from shapecheck.diagnose import UNKNOWN_CODE
from shapecheck.scripts.crash_report import report_of


def told_of(exception: BaseException, script: str = "") -> list[tuple[str, str]]:
    return [(fix.title, fix.verified) for each in report_of(exception).report.diagnoses for fix in each.fixes]


def test_our_own_error_offers_what_was_tried_only() -> None:
    layer = CheckedLSTM(1, 8, batch_first=True)
    x = torch.zeros(4, 6, 3)
    with pytest.raises(ShapeError) as caught:
        layer(x)
    report = report_of(caught.value).report
    assert [found.slug for found in report.diagnoses] == ["features_do_not_fit"]
    assert told_of(caught.value) == [("1 -> 3", "call")]
    place = report.diagnoses[0].place
    assert place is not None
    assert "CheckedLSTM(1, 8" in Path(place.file).read_text().splitlines()[place.line - 1]
    assert len(layer.trace) == 1  # the trials entered nothing


def test_a_checked_linear_is_tried_as_torchs_own() -> None:
    layer = CheckedLinear(5, 2)
    x = torch.zeros(5, 4)
    with pytest.raises(ShapeError) as caught:
        layer(x)
    assert all(verified == "call" for _, verified in told_of(caught.value))
    assert told_of(caught.value)


def test_an_error_of_ours_without_a_diagnosis_speaks_for_itself() -> None:
    with pytest.raises(ShapecheckError) as caught:
        Spec.parse("batch_size seq-length")
    report = report_of(caught.value).report
    assert report.diagnoses == ()
    assert report.not_checked[0].why == "shapecheck raised it itself, and its text says what is wrong"


def test_without_a_cause_no_fix_is_guessed_and_the_place_is_the_line_that_failed() -> None:
    x = torch.zeros(4, 6, 3)
    with pytest.raises(AttributeError) as caught:
        x.foo()
    [found] = report_of(caught.value).report.diagnoses
    assert found.code == UNKNOWN_CODE
    assert found.fixes == ()
    assert found.place is not None
    assert found.place.source.strip() == "x.foo()"


def test_no_layer_is_offered_for_rows_without_a_number() -> None:
    made = torch.nn.Linear(3, 8)
    x = torch.zeros(4, 5)
    with pytest.raises(RuntimeError) as caught:
        made(x[:, 5:])
    assert [found.code for found in report_of(caught.value).report.diagnoses] == ["SC301"]
    assert told_of(caught.value) == []
