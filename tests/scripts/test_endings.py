"""How a run of a script ended, in words."""

from shapecheck.scripts.endings import causes


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
