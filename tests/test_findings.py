"""A report says what was found in the documented schema, and is never fine by silence alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from shapecheck.findings import (
    Crash,
    Diagnosis,
    Edit,
    Fix,
    NotChecked,
    Operand,
    Place,
    Report,
    Severity,
    Violation,
)
from shapecheck.records import CallRecord, TensorRecord, Trace, TraceEntry

FINDING = {"code", "slug", "severity", "certainty", "headline", "explanation", "file", "line", "end_line"}
FINDING |= {"crash_line", "evidence", "fixes"}
REPORT = {"schema_version", "script", "outcome", "exception", "checked", "not_checked", "trace", "findings"}


def full_report() -> Report:
    call = CallRecord(
        "lstm",
        "LSTM",
        inputs=(TensorRecord("input", (4, 7, 1), dims=("batch_size", "seq_length", "num_features")),),
        outputs=(TensorRecord("output", (4, 7, 100)),),
    )
    diagnosis = Diagnosis(
        "SC101",
        "swapped_batch_and_sequence",
        "batch and time are swapped",
        "without batch_first=True an LSTM walks along axis 0",
        certainty="likely",
        place=Place("train.py", 14, 15, "out, _ = self.lstm(\n    x)"),
        crash_line=20,
        evidence=(Operand("x", (4, 7, 1), ("batch_size", "seq_length", "num_features")),),
        fixes=(
            Fix(
                "nn.LSTM(1, 100, 2, batch_first=True)",
                (Edit("train.py", 3, 3, "new"),),
                "call",
                "it runs",
                doubt="one other fits as well",
            ),
        ),
    )
    return Report(
        trace=Trace("Net", (TraceEntry(call, 3),)),
        diagnoses=(diagnosis,),
        checked=("lstm",),
        not_checked=(NotChecked("linear", "it was never called"),),
        script="train.py",
        crash=Crash("RuntimeError", "mat1 and mat2", "train.py", 20),
    )


def test_the_json_of_a_report_is_the_documented_schema() -> None:
    assert json.loads(full_report().to_json()) == {
        "schema_version": 1,
        "script": "train.py",
        "outcome": "crashed",
        "exception": {"type": "RuntimeError", "message": "mat1 and mat2", "file": "train.py", "line": 20},
        "checked": ["lstm"],
        "not_checked": [{"what": "linear", "why": "it was never called"}],
        "trace": [
            {
                "module": "lstm",
                "type": "LSTM",
                "count": 3,
                "inputs": [
                    {
                        "role": "input",
                        "shape": [4, 7, 1],
                        "dtype": "float32",
                        "dims": ["batch_size", "seq_length", "num_features"],
                    }
                ],
                "outputs": [{"role": "output", "shape": [4, 7, 100], "dtype": "float32", "dims": []}],
            }
        ],
        "findings": [
            {
                "code": "SC101",
                "slug": "swapped_batch_and_sequence",
                "severity": "error",
                "certainty": "likely",
                "headline": "batch and time are swapped",
                "explanation": "without batch_first=True an LSTM walks along axis 0",
                "file": "train.py",
                "line": 14,
                "end_line": 15,
                "crash_line": 20,
                "evidence": [
                    {"expression": "x", "shape": [4, 7, 1], "dims": ["batch_size", "seq_length", "num_features"]}
                ],
                "fixes": [
                    {
                        "title": "nn.LSTM(1, 100, 2, batch_first=True)",
                        "edits": [{"file": "train.py", "line": 3, "end_line": 3, "replacement": "new"}],
                        "verified": "call",
                        "doubt": "one other fits as well",
                    }
                ],
            }
        ],
    }


def test_an_empty_report_has_every_field_too() -> None:
    data = json.loads(Report().to_json())
    assert set(data) == REPORT
    assert (data["outcome"], data["exception"], data["trace"]) == ("ok", None, [])


def test_a_finding_without_a_place_keeps_its_fields() -> None:
    (finding,) = json.loads(Report(diagnoses=(Diagnosis("SC001", "a", "b", "c"),)).to_json())["findings"]
    assert set(finding) == FINDING
    assert [finding[key] for key in ("file", "line", "end_line", "crash_line")] == [None] * 4


@pytest.mark.parametrize(("severity", "ok"), [("error", False), ("warning", True), ("note", True)])
def test_only_an_error_makes_a_report_not_ok(severity: Severity, ok: bool) -> None:
    assert Report(diagnoses=(Diagnosis("SC001", "a", "b", "c", severity=severity),)).ok is ok


def test_a_crash_without_a_diagnosis_is_not_ok() -> None:
    assert Report().ok
    assert not Report(crash=Crash("RuntimeError", "mat1 and mat2", "train.py", 20)).ok


def test_a_violation_knows_its_role() -> None:
    assert Violation("size", "encoder.lstm.h_0").role == "h_0"
    assert Violation("size", "input").role == "input"


def test_findings_are_values() -> None:
    assert hash(full_report()) == hash(full_report())
    assert full_report() == full_report()


def test_behind_a_sure_fix_only_sure_ones_are_advice():
    sure, other = Fix("a", verified="call"), Fix("b", verified="call")
    open_one, untried = Fix("c", verified="call", doubt="perhaps"), Fix("d")
    said = Diagnosis("SC000", "slug", "head", "why", fixes=(sure, open_one, untried, other))
    assert said.advice == (sure, other)
    assert replace(said, fixes=(untried, sure, open_one)).advice == (untried, sure, open_one)
    assert replace(said, fixes=(open_one, sure)).advice == (open_one, sure)
    assert replace(said, fixes=()).advice == ()
