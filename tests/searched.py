"""A runner of scripts that end in a way which their text tells, for the tests of the search."""

from collections.abc import Mapping
from typing import Any

from shapecheck.scripts.fixing import Limits, search


def crash(message: str, line: int, *fixes: tuple[int, str], file: str = "t.py") -> dict[str, Any]:
    """A run that crashed, with fixes that replace a line each."""
    edits = [{"file": file, "line": at, "end_line": at, "replacement": text} for at, text in fixes]
    found = {
        "code": "SC900",
        "headline": "something",
        "fixes": [{"title": edit["replacement"], "edits": [edit]} for edit in edits],
    }
    return {
        "status": "crashed",
        "type": "RuntimeError",
        "message": message,
        "lines": [["t.py", line]],
        "findings": [found],
    }


ENDED = {"status": "ended", "warnings": []}


class Script:
    """A script that ends in a way that its text tells: the runner of these tests."""

    def __init__(self, outcomes: Mapping[str, Mapping[str, Any]]) -> None:
        self.outcomes, self.runs = outcomes, 0

    def run(self, sources: Mapping[str, str], timeout: float, *, audit: bool = False) -> Mapping[str, Any]:
        self.runs += not audit
        (text,) = sources.values() or ("start",)
        return self.outcomes.get(text, crash("worse", 99))


def fix(outcomes: Mapping[str, Mapping[str, Any]], tmp_path, **limits: Any):
    path = str(tmp_path / "t.py")
    told = {}
    for text, ran in outcomes.items():
        findings = [
            {
                **found,
                "fixes": [
                    {**one, "edits": [{**edit, "file": path} for edit in one["edits"]]} for one in found["fixes"]
                ],
            }
            for found in ran.get("findings", ())
        ]
        told[text] = {**ran, "findings": findings}
    script = Script(told)
    return search(script, {path: "start"}, Limits(**limits)), script, path


def likely(*fixes: tuple[str, float], doubts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A crash whose fixes have costs, and some of them doubts."""
    ran = crash("bad", 3, *((1, text) for text, _ in fixes))
    for one, (text, cost) in zip(ran["findings"][0]["fixes"], fixes, strict=True):
        one["cost"] = cost
        one["doubt"] = (doubts or {}).get(text, "")
    return ran


def audited(*lines: int) -> dict[str, Any]:
    return {**ENDED, "audit": [{"code": "SC700", "headline": "mixed", "file": PATH, "line": line} for line in lines]}


PATH = "here"


def fix_of_lines(outcomes: Mapping[str, Mapping[str, Any]], tmp_path):
    path = str(tmp_path / "t.py")
    told = {
        text: {**ran, "audit": [{**one, "file": path} for one in ran.get("audit", ())]}
        for text, ran in outcomes.items()
    }
    for ran in told.values():
        for found in ran.get("findings", ()):
            for one in found["fixes"]:
                one["edits"] = [{**edit, "file": path} for edit in one["edits"]]
    script = Script(told)
    return search(script, {path: "start"}, Limits())
