"""The page of a contract in Markdown: what a layer or a loss takes, what it gives back, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shapecheck.contract import Contract, Form
from shapecheck.fault import Fault


def contract_markdown(contract: Contract, *, level: int = 3) -> str:
    """A contract as Markdown: its forms as a table, its letters, and what must hold with the reason.

    Args:
        contract: The contract.
        level: Level of its heading, 1 to 6.
    """
    blocks = [f"{'#' * level} {_title(contract)}", contract.about, _forms(contract.forms)]
    blocks.append("\n".join(f"- `{letter}`: {meaning}" for letter, meaning in contract.letters.items()))
    rules = [
        f"- **{rule.name}**{f': {rule.reason}' if rule.reason else ''}{_silence(rule.torch_raises)}"
        for rule in contract.rules
    ]
    if rules:
        blocks += ["What must hold beside the shapes:", "\n".join(rules)]
    if contract.source:
        blocks.append(f"Source: <{contract.source}>")
    return "\n\n".join(block for block in blocks if block) + "\n"


def hazards_markdown(faults: Iterable[Fault]) -> str:
    """What to know about calls that torch accepts: a table with a line a fault.

    Args:
        faults: The faults to show, in order.
    """
    rows = ["| code | what happens | remember |", "|---|---|---|"]
    rows += [f"| {fault.code} | **{fault.headline}**. {_cell(fault.why)} | {_cell(fault.lesson)} |" for fault in faults]
    return "\n".join(rows) + "\n"


def _title(contract: Contract) -> str:
    kinds = [name.rpartition(".")[2] for name in contract.types]
    classes = [kind for kind in kinds if kind[:1].isupper()]
    return ", ".join(f"`{kind}`" for kind in classes or kinds) or contract.name


def _forms(forms: Iterable[Form]) -> str:
    rows = ["| form | takes | gives back |", "|---|---|---|"]
    rows += [
        f"| {_cell(form.name)} | {_tensors(form.inputs, form)} | {_tensors(form.outputs, form)} |" for form in forms
    ]
    return "\n".join(rows)


def _tensors(specs: Mapping[str, str], form: Form) -> str:
    return "<br>".join(
        f"{role} `{_shape(spec)}`"
        + (" (optional)" if role in form.optional else "")
        + _meaning(form.meanings.get(role))
        for role, spec in specs.items()
    )


def _shape(spec: str) -> str:
    words = spec.split()
    return f"({', '.join(words)}{',' if len(words) == 1 else ''})"


def _meaning(words: str | None) -> str:
    return f": {_cell(words)}" if words else ""


def _silence(torch_raises: bool) -> str:
    return "" if torch_raises else " *(torch itself does not ask)*"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
