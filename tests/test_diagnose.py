import re
from dataclasses import replace
from pathlib import Path
from types import FunctionType

import pytest
from mended import mended

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.diagnose import UNKNOWN_CODE, diagnose
from shapecheck.evidence import Evidence, Span
from shapecheck.faults import all_faults
from shapecheck.findings import Crash, Violation
from shapecheck.knowledge import scan
from shapecheck.records import CallRecord


def test_what_no_fault_explains_is_told_without_a_cause():
    violation = Violation("device", "lstm.input", reason="the weights are on another device")
    (found,) = diagnose(Evidence(violation))
    assert found.code == UNKNOWN_CODE
    assert found.headline == "the tensors are on different devices"
    assert found.explanation == "the weights are on another device"
    assert found.violation is violation


def test_the_better_explanation_comes_first():
    lstm = CallRecord("lstm", "LSTM")
    swapped = Violation("size", "lstm.h_0", lstm, (("D*num_layers", 2), ("N", 4), ("H_out", 16)), (4, 2, 16), (0, 1))
    assert [found.slug for found in diagnose(Evidence(swapped))] == ["state_with_batch_first"]


def test_evidence_without_a_violation_is_nobodys():
    assert [found.code for found in diagnose(Evidence())] == [UNKNOWN_CODE]


def test_candidates_that_come_to_the_same_change_are_one_fix(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("layer = make(3)\n")

    def at(column, end, text):
        return (Change(Span(str(script), 1, column, 1, end), text),)

    candidates = [
        Candidate("make(5)", at(8, 15, "make(5)"), cost=0.3),
        Candidate("5", at(13, 14, "5"), cost=0.2),
        Candidate("make(7)", at(13, 14, "7"), cost=0.4),
    ]
    crash = Crash("RuntimeError", "", str(script), 1)
    (found,) = diagnose(Evidence(crash=crash), others=lambda _: candidates)
    assert [(fix.title, fix.edits[0].replacement) for fix in found.fixes] == [
        ("5", "layer = make(5)"),
        ("make(7)", "layer = make(7)"),
    ]


def test_what_leaves_the_text_as_it_is_is_no_fix(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("layer = make(3)\n")
    place = Span(str(script), 1, 13, 1, 14, "3")
    candidates = [Candidate("3 -> 3", (Change(place, "3"),)), Candidate("3 -> 5", (Change(place, "5"),), cost=0.2)]
    crash = Crash("RuntimeError", "", str(script), 1)
    (found,) = diagnose(Evidence(crash=crash), others=lambda _: candidates)
    assert [fix.title for fix in found.fixes] == ["3 -> 5"]


def _rivals(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("layer = make(3)\n")
    place = Span(str(script), 1, 13, 1, 14)
    crash = Crash("RuntimeError", "", str(script), 1)
    return Evidence(crash=crash), [
        Candidate(text, (Change(place, text),), cost=at / 10, unless_read="either may be meant")
        for at, text in enumerate(["5", "7", "9"])
    ]


@pytest.mark.parametrize(
    ("operands", "gap", "doubt"),
    [
        ("aab", 1, ""),
        ("abb", 1, "either may be meant"),
        ("bab", 1, ""),
        # Two ways to write it at one place are not the same, whatever the call says to both.
        ("aab", 0, "either may be meant"),
    ],
)
def test_one_change_may_be_written_at_several_places(tmp_path, operands, gap, doubt):
    evidence, rivals = _rivals(tmp_path)
    (tmp_path / "train.py").write_text("layer = make(333)\n")
    rivals = [
        replace(
            each,
            trial=(Step("transpose", role, (0, 1)),),
            changes=tuple(
                Change(replace(way.span, column=13 + gap * at, end_column=14 + gap * at), way.text)
                for way in each.changes
            ),
        )
        for at, (each, role) in enumerate(zip(rivals, operands, strict=True))
    ]
    onward = {"aab": "57", "abb": "57", "bab": "59"}[operands]
    (found,) = diagnose(evidence, others=lambda _: rivals, ahead=lambda changes: changes[0].text in onward)
    assert (found.fixes[0].title, found.fixes[0].doubt) == ("5", doubt)


@pytest.mark.parametrize(
    ("answers", "titles"),
    [
        ({}, ["5", "7", "9"]),
        ({"5": False, "7": False}, ["9"]),
        ({"5": False, "9": True}, ["9", "7"]),
        ({"5": False, "7": False, "9": False}, []),
    ],
)
def test_what_only_makes_sizes_fit_is_not_shown_where_the_lines_behind_refuse_it(tmp_path, answers, titles):
    evidence, rivals = _rivals(tmp_path)
    rivals = [replace(each, unless_read="", cost=2.0 + each.cost) for each in rivals]
    (found,) = diagnose(evidence, others=lambda _: rivals, ahead=lambda changes: answers.get(changes[0].text))
    assert sorted(fix.title for fix in found.fixes) == sorted(titles)


@pytest.mark.parametrize(
    ("answers", "first", "doubt"),
    [
        ({"5": False, "7": True, "9": False}, "7", ""),
        ({"5": True, "7": False, "9": False}, "5", ""),
        ({"5": False, "7": True, "9": True}, "7", "either may be meant"),
        ({"5": True, "7": True, "9": False}, "5", "either may be meant"),
        ({"5": False, "7": True}, "7", "either may be meant"),
        ({"5": False, "7": False, "9": False}, "5", "either may be meant"),
        ({}, "5", "either may be meant"),
    ],
)
def test_the_lines_behind_decide_between_changes(tmp_path, answers, first, doubt):
    evidence, rivals = _rivals(tmp_path)

    def ahead(changes):
        return answers.get(changes[0].text)

    (found,) = diagnose(evidence, others=lambda _: rivals, ahead=ahead)
    assert (found.fixes[0].title, found.fixes[0].doubt) == (first, doubt)


def test_it_is_told_that_what_follows_speaks_for_a_change(tmp_path):
    evidence, (one, other, _) = _rivals(tmp_path)
    rivals = [Candidate(each.title, each.changes, cost=each.cost) for each in (one, other)]
    (found,) = diagnose(evidence, others=lambda _: rivals, ahead=lambda changes: changes[0].text == "7")
    assert [(fix.title, fix.verified, fix.outcome) for fix in found.fixes] == [
        ("7", "no", "what follows goes on with it, and not with 5"),
        ("5", "no", ""),
    ]


def test_without_the_lines_behind_there_is_the_doubt(tmp_path):
    evidence, rivals = _rivals(tmp_path)
    (found,) = diagnose(evidence, others=lambda _: rivals)
    assert [fix.doubt for fix in found.fixes] == ["either may be meant"] * 3


def _named(tmp_path, **changes):
    script = tmp_path / "train.py"
    script.write_text("layer = make(3)\n")
    change = Change(Span(str(script), 1, 13, 1, 14), "5")
    item = Candidate("5", (change,), cause="table_too_short")
    return diagnose(
        Evidence(crash=Crash("RuntimeError", "", str(script), 1)), others=lambda _: [replace(item, **changes)]
    )


def test_a_cause_is_named_by_what_mends_it(tmp_path):
    (found,) = _named(tmp_path)
    assert (found.code, found.slug, found.certainty) == ("SC547", "table_too_short", "likely")
    assert found.headline == "a table has fewer rows than there are steps"
    assert found.explanation.startswith("a table of positions needs a row for every step")


@pytest.mark.parametrize("changes", [{"doubt": "it may be meant"}, {"cause": "no_fault_is_called_so"}, {"cause": ""}])
def test_it_is_not_where_something_else_may_be_meant_or_no_fault_is_known(tmp_path, changes):
    (found,) = _named(tmp_path, **changes)
    assert found.code == UNKNOWN_CODE


def test_what_a_fault_proposes_itself_keeps_its_name():
    program = """
        net = nn.Sequential(nn.Flatten(), nn.Linear(40, 3))
        print(net(torch.randn(4, 6, 7)).shape)
    """
    (found,) = mended(program, most=1).diagnoses
    assert (found.slug, found.certainty) == ("flat_width_written_down", "proved")


def test_the_facts_of_what_failed_stand_behind_the_cause():
    program = """
        x = torch.rand(4, 7)
        print((x / x.sum(1)).shape)
    """
    (found,) = mended(program, most=1).diagnoses
    assert found.slug == "axis_dropped_by_reduction"
    why, _, facts = found.explanation.partition("; here: ")
    assert why == "a sum, a mean, a norm or a largest number drops the axis that it runs along"
    assert facts.startswith("x (4, 7) and x.sum(1) (4,)")


def test_what_a_remedy_names_is_a_fault():
    slugs = {fault.slug for fault in all_faults()}
    families = scan("shapecheck.remedies", "candidates", FunctionType)
    named = {family.__module__: family.__globals__["CAUSE"] for family in families if "CAUSE" in family.__globals__}
    assert {module: cause for module, cause in named.items() if cause not in slugs} == {}
    assert len(named) > 50
    folder = Path(__file__).parents[1] / "shapecheck" / "remedies"
    inside = {name for path in folder.rglob("*.py") for name in re.findall(r'cause="(\w+)"', path.read_text())}
    assert inside <= slugs


@pytest.mark.parametrize(
    ("stops", "titles", "doubt"),
    [
        ({}, ["5", "7"], ""),
        ({"5": "behind"}, ["5", "7"], ""),
        ({"5": "before"}, ["7"], ""),
        ({"5": "there"}, ["5", "7"], "the line that failed would be refused with it as well"),
        ({"5": "before", "7": "before"}, [], ""),
    ],
)
def test_what_would_have_a_line_refused_that_went_well_is_no_fix(tmp_path, stops, titles, doubt):
    evidence, rivals = _rivals(tmp_path)
    rivals = [replace(each, unless_read="") for each in rivals[:2]]

    def how_far(changes):
        return stops.get(changes[0].text, "")

    (found,) = diagnose(evidence, others=lambda _: rivals, ahead=lambda _: False, how_far=how_far)
    assert [fix.title for fix in found.fixes] == titles
    assert not found.fixes or found.fixes[0].doubt == doubt
