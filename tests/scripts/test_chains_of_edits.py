"""Chains of edits that lead nowhere, or evade what speaks against one of them."""

import pytest
from searched import ENDED, audited, crash, fix, fix_of_lines, likely

from shapecheck.scripts import progress
from shapecheck.scripts.progress import fails_by_itself


def test_two_edits_that_undo_each_other_get_nowhere(tmp_path):
    outcomes = {"start": crash("bad", 9, (1, "a")), "a": crash("bad", 7, (1, "start"))}
    found, script, _ = fix(outcomes, tmp_path)
    assert (found.outcome, [step.title for step in found.applied]) == ("not fixed", ["a"])
    assert script.runs == 2


def test_a_crash_that_was_there_before_is_not_farther(tmp_path):
    again = {**crash("bad", 3, (1, "c")), "operation": "another part of it"}
    outcomes = {"start": crash("bad", 3, (1, "a")), "a": crash("next", 5, (1, "b")), "b": again, "c": ENDED}
    found, _, _ = fix(outcomes, tmp_path)
    assert (found.outcome, [step.title for step in found.applied]) == ("not fixed", ["a"])


def test_one_crash_behind_the_other_in_a_line_is_farther(tmp_path):
    behind = {**crash("bad", 3, (1, "b")), "operation": "another part of it"}
    found, _, _ = fix({"start": crash("bad", 3, (1, "a")), "a": behind, "b": ENDED}, tmp_path)
    assert (found.outcome, len(found.applied)) == ("fixed", 2)


def test_what_crashes_after_fewer_calls_is_not_said_to_get_farther(tmp_path):
    outcomes = {"start": {**crash("bad", 9, (1, "a")), "calls": 4}, "a": {**crash("bad", 7), "calls": 3}}
    assert fix(outcomes, tmp_path)[0].applied == ()
    outcomes["a"]["calls"] = 4
    assert len(fix(outcomes, tmp_path)[0].applied) == 1


def test_an_edit_that_is_refused_itself_is_not_said_to_get_farther(tmp_path):
    edit = "b = net(table.astype(float))"
    refused = {**crash("not a number", 1), "lines": [[str(tmp_path / "t.py"), 1]], "pieces": ["table.astype(float)"]}
    outcomes = {"start": crash("bad", 1, (1, edit)), edit: refused}
    assert fix(outcomes, tmp_path)[0].applied == ()
    outcomes[edit] = {**refused, "pieces": [""]}
    assert len(fix(outcomes, tmp_path)[0].applied) == 1


@pytest.mark.parametrize(
    ("line", "piece", "is_own"),
    [
        (2, "table.astype(float)", True),
        (2, "net(table.astype(float))", False),
        (2, "net(table.astype(float)) * table", False),
        (1, "read(path)", False),
        (3, "", False),
    ],
)
def test_what_an_edit_put_there_is_known_from_what_was_there(line, piece, is_own):
    old = "table = read(path)\nb = net(table)\nc = b.astype(int)"
    new = old.replace("net(table)", "net(table.astype(float))")
    ran = {"lines": [["t.py", line], ["torch.py", 9]], "pieces": [piece, "raise"]}
    assert fails_by_itself(ran, {"t.py": new}, {"t.py": old}) == is_own


def test_two_edits_do_not_take_away_the_doubt_of_one(tmp_path):
    start = likely(("a", 0.1), ("b", 0.3), doubts={"a": "either end"})
    outcomes = {"start": start, "a": ENDED, "b": crash("next", 5, (1, "c")), "c": ENDED}
    found, _, path = fix(outcomes, tmp_path)
    assert (found.outcome, found.sources) == ("in doubt", {path: "a"})
    audited_alone = {"start": crash("bad", 3, (1, "a"), (1, "b")), "a": audited(1)}
    found = fix_of_lines({**outcomes, **audited_alone}, tmp_path)
    assert (found.outcome, len(found.applied)) == ("in doubt", 1)
    outcomes["a"] = {**ENDED, "has_nan": True}
    assert fix(outcomes, tmp_path)[0].sources == {path: "c"}


def test_a_step_of_what_a_change_spread_over_the_steps_is_doubted(tmp_path):
    spread, taken = "cat([a.unsqueeze(1).expand(-1, b.size(1), -1), b])", "net(a, b)[:, -1]"
    outcomes = {"start": crash("bad", 3, (1, spread)), spread: crash("next", 5, (1, taken)), taken: ENDED}
    found, _, _ = fix(outcomes, tmp_path)
    assert (found.outcome, len(found.applied)) == ("in doubt", 2)
    outcomes["start"] = crash("bad", 3, (1, "other"))
    outcomes["other"] = outcomes.pop(spread)
    assert fix(outcomes, tmp_path)[0].outcome == "fixed"


@pytest.mark.parametrize(("code", "is_farther"), [("SC922", True), ("SC000", False), ("", False)])
def test_a_name_that_is_not_defined_is_farther_where_it_is_known_what_it_lacks(code, is_farther):
    found = [{"code": code}] if code else []
    ran = {"type": "NameError", "message": "name 'fc' is not defined", "lines": [["t.py", 2]], "findings": found}
    before = {"type": "TypeError", "message": "'Net' object is not iterable", "lines": [["t.py", 9]]}
    assert progress.is_farther(ran, before) == is_farther
