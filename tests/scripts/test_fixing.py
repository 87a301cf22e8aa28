from typing import Any

import pytest
from searched import ENDED, Script, audited, crash, fix, fix_of_lines, likely

from shapecheck.scripts.fixing import Limits, diffs, search


def test_a_script_that_runs_needs_nothing(tmp_path):
    found, script, _ = fix({"start": ENDED}, tmp_path)
    assert (found.outcome, script.runs, found.sources) == ("ran already", 1, {})


def test_the_first_fix_with_which_it_ends_is_taken(tmp_path):
    outcomes = {"start": crash("bad", 3, (1, "a"), (1, "b"), (1, "c")), "b": ENDED, "c": ENDED}
    found, _, path = fix(outcomes, tmp_path)
    assert found.outcome == "fixed"
    assert found.sources == {path: "b"}
    assert [step.title for step in found.applied] == ["b"]
    assert "+b" in diffs(found, {path: "start"})[path]


def test_it_goes_on_from_crash_to_crash(tmp_path):
    outcomes = {"start": crash("bad", 3, (1, "a")), "a": crash("next", 5, (1, "b")), "b": ENDED}
    found, _, path = fix(outcomes, tmp_path)
    assert found.outcome == "fixed"
    assert [step.message for step in found.applied] == ["RuntimeError: bad", "RuntimeError: next"]
    assert found.sources == {path: "b"}


def test_a_fix_that_leads_nowhere_gives_way_to_the_next(tmp_path):
    outcomes = {
        "start": crash("bad", 3, (1, "same"), (1, "dead end"), (1, "right")),
        "same": crash("bad", 3, (1, "never")),
        "dead end": crash("other", 4),
        "right": ENDED,
    }
    found, _, path = fix(outcomes, tmp_path)
    assert found.outcome == "fixed"
    assert found.sources == {path: "right"}


def test_it_never_says_fixed_of_what_did_not_end(tmp_path):
    outcomes = {"start": crash("bad", 3, (1, "a")), "a": crash("next", 5, (1, "b")), "b": {"status": "timed out"}}
    found, _, path = fix(outcomes, tmp_path)
    assert found.outcome == "not fixed"
    assert found.message == "RuntimeError: next"
    assert found.sources == {path: "a"}
    assert fix({"start": {"status": "timed out"}}, tmp_path)[0].outcome == "timed out"
    assert fix({"start": {"status": "killed", "message": "signal 9"}}, tmp_path)[0].outcome == "could not run"


def test_a_run_that_warns_of_its_result_is_the_last_resort(tmp_path):
    doubtful = {"status": "ended", "warnings": ["Using a target size that is different to the input size"]}
    outcomes = {"start": crash("bad", 3, (1, "a"), (1, "b")), "a": doubtful, "b": ENDED}
    assert fix(outcomes, tmp_path)[0].sources.popitem()[1] == "b"
    outcomes["b"] = crash("worse", 9)
    found, _, _ = fix(outcomes, tmp_path)
    assert found.outcome == "in doubt"
    assert found.doubts


def test_a_warning_is_told_once_with_the_line_that_an_audit_finds(tmp_path):
    warnings = [f"Using a target size ({size}) that is different" for size in (64, 64, 19)]
    found = fix_of_lines({"start": crash("bad", 3, (1, "a")), "a": {**audited(7), "warnings": warnings}}, tmp_path)
    assert found.outcome == "in doubt"
    assert found.doubts == ("the run warned: Using a target size (64) that is different",)
    assert found.silent == ("SC700, mixed, in line 7",)


def test_nan_is_a_doubt_too(tmp_path):
    outcomes = {"start": crash("bad", 3, (1, "a"), (1, "b")), "a": {**ENDED, "has_nan": True}, "b": ENDED}
    assert fix(outcomes, tmp_path)[0].sources.popitem()[1] == "b"


def test_the_number_of_edits_and_runs_is_bounded(tmp_path):
    chain = {"start": crash("0", 0, (1, "1"))}
    chain |= {str(at): crash(str(at), at, (1, str(at + 1))) for at in range(1, 20)}
    found, script, _ = fix(chain, tmp_path, fixes=3)
    assert found.outcome == "not fixed"
    assert len(found.applied) == 3
    wide = {"start": crash("bad", 3, *((1, f"a{at}") for at in range(50)))}
    _, script, _ = fix(wide, tmp_path, width=8)
    assert script.runs == 9
    _, script, _ = fix(wide, tmp_path, runs=5)
    assert script.runs == 5


def test_two_crashes_that_lead_to_each_other_end(tmp_path):
    outcomes = {"start": crash("bad", 3, (1, "a")), "a": crash("other", 4, (1, "start"))}
    assert fix(outcomes, tmp_path)[0].outcome == "not fixed"


def ended(digest: str) -> dict[str, Any]:
    return {**ENDED, "digest": digest}


def test_a_change_that_is_as_likely_and_has_another_result_is_told(tmp_path):
    found, script, _ = fix({"start": likely(("a", 0.1), ("b", 0.12)), "a": ended("1"), "b": ended("2")}, tmp_path)
    assert (found.outcome, found.applied[-1].title) == ("in doubt", "a")
    assert found.doubts == ("a: b lets it run as well, with another result",)
    assert script.runs == 4


def test_a_change_with_the_same_result_or_that_is_less_likely_casts_no_doubt(tmp_path):
    same, _, _ = fix({"start": likely(("a", 0.1), ("b", 0.12)), "a": ended("1"), "b": ended("1")}, tmp_path)
    rarer, script, _ = fix({"start": likely(("a", 0.1), ("b", 0.3)), "a": ended("1"), "b": ended("2")}, tmp_path)
    assert (same.outcome, rarer.outcome, script.runs) == ("fixed", "fixed", 2)


def test_a_script_that_prints_other_numbers_each_time_is_not_compared(tmp_path):
    class Restless(Script):
        def run(self, sources, timeout, *, audit=False):
            return {**super().run(sources, timeout, audit=audit), "digest": str(self.runs)}

    path = str(tmp_path / "t.py")
    start = likely(("a", 0.1), ("b", 0.12))
    for one in start["findings"][0]["fixes"]:
        one["edits"][0]["file"] = path
    script = Restless({"start": start, "a": ENDED, "b": ENDED})
    assert search(script, {path: "start"}, Limits()).outcome == "fixed"
    assert script.runs == 4


def test_a_change_in_doubt_is_the_last_resort_and_is_not_called_fixed(tmp_path):
    doubts = {"a": "either end"}
    sure, _, _ = fix({"start": likely(("a", 0.1), ("b", 0.2), doubts=doubts), "a": ENDED, "b": ENDED}, tmp_path)
    alone, _, _ = fix({"start": likely(("a", 0.1), doubts=doubts), "a": ENDED}, tmp_path)
    assert (sure.outcome, sure.applied[-1].title) == ("fixed", "b")
    assert (alone.outcome, alone.doubts) == ("in doubt", ("a: either end",))


def test_one_that_is_much_less_likely_does_not_take_its_place(tmp_path):
    start = likely(("a", 0.1), ("b", 0.9), doubts={"a": "either end"})
    found, script, _ = fix({"start": start, "a": ENDED, "b": ENDED}, tmp_path)
    assert (found.outcome, found.applied[-1].title, found.doubts) == ("in doubt", "a", ("a: either end",))
    assert script.runs == 3


def test_it_does_where_a_run_spoke_against_the_likelier_one(tmp_path):
    start = likely(("a", 0.1), ("b", 0.9), doubts={"a": "either end"})
    found, _, _ = fix({"start": start, "a": {**ENDED, "has_nan": True}, "b": ENDED}, tmp_path)
    assert (found.outcome, found.applied[-1].title) == ("fixed", "b")


def test_a_change_that_an_audit_finds_fault_with_gives_way_to_the_next(tmp_path):
    found = fix_of_lines({"start": crash("bad", 3, (1, "a"), (1, "b")), "a": audited(1), "b": ENDED}, tmp_path)
    assert (found.outcome, found.applied[-1].title, found.silent) == ("fixed", "b", ())


def test_with_no_better_change_it_is_in_doubt(tmp_path):
    found = fix_of_lines({"start": crash("bad", 3, (1, "a"), (1, "b")), "a": audited(1)}, tmp_path)
    assert found.outcome == "in doubt"
    assert found.doubts == ("a: an audit of the changed script finds SC700, mixed, in line 1",)


def test_what_an_audit_finds_on_other_lines_is_told_and_no_doubt(tmp_path):
    found = fix_of_lines({"start": crash("bad", 3, (1, "a"), (1, "b")), "a": audited(7), "b": audited(7)}, tmp_path)
    assert (found.outcome, found.applied[-1].title) == ("fixed", "a")
    assert found.silent == ("SC700, mixed, in line 7",)


def test_a_rival_that_an_audit_finds_fault_with_casts_no_doubt(tmp_path):
    rivals = {"start": likely(("a", 0.1), ("b", 0.12)), "a": ended("1"), "b": {**ended("2"), **audited(1)}}
    found = fix_of_lines(rivals, tmp_path)
    assert (found.outcome, found.applied[-1].title) == ("fixed", "a")


def test_an_audit_that_does_not_end_is_told_and_no_doubt(tmp_path):
    class Slow(Script):
        def run(self, sources, timeout, *, audit=False):
            return {"status": "timed out"} if audit else super().run(sources, timeout)

    path = str(tmp_path / "t.py")
    start = crash("bad", 3, (1, "a"), file=path)
    found = search(Slow({"start": start, "a": ENDED}), {path: "start"}, Limits())
    assert (found.outcome, found.silent) == ("fixed", ())
    assert found.not_audited == "the audited run did not end in time"


def test_a_change_with_which_earlier_calls_are_refused_is_not_called_fixed(tmp_path):
    outcomes = {
        "start": {**crash("bad", 3, (1, "a")), "calls": 40},
        "a": {**crash("next", 5, (1, "b")), "calls": 19},
        "b": ENDED,
    }
    found, _, path = fix(outcomes, tmp_path)
    assert (found.outcome, found.sources) == ("in doubt", {path: "b"})
    assert found.doubts == ("a: calls that went well before were refused with it",)
    outcomes["a"]["calls"] = 20
    assert fix(outcomes, tmp_path)[0].outcome == "fixed"


MODEL = """\
class Net(nn.Module):
    def __init__(self):
        self.width = self.reckoned()

    def reckoned(self):
        return 3

    def forward(self, x):
        return self.lstm(x)

def main():
    train(Net())
"""


def tried_on_model(tmp_path, at: int, line: str, before: list[float], after: list[float]):
    """The search over one change of a line of a model, with what the steps before and with it learned from."""
    path, lines = str(tmp_path / "t.py"), MODEL.split("\n")
    new = "\n".join([*lines[: at - 1], line, *lines[at:]])
    start = {**crash("bad", 9, (at, line), file=path), "steps": before}
    return search(Script({"start": start, new: {**ENDED, "steps": after}}), {path: MODEL}, Limits())


TURNED = "        return self.lstm(x)[0]"


def test_a_change_with_which_steps_that_went_well_go_otherwise_is_not_called_fixed(tmp_path):
    found = tried_on_model(tmp_path, 9, TURNED, [2.0, 3.0], [2.0, 3.1, 4.0])
    assert found.outcome == "in doubt"
    assert found.doubts == (f"{TURNED}: the training steps that went well before the crash go otherwise with it",)
    assert tried_on_model(tmp_path, 9, TURNED, [2.0, 3.0], [2.0, 3.000001, 4.0]).outcome == "fixed"


def test_leaving_out_what_fails_is_in_doubt_behind_a_change_of_what_the_steps_learn(tmp_path):
    path, lines = str(tmp_path / "t.py"), MODEL.split("\n")
    dropped = "    train(Net(), drop_last=True)"
    turned = "\n".join([*lines[:8], TURNED, *lines[9:]])
    left_out = "\n".join([*lines[:11], dropped, *lines[12:]])
    start = {**crash("bad", 9, (9, TURNED), (12, dropped), file=path), "steps": [2.0, 3.0]}
    runs = {"start": start, turned: {**ENDED, "steps": [2.5, 3.1, 4.0]}, left_out: {**ENDED, "steps": [2.0, 3.0]}}
    found = search(Script({MODEL: start, **runs}), {path: MODEL}, Limits())
    assert (found.outcome, found.sources) == ("in doubt", {path: turned})
    runs[turned] = crash("worse", 99)
    assert search(Script({MODEL: start, **runs}), {path: MODEL}, Limits()).outcome == "fixed"


def test_one_step_may_have_handed_on_what_made_the_next_one_fail(tmp_path):
    assert tried_on_model(tmp_path, 9, TURNED, [2.0], [2.5, 3.1]).outcome == "fixed"


def test_what_is_made_otherwise_learns_otherwise(tmp_path):
    for at, line in ((3, "        self.width = 4"), (6, "        return 4"), (12, "    train(Net(), 4)")):
        assert tried_on_model(tmp_path, at, line, [2.0, 3.0], [2.5, 3.1]).outcome == "fixed"


def test_steps_that_are_never_the_same_are_not_compared(tmp_path):
    class Noisy(Script):
        def run(self, sources, timeout, *, audit=False):
            ran = super().run(sources, timeout, audit=audit)
            return {**ran, "steps": [float(self.runs), 1.0]}

    path, lines = str(tmp_path / "t.py"), MODEL.split("\n")
    start, new = crash("bad", 9, (9, TURNED), file=path), "\n".join([*lines[:8], TURNED, *lines[9:]])
    assert search(Noisy({"start": start, new: ENDED}), {path: MODEL}, Limits()).outcome == "fixed"


def of_fault(code: str, sizes: str, *fixes: tuple[str, float], doubt: str = "") -> dict[str, Any]:
    """A crash on one line that says the same of every two sizes, and which fault it is."""
    ran = crash(f"the size {sizes} is another one", 3, *((1, text) for text, _ in fixes))
    ran["findings"][0]["code"] = code
    for one, (_, cost) in zip(ran["findings"][0]["fixes"], fixes, strict=True):
        one |= {"cost": cost, "doubt": doubt}
    return ran


def test_a_fault_that_is_gone_is_progress_although_the_line_still_fails(tmp_path):
    outcomes = {"start": of_fault("SC111", "25", ("a", 0.1)), "a": of_fault("SC402", "16", ("b", 0.1)), "b": ENDED}
    found, _, _ = fix(outcomes, tmp_path)
    assert (found.outcome, [step.code for step in found.applied]) == ("fixed", ["SC111", "SC402"])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # The same fault, with other numbers.
        (of_fault("SC111", "25", ("a", 0.1)), of_fault("SC111", "17", ("b", 0.1))),
        # A fault that nobody knows.
        (of_fault("SC111", "25", ("a", 0.1)), of_fault("SC000", "16", ("b", 0.1))),
        # What was changed for no good reason.
        (of_fault("SC111", "25", ("a", 0.9)), of_fault("SC402", "16", ("b", 0.1))),
        (of_fault("SC111", "25", ("a", 0.1), doubt="a guess"), of_fault("SC402", "16", ("b", 0.1))),
        # The very same error.
        (of_fault("SC111", "16", ("a", 0.1)), of_fault("SC402", "16", ("b", 0.1))),
    ],
)
def test_the_same_line_with_other_numbers_is_none(tmp_path, first, second):
    assert fix({"start": first, "a": second, "b": ENDED}, tmp_path)[0].outcome == "not fixed"


def test_a_part_of_a_sum_that_is_left_out_after_another_change_is_doubted(tmp_path):
    outcomes = {
        "start": crash("bad", 3, (1, "head = Linear(32 + 8, 1)")),
        "head = Linear(32 + 8, 1)": crash("next", 5, (1, "head = Linear(32, 1)")),
        "head = Linear(32, 1)": ENDED,
    }
    found, _, _ = fix(outcomes, tmp_path)
    assert (found.outcome, len(found.applied)) == ("in doubt", 2)
    del outcomes["start"]
    outcomes["start"] = outcomes.pop("head = Linear(32 + 8, 1)")
    assert fix(outcomes, tmp_path)[0].outcome == "fixed"
