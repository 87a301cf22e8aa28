"""Lists of layers that were made by repeating one: ``nn.ModuleList([Block()] * n)`` holds one set of weights."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from torch import nn

from shapecheck.capture.instruments.tensors.names import forward_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.user_code import span_of, tree_of
from shapecheck.findings import Fix
from shapecheck.reading.sources import class_around, function_around, last_name, names_in, source_of, walk

# Whoever means one set of weights for all, mostly says so.
_ON_PURPOSE = re.compile(
    r"shar(e|ed|es|ing)(?![a-z])|\bt(ied|ying|ie)(?![a-z])|recurr|recurs|universal|albert|re-?use|unroll|iterat|"
    r"equilib|refine|same (weight|layer|block|param|module)|one set of|repeat",
    re.IGNORECASE,
)
_CLONES = re.compile(r"clone|cop(y|ies)", re.IGNORECASE)


def same_layer_repeated(step: Step) -> Iterator[Sighting]:
    """A ModuleList, or a Sequential, whose entries are one module, which was made right where it is repeated.

    A layer that is shared on purpose has a name by which it is called again and again, or the text beside it says so.
    In a list that is told how many it is to hold, a layer made in place is meant to be made so often. A function that
    is named for clones and makes none says what was meant as well.
    """
    modules = {id(each): each for root in step.roots if root.graded for each in root.module.modules()}
    for owner in modules.values():
        for part in owner.children():
            again = _again(part) if isinstance(part, nn.ModuleList | nn.Sequential) else None
            seen = _seen(owner, again, len(part)) if again is not None else None  # type: ignore[arg-type]
            if seen is not None:
                yield seen
                return


def _again(part: nn.Module) -> nn.Module | None:
    """The module with parameters that stands in a list several times, where each of them does."""
    entries = [
        each for each in part._modules.values() if each is not None and next(each.parameters(), None) is not None
    ]
    counts = Counter(map(id, entries))
    return entries[0] if entries and min(counts.values()) > 1 and len(set(counts.values())) == 1 else None


def _seen(owner: nn.Module, again: nn.Module, count: int) -> Sighting | None:
    forward = forward_of(owner)
    code = getattr(getattr(type(owner), "forward", None), "__code__", None)
    file = code.co_filename if forward is not None and code is not None else ""
    tree = tree_of(file) if file else None
    kind = type(again).__name__
    found = [item for item in walk(tree) if _repeats(item, kind) or _is_no_clone(item)]
    if len(found) != 1 or tree is None or _says_so(file, tree, found[0]):
        return None
    old = found[0]
    assert isinstance(old, ast.expr)
    new = _made_anew(tree, old)
    text = (
        f"the {count} entries of this list are one {kind}, which is repeated here: there is one set of weights, and "
        "each place of the list calls the same"
    )
    span = span_of(file, old)
    edits = replaced_text(file, old, new) if new else ()
    return Sighting("same_layer_repeated", span, text, kind, (Fix(new or "copy.deepcopy of it for each", edits, "no"),))


def _repeats(item: ast.AST, kind: str) -> bool:
    """``[Block(dim)] * n``, with what makes a module of this class, or a copy of one."""
    parts = _parts(item)
    made = {last_name(part.func) for part in parts if isinstance(part, ast.Call)}
    return bool(parts) and all(isinstance(part, ast.Call) for part in parts) and bool(made & {kind, "deepcopy"})


def _parts(item: ast.AST) -> list[ast.expr]:
    if not isinstance(item, ast.BinOp) or not isinstance(item.op, ast.Mult):
        return []
    lists = [side for side in (item.left, item.right) if isinstance(side, ast.List | ast.Tuple)]
    return lists[0].elts if len(lists) == 1 else []


def _is_no_clone(item: ast.AST) -> bool:
    """``[module for _ in range(n)]``, with a parameter of a function that is named for clones."""
    if not isinstance(item, ast.ListComp | ast.GeneratorExp) or not isinstance(item.elt, ast.Name):
        return False
    function = function_around(item)
    is_given = function is not None and item.elt.id in {each.arg for each in function.args.args}
    bound = names_in(*(each.target for each in item.generators))
    return is_given and function is not None and bool(_CLONES.search(function.name)) and item.elt.id not in bound


def _says_so(file: str, tree: ast.AST, item: ast.AST) -> bool:
    """Whether the class around it, or the head of the script, speaks of one set of weights for all."""
    source = source_of(file)
    around = class_around(item) or function_around(item)
    first = tree.body[0] if isinstance(tree, ast.Module) and tree.body else None
    head = first.value.value if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else ""
    if source is None or around is None:
        return True
    start = min([around.lineno, *(each.lineno for each in around.decorator_list)]) - 1
    while start > 0 and source.lines[start - 1].lstrip().startswith("#"):
        start -= 1
    text = "\n".join(source.lines[start : around.end_lineno])
    return bool(_ON_PURPOSE.search(text) or _ON_PURPOSE.search(str(head)))


def _made_anew(tree: ast.AST, old: ast.expr) -> str:
    if isinstance(old, ast.ListComp | ast.GeneratorExp):
        names = {alias.asname or alias.name for item in walk(tree) for alias in _imports(item)}
        call = "copy.deepcopy" if "copy" in names else "deepcopy" if "deepcopy" in names else ""
        text = ast.unparse(ast.ListComp(ast.Name(f"{call}({ast.unparse(old.elt)})"), old.generators)) if call else ""
        return text if isinstance(old, ast.ListComp) else text[1:-1]
    parts = _parts(old)
    assert isinstance(old, ast.BinOp)
    count = old.right if isinstance(old.left, ast.List | ast.Tuple) else old.left
    times = f"for _ in range({ast.unparse(count)})"
    if len(parts) == 1:
        return f"[{ast.unparse(parts[0])} {times}]"
    return f"[layer {times} for layer in ({', '.join(map(ast.unparse, parts))})]"


def _imports(item: ast.AST) -> list[ast.alias]:
    return item.names if isinstance(item, ast.Import | ast.ImportFrom) else []


PROBE = Probe(
    "no list of layers holds one layer several times",
    lambda look: same_layer_repeated(look.step),
    needs_no_run=True,
    turn=Turn.LAST,
)
