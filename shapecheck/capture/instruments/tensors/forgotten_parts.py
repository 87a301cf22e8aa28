"""The one part of a model that no optimizer was given, beside a part of the same module that was given by its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from torch import nn

from shapecheck.capture.instruments.tensors.learners import is_behind
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, Root
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.findings import Fix
from shapecheck.reading.sources import source_of

Parts = dict[Ref, nn.Parameter]
# A file that speaks of one of these may leave a part as it is on purpose.
_ON_PURPOSE = re.compile(
    r"fr[eo]ez|frozen|pre-?_?train|fine-?_?tun|transfer|adapt|lora|prompt|prob(e|ing)\b|invert|inver(se|sion)|fixed|"
    r"reservoir|echo|untrained|not trained",
    re.IGNORECASE,
)
# Of these, one that is random, or stands for the world that is acted in.
_AS_DRAWN = re.compile(
    r"\b(stay|keep|kept|remain)s?\b.{0,40}\b(random|drawn|init|same|as (it|they))|as drawn|orthogonal|simplex|"
    r"random(ly)? (feature|drawn|head|projection|readout|weight|direction|target)|"
    r"simulat|environment|\bplant\b|physic|dynamics|\bworld\b",
    re.IGNORECASE,
)


def forgotten_part(step: Step, root: Root, own: Parts, idle: Parts, held: Parts) -> Sighting | None:
    """``Adam(self.vae.encoder.parameters())``, in a model all of which but the decoder of ``vae`` is trained.

    The part reads what is trained, once a step, and holds fewer numbers than that. A part that is frozen on purpose is
    mostly one of several, stands in front, or is what the small rest was added to.
    """
    found = _part(root, own, idle)
    if found is None or not root.training or any(is_said_to_stay(step, held, one) for one in (_ON_PURPOSE, _AS_DRAWN)):
        return None
    name, parent, part = found
    trained = step.tape.trained
    drawn = {node.kwargs["tensor"] for node in step.tape.nodes if isinstance(node.kwargs.get("tensor"), Ref)}
    if not set(idle) & drawn or any(trained.is_given(each) for each in [*idle.values(), *held.values()]):
        return None
    if _numbers(idle) > _numbers(held) or not is_behind(step, held, idle) or not _are_read_once(step, idle):
        return None
    for sibling, spot, call in _siblings(step, parent, part, held):
        text = (
            f"of the parts of {type(parent).__name__}, this optimizer is given {sibling} alone: the loss has a "
            f"gradient for the {_numbers(idle)} numbers of {name} too, and no optimizer holds them. They are all that "
            "is not trained, and keep the random numbers that they began with"
        )
        return Sighting("part_left_out_of_optimizer", spot.span, text, "", (_fix(spot, call, parent, part, idle),))
    return None


def _part(root: Root, own: Parts, idle: Parts) -> tuple[str, nn.Module, str] | None:
    """The part that holds all of what is idle and nothing else of what learns: its path, its parent and its name."""
    for path, parent in root.module.named_modules():
        if type(parent).__module__.startswith("torch."):
            continue
        for name, child in parent.named_children():
            inside = {ref for ref, each in own.items() if any(each is one for one in child.parameters())}
            if inside == set(idle):
                return f"{path}.{name}".strip("."), parent, name
    return None


def is_said_to_stay(step: Step, held: Parts, words: re.Pattern[str] = _AS_DRAWN) -> bool:
    """Whether a file that makes an optimizer speaks of what stays as it was drawn."""
    made = step.tape.trained.made.holding_any(held.values())
    files = {each.spot.code.co_filename for _, each in made}
    sources = [source_of(file) for file in files]
    return any(source is None or words.search("\n".join(source.lines)) for source in sources)


def _are_read_once(step: Step, idle: Parts) -> bool:
    """Whether each is read by one operation: what measures predictions is asked about the truth as well."""
    # Who sets gradients to nothing reads a parameter as well: outside of any call of a model.
    reads = [ref for node in step.recorded if node.root >= 0 for ref in node.parents if ref in idle]
    return len(reads) == len(set(reads)) == len(idle)


def _siblings(step: Step, parent: nn.Module, part: str, held: Parts) -> Iterator[tuple[str, Spot, ast.Call]]:
    """The other parts of a module that an optimizer is given by their names, with where and how."""
    for _, made in step.tape.trained.made.holding_any(held.values()):
        statement = statement_at(made.spot.code.co_filename, made.spot.line)
        for item in ast.walk(statement) if statement is not None else ():
            name = _given_whole(item)
            child = dict(parent.named_children()).get(name)
            if name != part and child is not None and isinstance(item, ast.Call):
                each = [*child.parameters()]
                if each and all(any(one is other for other in held.values()) for one in each):
                    yield name, made.spot, item


def _given_whole(item: ast.AST) -> str:
    """The name of a part all of whose parameters are asked for: ``self.vae.encoder.parameters()``."""
    if not isinstance(item, ast.Call) or item.args or item.keywords or not isinstance(item.func, ast.Attribute):
        return ""
    whole = item.func.value
    return whole.attr if item.func.attr == "parameters" and isinstance(whole, ast.Attribute) else ""


def _fix(spot: Spot, call: ast.Call, parent: nn.Module, part: str, idle: Parts) -> Fix:
    assert isinstance(call.func, ast.Attribute)
    assert isinstance(call.func.value, ast.Attribute)
    whole, file = ast.unparse(call.func.value.value), spot.code.co_filename
    sibling = dict(parent.named_children())[call.func.value.attr]
    known = [*idle.values(), *sibling.parameters()]
    rest = [one for one in parent.parameters() if not any(one is other for other in known)]
    old = ast.unparse(call)
    if not rest:
        new = f"{whole}.parameters()"
    elif isinstance(getattr(call, "parent", None), ast.Starred):
        new = f"{old}, *{whole}.{part}.parameters()"
    else:
        new = f"[*{old}, *{whole}.{part}.parameters()]"
    return Fix(new, replaced_text(file, call, new), "no")


def _numbers(parts: Parts) -> int:
    return sum(one.numel() for one in parts.values())
