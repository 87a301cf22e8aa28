"""The words of a contract as people read them: what it declares, and what it says of calls that are drawn for it.

They are held against a file that somebody has read; with SHAPECHECK_WRITE_WORDING=1 it is written anew, to be read
before it is kept. Only words stand there. What torch takes and gives back is asked of torch, by the sweeps.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from shapecheck.capture.configs import config_of, contract_of
from shapecheck.capture.tensors import record
from shapecheck.contract import Contract, Hazard
from shapecheck.findings import Violation
from shapecheck.prediction import predict

Case = tuple[Any, Any, dict[str, Any]]


def check_words(path: Path, cases: Iterable[Case]) -> None:
    """Compare the words of the contract of these calls with those in the file.

    Raises:
        AssertionError: They differ.
    """
    cases = list(cases)
    contract = contract_of(cases[0][0])
    assert contract is not None
    got = "\n".join([*_declared(contract), "", *_told(contract, cases)]) + "\n"
    if os.environ.get("SHAPECHECK_WRITE_WORDING"):
        path.write_text(got, encoding="utf-8")
    assert got == path.read_text(encoding="utf-8")


def _declared(contract: Contract) -> Iterator[str]:
    yield f"{contract.name}: {contract.about}"
    yield contract.source
    for letter, meaning in contract.letters.items():
        yield f"letter {letter}: {meaning}"
    for form in contract.forms:
        yield f"form {form.name}"
        for role, meaning in form.meanings.items():
            yield f"  {role}: {meaning}"
    for key, reason in contract.reasons.items():
        yield f"reason {key}: {reason}"
    for rule in contract.rules:
        yield f"rule {rule.name}: {rule.reason}"


def _told(contract: Contract, cases: Sequence[Case]) -> Iterator[str]:
    """The first of each kind of answer."""
    told: dict[object, str] = {}
    for target, args, kwargs in cases:
        outcome = predict(target, *args, **kwargs)
        if outcome.accepted:
            told.setdefault(outcome.form, f"taken, {outcome.form}: {_taken(contract, target, outcome)}")
            for hazard in outcome.hazards:
                told.setdefault((hazard.slug, hazard.certainty, bool(hazard.fix)), _hazard(hazard))
        for found in outcome.violations:
            # What torch says changes with its version.
            if not found.reason.startswith("torch says"):
                key = (found.role, found.kind, bool(found.advice), *map(_skeleton, (found.expected_text, found.reason)))
                told.setdefault(key, f"refused, {_refusal(found)}")
    yield from sorted(told.values())
    yield from _elsewhere(cases)


def _taken(contract: Contract, target: Any, outcome: Any) -> str:
    outputs = ", ".join(f"{found.role} ({', '.join(found.dims)})" for found in outcome.outputs)
    sizes = (f"{dim}={bound.size} by {bound.by}" for dim, bound in sorted(outcome.bindings.items()) if bound.by)
    rows = contract.rows(config_of(target, contract))
    return "; ".join(filter(None, (outputs, str(dict(outcome.names)), ", ".join(sizes), str(rows or ""))))


def _hazard(found: Hazard) -> str:
    degree = f"{found.certainty}, {found.severity or 'as the fault'}"
    fix = f"; write {found.fix}" if found.fix else ""
    return f"hazard {found.slug} ({degree}) of {' and '.join(found.roles)}: {found.text}{fix}"


def _skeleton(text: str) -> str:
    """The words of a text, without the numbers and dtypes that differ from call to call."""
    return re.sub(r"(bool|complex|b?float|u?int)\d*|[^a-z ]+", "", text)


def _elsewhere(cases: Sequence[Case]) -> Iterator[str]:
    """What is said where one of the tensors lies on another device, which need not be there for that."""
    most = max((case for case in cases if predict(case[0], *case[1], **case[2]).accepted), key=_tensors)
    target, args, kwargs = most
    for at, value in enumerate(args):
        if isinstance(value, torch.Tensor):
            moved = [*args[:at], replace(record("x", value), device="cuda:0"), *args[at + 1 :]]
            yield from (f"elsewhere, {_refusal(found)}" for found in predict(target, *moved, **kwargs).violations)
    for name, value in kwargs.items():
        if isinstance(value, torch.Tensor):
            moved_one = {**kwargs, name: replace(record("x", value), device="cuda:0")}
            yield from (f"elsewhere, {_refusal(found)}" for found in predict(target, *args, **moved_one).violations)


def _tensors(case: Case) -> tuple[bool, int, int]:
    """Whether the layer lies somewhere itself, how many tensors it is given, and of how many axes.

    One of a single number may lie anywhere.
    """
    has_place = isinstance(case[0], torch.nn.Module) and any(True for _ in case[0].parameters())
    given = [value for value in (*case[1], *case[2].values()) if isinstance(value, torch.Tensor)]
    return has_place, len(given), sum(value.ndim for value in given)


def _refusal(found: Violation) -> str:
    sizes = " ".join(dim if size is None else f"{dim}={size}" for dim, size in found.expected)
    expected = " ".join(filter(None, (found.expected_text, f"({sizes})" if found.expected else "")))
    got = " ".join(filter(None, (found.got_text, "" if found.got is None else f"shape {found.got}")))
    at = f" at axis {' and '.join(map(str, found.axes))}" if found.axes else ""
    by = "".join(f"; {blame.dim}={blame.size} by {blame.by}" for blame in found.blame)
    return f"{found.role}, {found.kind}: expected {expected}, got {got}{at}{by}: {found.reason}"
