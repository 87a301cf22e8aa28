"""How violations are told: raised each time, warned of once, or kept; and what is added to torch's own error."""

import pytest

from shapecheck.errors import ShapeError, ShapeWarning
from shapecheck.evidence import Evidence
from shapecheck.findings import NotChecked, Violation
from shapecheck.watching import verdicts
from shapecheck.watching.verdicts import Verdicts

WRONG = Violation("dtype", "loss.target", expected_text="int64", got_text="float32")
OTHER = Violation("size", "lstm.input", got=(4, 7), expected=(("N", 4), ("H_in", 1)), axes=(1,))


def test_nothing_wrong_is_nothing_to_tell():
    Verdicts("raise").tell((), lambda: pytest.fail("asked for nothing"))


def test_raise_raises_each_time_and_keeps_one():
    found = Verdicts("raise")
    for _ in range(2):
        with pytest.raises(ShapeError) as caught:
            found.tell((WRONG, OTHER), Evidence)
    assert found.violations == (WRONG, OTHER)
    assert {diagnosis.violation for diagnosis in caught.value.diagnoses} == {WRONG, OTHER}
    assert str(caught.value).count("\n\nSC") == 1
    assert [diagnosis.violation for diagnosis in found.diagnoses] == [WRONG, OTHER]


def test_warn_warns_once():
    found = Verdicts("warn")
    with pytest.warns(ShapeWarning, match="int64"):
        found.tell((WRONG,), Evidence)
    found.tell((WRONG,), Evidence)  # warnings are errors here


def test_record_says_nothing():
    found = Verdicts("record")
    found.tell((WRONG,), Evidence)
    assert found.violations == (WRONG,)


def test_unknown_way_to_tell():
    with pytest.raises(ValueError, match="expected on_violation to be one of 'raise', 'warn', 'record', got 'Raise'"):
        Verdicts("Raise")


def test_attach_adds_one_note():
    error = RuntimeError("torch says")
    Verdicts("raise").attach(error, (WRONG,), Evidence)
    Verdicts("raise").attach(error, (OTHER,), Evidence)
    (note,) = error.__notes__
    assert "got       float32" in note
    assert str(error) == "torch says"


def test_attach_leaves_our_own_error_and_unexplained_ones_alone():
    own, foreign = ShapeError("ours"), RuntimeError()
    Verdicts("raise").attach(own, (WRONG,), Evidence)
    Verdicts("raise").attach(foreign, (), Evidence)
    assert not hasattr(own, "__notes__")
    assert not hasattr(foreign, "__notes__")


def test_what_was_not_checked_is_said_once():
    found = Verdicts("record")
    found.miss("a", "first")
    found.miss("a", "second")
    assert found.not_checked == (NotChecked("a", "first"),)


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(verdicts, "MAX_KEPT", 3)
    found = Verdicts("record")
    for size in range(10):
        found.tell((Violation("size", "x.input", got=(size,)),), Evidence)
    for at in range(10):
        found.miss(str(at), "")
    assert len(found.violations) == 3
    assert len(found.not_checked) == 3
