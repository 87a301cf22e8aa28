"""A graph that was used up: the state that is carried from one step to the next is cut off from the steps before."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import line_after, place_before, replaced, suffixed, without_keyword
from shapecheck.reading.failing import failed, says
from shapecheck.reading.going_back import GoingBack, going_back
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    is_named,
    last_name,
    loop_around,
    parents,
    rounds_around,
    user_sources,
    walk,
)
from shapecheck.reading.states_reset import is_made_by_steps, resets_in_place, rounds_inside
from shapecheck.reading.vocabulary import MADE_OF_SIZES

CAUSE = "state_not_detached"
ALL_STEPS = "the losses of all steps of a sequence may be meant to be added up, and gone back from once behind them"
_STEPS = "the steps between are meant to be learned through, and this cuts them apart as well"
_ADDED_UP = "the loss is added up over the rounds, and by itself goes back through those before"
_STATES = {"LSTM": "tuple", "GRU": "tensor", "RNN": "tensor", "GRUCell": "tensor", "RNNCell": "tensor"}


def candidates(evidence: Evidence) -> list[Candidate]:
    """The state, detached behind the step that made it, or where it is kept."""
    found = going_back(evidence)
    is_kept = found is not None and any(each.arg == "retain_graph" for each in found.call.keywords)
    if not says(evidence, r"second time") and not (is_kept and says(evidence, r"modified by an inplace operation")):
        return []
    ways = list(_detached(evidence, found)) if failed(evidence, "backward") is not None else []
    if found is not None and _is_added_up(found):
        ways = [each.doubted(_ADDED_UP) for each in ways]
    gone = without_keyword(found.source.span(found.call), "retain_graph") if found is not None and is_kept else None
    # It kept the graph for the next round to go through.
    return [replace(each, changes=(*each.changes, gone)) for each in ways] if gone is not None else ways


def _detached(evidence: Evidence, found: GoingBack | None) -> Iterator[Candidate]:
    """A state that is carried from one step to the next, cut off from the steps before."""
    for source in user_sources(evidence):
        here = found if found is not None and found.source is source else None
        for node in walk(source.tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                yield from _handed_back(evidence, source, node, here)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                yield from _kept(evidence, source, node, here)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and loop_around(node):
                name = node.targets[0].id
                if any(is_named(each, name) and isinstance(each.ctx, ast.Load) for each in walk(node.value)):
                    yield from _made_of_itself(source, node, name, here)


def _is_added_up(found: GoingBack) -> bool:
    """Whether each round only adds to the loss that it goes back from: ``loss = loss + part``."""
    if not isinstance(found.loss, ast.Name):
        return False
    name, made = found.loss.id, found.made_of().get(found.loss.id)
    is_more = isinstance(made, ast.AugAssign) or (
        isinstance(made, ast.Assign) and any(is_named(each, name) for each in walk(made.value))
    )
    return is_more and made in walk(found.rounds) and found.is_given_once(name)


def _made_of_itself(source: Source, made: ast.Assign, name: str, here: GoingBack | None) -> Iterator[Candidate]:
    """A name that each round makes of what it was: cut off where it is made, or behind what goes back through it."""
    if here is not None and is_named(here.loss, name):
        # A loss that is cut off has nothing to go back to.
        return
    if here is not None and made in walk(here.rounds) and here.made_of().get(name) is made:
        line = f"{name} = {name}.detach()"
        yield Candidate(line, (line_after(source.span(here.statement), line),), (), 0.7)
        return
    span = source.span(made.value)
    yield Candidate(f"{name} = {span.text}.detach()", (suffixed(span, ".detach()"),), (), 0.7)


def _handed_back(evidence: Evidence, source: Source, made: ast.Assign, here: GoingBack | None) -> Iterator[Candidate]:
    """A state that a call is given and returns anew, alone or as the second of two."""
    assert isinstance(made.value, ast.Call)
    given = {ast.unparse(part) for part in [*made.value.args, *(each.value for each in made.value.keywords)]}
    target = made.targets[0]
    is_pair = isinstance(target, ast.Tuple) and len(target.elts) == 2
    state = target.elts[1] if isinstance(target, ast.Tuple) and is_pair else target
    names = [ast.unparse(part) for part in getattr(state, "elts", [state])]
    if not {ast.unparse(state), f"({', '.join(names)})"} & given or (not is_pair and not _carries(here, made)):
        return
    callee, whole = source.span(made.value.func), ast.unparse(state)
    ways = _detach_lines(evidence, callee, whole, names, *_place(source, made, names, here))
    yield from (replace(each, doubt=ALL_STEPS if _is_of_steps(here, made) else "") for each in ways)


def _is_of_steps(here: GoingBack | None, made: ast.Assign) -> bool:
    """Whether the rounds that go backward, and make a state, are the steps of one sequence."""
    return here is not None and made in walk(here.rounds) and goes_over_steps(here.rounds)


def goes_over_steps(rounds: ast.AST) -> bool:
    """Whether rounds take the steps of one sequence one by one: ``x[:, t]`` of ``for t in``."""
    if not isinstance(rounds, ast.For) or not isinstance(rounds.target, ast.Name):
        return False
    cuts = (each.slice for each in walk(rounds) if isinstance(each, ast.Subscript))
    taken = (part for cut in cuts for part in (cut.elts if isinstance(cut, ast.Tuple) and len(cut.elts) > 1 else ()))
    return any(is_named(part, rounds.target.id) for part in taken)


def _place(source: Source, made: ast.Assign, names: list[str], here: GoingBack | None) -> tuple[Span, float]:
    """Behind which statement a state is cut off, and how far that is fetched.

    Within a round the steps belong together: what its own loops have made is cut off behind them, and behind the
    backward() for which it is read.
    """
    inside = walk(here.rounds) if here is not None else ()
    if here is None or made not in inside:
        return source.span(made), 0.1
    inner = [up for up in rounds_around(made) if up in inside]
    last: ast.AST = next((up for up in reversed(inner) if up is not here.rounds), made)
    begin, end = source.span(last).end_line, here.call.lineno
    read = (each for each in inside if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load))
    if any(each.id in names and begin < each.lineno <= end for each in read):
        last = here.statement
    return source.span(last), 0.0


def _kept(evidence: Evidence, source: Source, made: ast.Assign, here: GoingBack | None) -> Iterator[Candidate]:
    """A state that an object keeps, and reads again."""
    text = ast.unparse(made.targets[0])
    attributes = (each for each in walk(source.tree) if isinstance(each, ast.Attribute))
    loaded = [each for each in attributes if isinstance(each.ctx, ast.Load) and ast.unparse(each) == text]
    in_init = any(isinstance(up, ast.FunctionDef) and up.name == "__init__" for up in parents(made))
    is_pythons_own = text.endswith("__")
    # What is made of nothing, or is a row of other things, goes back to no round before.
    made_by = last_name(made.value.func) if isinstance(made.value, ast.Call) else ""
    is_blank = isinstance(made.value, ast.Constant | ast.List | ast.Dict) or made_by in MADE_OF_SIZES
    is_cut = any(isinstance(each, ast.Attribute) and each.attr == "detach" for each in walk(made.value))
    if not loaded or in_init or is_pythons_own or is_blank or is_cut:
        return
    span = source.span(made.value)
    callee = source.span(made.value.func) if isinstance(made.value, ast.Call) else None
    is_row = isinstance(made.value, ast.Tuple | ast.List | ast.ListComp) or made_by in ("tuple", "list")
    known = (
        "tuple"
        if is_row
        else _kind_of(evidence, text)
        or _kind_of(evidence, span.text)
        or (_state_of(evidence, callee) if callee else "")
    )
    steps, is_by_steps = rounds_inside(made, here), is_made_by_steps(source, made, here)
    doubt = _STEPS if is_by_steps else ""
    for reset in resets_in_place(source, made, here):
        change = _cut_off_in_place(source, reset)
        yield Candidate(change.text, (change,), (), 0.3)
        doubt = _STEPS
    if steps is not None and _is_there_before(made, steps):
        first, both = source.span(steps), f"{text} = tuple(each.detach() for each in {text})"
        line = both if known == "tuple" else f"{text} = {text}.detach()"
        yield Candidate(line, (Change(place_before(first), f"{line}\n{' ' * first.column}"),), (), 0.35, doubt)
    if steps is not None:
        doubt = _STEPS
    before = _read_on_the_way(made, text)
    if before and known != "tuple":
        may_be_none = _is_begun_as_none(made, text)
        changes = tuple(_cut_off_unless_none(source, each, may_be_none=may_be_none) for each in before)
        yield Candidate(f"{text}.detach()", changes, (), 0.4, doubt)
    elif known != "tuple":
        yield Candidate(f"{text} = {span.text}.detach()", (suffixed(span, ".detach()"),), (), 0.4, doubt)
    each = _only_handed_on(made.value)
    if each is not None:
        change = suffixed(source.span(each), ".detach()")
        yield Candidate(change.text, (change,), (), 0.4, doubt)
    elif known != "tensor":
        pair = f"tuple(each.detach() for each in {span.text})"
        yield Candidate(pair, (replaced(span, pair),), (), 0.45, doubt)


def _only_handed_on(value: ast.expr) -> ast.Name | None:
    """What each item is called in a row that hands on the items of another one: ``tuple(h for h in state)``."""
    row = value.args[0] if isinstance(value, ast.Call) and len(value.args) == 1 else value
    if not isinstance(row, ast.GeneratorExp | ast.ListComp) or len(row.generators) != 1:
        return None
    return row.elt if isinstance(row.elt, ast.Name) and is_named(row.generators[0].target, row.elt.id) else None


def _read_on_the_way(made: ast.Assign, text: str) -> list[ast.expr]:
    """Where a state is made of itself, if its function reads on from it: cut off as a whole, it would teach nothing."""
    attributes = (each for each in walk(function_around(made)) if isinstance(each, ast.Attribute))
    loaded = [each for each in attributes if isinstance(each.ctx, ast.Load) and ast.unparse(each) == text]
    if not any(each.lineno > (made.end_lineno or 0) for each in loaded):
        return []
    inside = walk(made.value)
    return [each for each in loaded if each in inside and not isinstance(getattr(each, "parent", None), ast.Attribute)]


def _is_begun_as_none(made: ast.Assign, text: str) -> bool:
    """Whether a state is None at first, and nothing in front in its function gives it another value."""
    home = function_around(made)
    stored = [
        (each.value, function_around(each) is home and each.lineno < made.lineno)
        for each in walk(class_around(made))
        if isinstance(each, ast.Assign) and any(ast.unparse(target) == text for target in each.targets)
    ]
    is_none = any(isinstance(value, ast.Constant) and value.value is None for value, _ in stored)
    return is_none and not any(is_before for _, is_before in stored)


def _cut_off_unless_none(source: Source, state: ast.expr, *, may_be_none: bool) -> Change:
    if not may_be_none:
        return suffixed(source.span(state), ".detach()")
    text = ast.unparse(state)
    whole = f"None if {text} is None else {text}.detach()"
    is_alone = isinstance(getattr(state, "parent", None), ast.Call | ast.keyword)
    return replaced(source.span(state), whole if is_alone else f"({whole})")


def _cut_off_in_place(source: Source, reset: ast.Call) -> Change:
    """``x.zero_().detach_()``; what is done to its data is done to itself then."""
    whole, inner = source.span(reset), reset.func.value if isinstance(reset.func, ast.Attribute) else reset
    if isinstance(inner, ast.Attribute) and inner.attr == "data":
        return replaced(source.span(inner), f"{ast.unparse(inner.value)}.detach_()")
    return suffixed(whole, ".detach_()")


def _is_there_before(made: ast.Assign, steps: ast.For | ast.While) -> bool:
    """Whether a state is a tensor before the first step: what is begun with as None is given one in front."""
    text = ast.unparse(made.targets[0])
    home = function_around(made)
    asked = [
        each
        for each in walk(home)
        if isinstance(each, ast.Compare) and ast.unparse(each.left) == text and isinstance(each.ops[0], ast.Is)
    ]
    return all(each.lineno < steps.lineno for each in asked)


def _carries(here: GoingBack | None, made: ast.Assign) -> bool:
    """Whether rounds begin with what the last one made."""
    return here is not None and made in walk(here.rounds) and here.is_given_once(ast.unparse(made.targets[0]))


def _detach_lines(
    evidence: Evidence, callee: Span, whole: str, names: list[str], last: Span, far: float
) -> Iterator[Candidate]:
    if len(names) > 1:
        text = f"{', '.join(names)} = {', '.join(f'{name}.detach()' for name in names)}"
        yield Candidate(text, (line_after(last, text),), (), 0.1 + far)
        return
    known = _kind_of(evidence, whole) or _state_of(evidence, callee)
    single = f"{whole} = {whole}.detach()"
    both = f"{whole} = tuple(each.detach() for each in {whole})"
    if known != "tuple":
        yield Candidate(single, (line_after(last, single),), (), 0.1 + far)
    if known != "tensor":
        yield Candidate(both, (line_after(last, both),), (), 0.12 + far)


def _kind_of(evidence: Evidence, name: str) -> str:
    """What a name of the user's frames still holds: a tensor, a tuple; nothing if it is not known."""
    held = (frame.names.get(name) for frame in reversed(evidence.frames) if frame.is_user)
    return next((each.kind for each in held if each is not None and each.kind in ("tensor", "tuple")), "")


def _state_of(evidence: Evidence, callee: Span) -> str:
    """What the state of a layer is, by the class that it was made of."""
    texts = [found.span.text.partition("(")[0].rpartition(".")[2] for found in trace(evidence, callee)]
    return next((_STATES[text] for text in texts if text in _STATES), "")
