"""The words of every loss's contract, and of the first call that each of its rules refuses, are those in wording/.

They are read by people: with SHAPECHECK_WRITE_WORDING=1 this file writes them anew, to be read before they are kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shapecheck.capture.configs import call_of, contract_of
from shapecheck.contract import Contract
from shapecheck.prediction import predict

HERE = Path(__file__).parent / "wording"
SEEDS = 400


def test_the_words_are_those_that_were_read(loss_name, drawn):
    path = HERE / f"{loss_name}.txt"
    target, _, _ = drawn(0)
    contract = contract_of(target)
    got = "\n".join([*_declared(contract), "", *_refused(contract, drawn)]) + "\n"
    if os.environ.get("SHAPECHECK_WRITE_WORDING"):
        path.write_text(got, encoding="utf-8")
    assert got == path.read_text(encoding="utf-8")


def _declared(contract: Contract) -> Iterator[str]:
    yield f"{contract.name}: {contract.about}"
    yield f"types {', '.join(contract.types)}"
    yield f"reads {', '.join(contract.reads)}"
    yield f"looks {dict(contract.looks)}; accepts {dict(contract.accepts)}; teaching {dict(contract.teaching)}"
    yield contract.source
    for letter, meaning in contract.letters.items():
        yield f"letter {letter}: {meaning}"
    for form in contract.forms:
        yield f"form {form.name}: {dict(form.inputs)} -> {dict(form.outputs)}, optional {form.optional}"
        for role, meaning in form.meanings.items():
            yield f"  {role}: {meaning}"
    for key, reason in contract.reasons.items():
        yield f"reason {key}: {reason}"
    for rule in contract.rules:
        yield f"rule {rule.name}: {rule.reason}"


def _refused(contract: Contract, drawn: Any) -> Iterator[str]:
    told: dict[str, str] = {}
    for seed in range(SEEDS):
        target, args, kwargs = drawn(seed)
        outcome = predict(target, *args, **kwargs)
        names = [] if outcome.accepted else _broken(contract, target, args, kwargs)
        for violation in outcome.violations if len(outcome.violations) == 1 else ():
            key = names[0] if names else f"shape of {violation.role}, {violation.kind}"
            words = (
                f"expected {violation.expected_text or _sizes(violation)}, got {violation.got_text or violation.got}"
            )
            told.setdefault(
                f"{key}{' (with advice)' if violation.advice else ''}",
                f"{violation.role}, {violation.kind}: {words}: {violation.reason}",
            )
    for key in sorted(told):
        yield f"refused by {key}: {told[key]}"


def _broken(contract: Contract, target: Any, args: Any, kwargs: Any) -> list[str]:
    call = call_of(target, args, kwargs, contract=contract, values=True)
    if not any(form.when(call) for form in contract.forms):
        return []
    return [rule.name for rule in contract.rules if rule.broken(call) is not None]


def _sizes(violation: Any) -> str:
    return " ".join(dim if size is None else f"{dim}={size}" for dim, size in violation.expected) or "()"
