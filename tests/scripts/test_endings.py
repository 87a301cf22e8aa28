"""How a run of a script ended, in words."""

from shapecheck.scripts.endings import causes, is_told_by_run, said, where


def found(code, slug, place):
    return {"code": code, "slug": slug, "headline": "it does not fit", "place": place}


def test_the_known_causes_of_a_crash_are_told_with_their_place():
    ran = {
        "findings": [
            found("SC301", "too_wide", {"file": "/home/of/train.py", "line": 7}),
            found("SC302", "too_narrow", None),
            found("SC303", "given_to_exec", {"file": "<string>", "line": 2}),
            found("SC000", "unrecognised", {"file": "/home/of/train.py", "line": 9}),
        ]
    }
    assert causes(ran) == (
        "SC301, it does not fit, at train.py:7",
        "SC302, it does not fit",
        "SC303, it does not fit",
    )


def test_of_a_run_without_findings_nothing_is_known():
    assert causes({"status": "timed out"}) == ()


def crashed(message, **more):
    return {"status": "crashed", "type": "RuntimeError", "message": message, **more}


def test_a_heading_is_told_with_the_first_line_below_it():
    assert said(crashed("they do not fit\n  at all")) == "RuntimeError: they do not fit"
    assert said(crashed("Error(s) in loading:\n\tsize mismatch for a.\n\tfor b.")) == (
        "RuntimeError: Error(s) in loading: size mismatch for a."
    )
    assert said(crashed("nothing follows:")) == "RuntimeError: nothing follows:"
    assert said({"status": "timed out"}) == "timed out"


def test_the_line_is_told_where_it_can_be_read():
    assert where(crashed("", at={"file": "/of/train.py", "line": 4, "text": "f()"})) == "train.py:4: f()"
    assert where(crashed("", at=None)) == ""


def test_run_tells_more_of_operands_that_torch_has_to_do_with_and_of_known_causes():
    about, beside = {"about_torch": True}, {"about_torch": False}
    assert is_told_by_run(crashed("", at=about, operation="operator.add"))
    assert is_told_by_run(crashed("", findings=[found("SC301", "too_wide", None)]))
    assert not is_told_by_run(crashed("", at=beside, operation="operator.add"))
    assert not is_told_by_run(crashed("", at=about))
    assert not is_told_by_run(crashed(""))
