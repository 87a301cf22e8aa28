"""What was found: violations, diagnoses with their fixes, and the report that holds them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from shapecheck.records import CallRecord, TensorRecord, Trace, TraceEntry
from shapecheck.shown import Shown

SCHEMA_VERSION = 1

Severity = Literal["error", "warning", "note"]
Certainty = Literal["proved", "likely", "possible"]
Verified = Literal["script", "call", "no"]
Kind = Literal["ndim", "size", "dtype", "content", "layout", "type", "value", "device", "missing"]


@dataclass(frozen=True, slots=True)
class Blame:
    """The size of one dim and who bound it: ``batch_size=32 by the targets``."""

    dim: str
    size: int
    by: str


@dataclass(frozen=True, slots=True)
class Violation:
    """A tensor that breaks what a contract or a protocol says of it. Facts only: a renderer makes the sentence.

    Args:
        kind: What is broken: the number of axes, a size, the dtype, the order of the content, what a layer takes the
            axes for, the kind of object, a value, the device, or the tensor is missing.
        where: Module path and role: ``"lstm.input"``; for a protocol the stage's place.
        call: The call in which it happened, if there was one; its ``type`` and ``config`` name the layer.
        expected: Each axis that was expected, as text with its size where that is known.
        got: The shape that was got; None if there was no tensor.
        axes: Positions in ``got`` that are wrong.
        blame: Who bound the expected sizes.
        expected_text: For other kinds than shapes: what was expected, in words (``"float32"``, ``"int64 in [0, 5)"``).
        got_text: For other kinds than shapes: what was got (``"int64"``).
        reason: Why the layer asks for it, as the contract's knowledge says it; may be empty.
        stage: Name of the protocol's stage; empty for a contract's violation.
        torch_accepts: Whether torch itself would have accepted it (silently wrong, or read out of bounds).
        advice: What to write instead, as code, where the contract knows it: ``"target.squeeze(1)"``.
    """

    kind: Kind
    where: str
    call: CallRecord | None = None
    expected: tuple[tuple[str, int | None], ...] = ()
    got: tuple[int, ...] | None = None
    axes: tuple[int, ...] = ()
    blame: tuple[Blame, ...] = ()
    expected_text: str = ""
    got_text: str = ""
    reason: str = ""
    stage: str = ""
    torch_accepts: bool = False
    advice: str = ""

    @property
    def role(self) -> str:
        """The role of the tensor: what stands behind the last dot of ``where``."""
        return self.where.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a source file, counted from 1, both ends included, with their text."""

    file: str
    line: int
    end_line: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """New text for whole lines of a file; an empty ``replacement`` deletes them."""

    file: str
    line: int
    end_line: int
    replacement: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that was thought of, and how far it was tried.

    Args:
        title: The change as code or in a few words: ``"nn.LSTM(1, 100, 2, batch_first=True)"``.
        edits: The change as edits to the user's source; empty where the line is not known.
        verified: ``"script"`` if the whole script was seen to run with it, ``"call"`` if the failing call was, or
            ``"no"``.
        outcome: What the trial showed, in a few words: ``"the samples no longer influence each other"``.
        doubt: Why it may not be what was meant although the script runs with it; empty where the evidence decides.
        cost: Ranks it among others of the same finding: the lower, the likelier.
    """

    title: str
    edits: tuple[Edit, ...] = ()
    verified: Verified = "no"
    outcome: str = ""
    doubt: str = ""
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Operand:
    """A tensor by the name that it has in the source: ``flat: (28, 16) = (batch_size*seq_length, hidden_size)``."""

    expression: str
    shape: tuple[int, ...]
    dims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis(Shown):
    """A fault applied to evidence.

    Args:
        code: Code of the fault, ``"SC101"``.
        slug: Its name, ``"swapped_batch_and_sequence"``.
        headline: One line without numbers.
        explanation: Two sentences or so, with the numbers of this case.
        severity: ``"error"``, ``"warning"`` or ``"note"``.
        certainty: ``"proved"``, ``"likely"`` or ``"possible"``.
        violation: What was broken, if a contract or protocol was.
        place: The lines to change, if they are known.
        crash_line: Where it surfaced, if it crashed.
        evidence: The tensors in question.
        fixes: What to change, the best first.
        check: Which check of an audit found it, as `Report.checked` calls it; empty where that is not known.
    """

    code: str
    slug: str
    headline: str
    explanation: str
    severity: Severity = "error"
    certainty: Certainty = "proved"
    violation: Violation | None = None
    place: Place | None = None
    crash_line: int | None = None
    evidence: tuple[Operand, ...] = ()
    fixes: tuple[Fix, ...] = ()
    check: str = ""

    @property
    def is_question(self) -> bool:
        """Whether it only asks what was meant, and accuses nothing."""
        return self.severity == "note" and self.headline.endswith("?")

    @property
    def advice(self) -> tuple[Fix, ...]:
        """The fixes that are worth reading: behind one that was tried, and is in no doubt, only others of its kind."""
        sure = [fix for fix in self.fixes if fix.verified != "no" and not fix.doubt]
        return tuple(sure) if sure and sure[0] is self.fixes[0] else self.fixes


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something that was not checked, and why not."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Crash:
    """The exception that ended a script."""

    type: str
    message: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Report(Shown):
    """All that is known after a run: what was seen, what is wrong, what was checked *and what was not*."""

    trace: Trace | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    checked: tuple[str, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    script: str = ""
    crash: Crash | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing of severity error was found and nothing crashed."""
        return self.crash is None and all(found.severity != "error" for found in self.diagnoses)

    @property
    def was_interrupted(self) -> bool:
        """Whether somebody stopped the script: then there is no crash to be explained."""
        return self.crash is not None and self.crash.type == "KeyboardInterrupt"

    def to_json(self, *, indent: int | None = 2) -> str:
        """The report in the machine-readable schema, version 1."""
        return json.dumps(self.to_dict(), indent=indent)

    def to_dict(self) -> dict[str, Any]:
        """The report as the plain data that `to_json` writes."""
        return {
            "schema_version": SCHEMA_VERSION,
            "script": self.script,
            "outcome": "ok" if self.crash is None else "crashed",
            "exception": None if self.crash is None else asdict(self.crash),
            "checked": list(self.checked),
            "not_checked": [asdict(item) for item in self.not_checked],
            "trace": [] if self.trace is None else [_row(entry) for entry in self.trace],
            "findings": [_finding(diagnosis) for diagnosis in self.diagnoses],
        }


def _row(entry: TraceEntry) -> dict[str, Any]:
    call = entry.call
    return {
        "module": call.module,
        "type": call.type,
        "count": entry.count,
        "inputs": [_tensor(record) for record in call.inputs],
        "outputs": [_tensor(record) for record in call.outputs],
    }


def _tensor(record: TensorRecord) -> dict[str, Any]:
    return {"role": record.role, "shape": list(record.shape), "dtype": record.dtype, "dims": list(record.dims)}


def _finding(diagnosis: Diagnosis) -> dict[str, Any]:
    place = diagnosis.place
    return {
        "code": diagnosis.code,
        "slug": diagnosis.slug,
        "severity": diagnosis.severity,
        "certainty": diagnosis.certainty,
        "headline": diagnosis.headline,
        "explanation": diagnosis.explanation,
        "file": None if place is None else place.file,
        "line": None if place is None else place.line,
        "end_line": None if place is None else place.end_line,
        "crash_line": diagnosis.crash_line,
        "evidence": [
            {"expression": item.expression, "shape": list(item.shape), "dims": list(item.dims)}
            for item in diagnosis.evidence
        ],
        "fixes": [
            {
                "title": fix.title,
                "edits": [asdict(edit) for edit in fix.edits],
                "verified": fix.verified,
                "doubt": fix.doubt,
            }
            for fix in diagnosis.fixes
        ],
    }
