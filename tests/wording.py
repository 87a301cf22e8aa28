"""The words of a contract as people read them: what it declares, and what it says of calls that are drawn for it.

They are held against a file that somebody has read; with SHAPECHECK_WRITE_WORDING=1 it is written anew, to be read
before it is kept. Only words stand there. What torch takes and gives back is asked of torch, by the sweeps.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from shapecheck.capture.configs import call_of, contract_of
from shapecheck.capture.tensors import record
from shapecheck.contract import Contract
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
    told: dict[str, str] = {}
    for target, args, kwargs in cases:
        outcome = predict(target, *args, **kwargs)
        if outcome.accepted:
            outputs = ", ".join(
                f"{found.role} ({', '.join(found.dims)}){_rows(found.rows)}" for found in outcome.outputs
            )
            told.setdefault(f"taken, {outcome.form}", f"{outputs}; {dict(outcome.names)}")
            for hazard in outcome.hazards:
                degree = ", ".join(filter(None, (hazard.certainty, hazard.severity)))
                told.setdefault(
                    f"hazard {hazard.slug} ({degree})",
                    f"{' and '.join(hazard.roles)}: {hazard.text}{f'; write {hazard.fix}' if hazard.fix else ''}",
                )
        elif len(outcome.violations) == 1:
            (violation,) = outcome.violations
            if violation.reason.startswith("torch says"):
                # Those are torch's words, and change with its version.
                continue
            names = _broken(contract, target, args, kwargs) if outcome.form else []
            key = f"refused by {names[0]}" if names else f"refused by the shape of {violation.role}, {violation.kind}"
            told.setdefault(f"{key}{' (with advice)' if violation.advice else ''}", _refusal(violation))
    for key in sorted(told):
        yield f"{key}: {told[key]}"
    yield from _elsewhere(cases)


def _elsewhere(cases: Sequence[Case]) -> Iterator[str]:
    """What is said where one of the tensors lies on another device, which need not be there for that."""
    most = max((case for case in cases if predict(case[0], *case[1], **case[2]).accepted), key=_tensors)
    target, args, kwargs = most
    for at, value in enumerate(args):
        if isinstance(value, torch.Tensor):
            moved = [*args[:at], replace(record("x", value), device="cuda:0"), *args[at + 1 :]]
            yield from map(_refusal, predict(target, *moved, **kwargs).violations)
    for name, value in kwargs.items():
        if isinstance(value, torch.Tensor):
            moved_one = {**kwargs, name: replace(record("x", value), device="cuda:0")}
            yield from map(_refusal, predict(target, *args, **moved_one).violations)


def _tensors(case: Case) -> int:
    return sum(isinstance(value, torch.Tensor) for value in (*case[1], *case[2].values()))


def _rows(rows: tuple[str, ...]) -> str:
    return f" of {', '.join(rows)}" if rows else ""


def _refusal(found: Any) -> str:
    sizes = " ".join(dim if size is None else f"{dim}={size}" for dim, size in found.expected) or "()"
    at = f" at axis {' and '.join(map(str, found.axes))}" if found.axes else ""
    by = "".join(f"; {blame.dim}={blame.size} by {blame.by}" for blame in found.blame)
    words = f"expected {found.expected_text or sizes}, got {found.got_text or found.got}{at}{by}"
    return f"{found.role}, {found.kind}: {words}: {found.reason}"


def _broken(contract: Contract, target: Any, args: Any, kwargs: Any) -> list[str]:
    call = call_of(target, args, kwargs, contract=contract, values=True)
    return [rule.name for rule in contract.rules if rule.broken(call) is not None]
