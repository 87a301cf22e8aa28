"""A loss that was cut off from the parameters: without what cuts it off."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Cut, Evidence, Span
from shapecheck.reading.edits import as_whole, bracketed
from shapecheck.reading.failing import says
from shapecheck.reading.sources import source_of, walk


def candidates(evidence: Evidence) -> list[Candidate]:
    """All that cuts the loss off is left out at once: as long as one is left, the same error comes."""
    cuts = list(evidence.cuts)
    if not cuts or not says(evidence, r"does not require grad"):
        return []
    changes: list[Change] = []
    while cuts:
        nested = _inside(cuts)
        change = without(nested)
        if change is None:
            return []
        changes.append(change)
        cuts = cuts[len(nested) :]
    first = evidence.cuts[0]
    title = changes[0].text.strip() if len(changes) == 1 and first.kept is not None else f"without {first.name}"
    return [Candidate(" ".join(title.split()), tuple(changes), (), 0.1)]


def _inside(cuts: Sequence[Cut]) -> list[Cut]:
    """The first cut, and those behind it that stand in what is kept of the one before."""
    found = [cuts[0]]
    for each in cuts[1:]:
        kept = found[-1].kept
        if kept is None or each.span is None or not kept.holds(each.span):
            break
        found.append(each)
    return found


def without(cuts: Sequence[Cut]) -> Change | None:
    """The first of these cuts left out, and with it those that stand inside it."""
    cut = cuts[0]
    if cut.span is None:
        return None
    if cut.kind == "switched off":
        return _switched_on(cut.span)
    if cut.kept is None:
        return None
    text = cut.kept.text
    inner = without(cuts[1:]) if len(cuts) > 1 else None
    if len(cuts) > 1 and inner is None:
        return None
    if inner is not None:
        text = as_whole(cut.kept, inner).text
    if cut.is_list:
        return Change(cut.span, f"torch.stack({text})")
    return Change(_with_brackets(cut.span), bracketed(text))


def _with_brackets(span: Span) -> Span:
    """The piece with the brackets round it, where these are no call's: ``(p > 0.5).float()``."""
    source = source_of(span.file)
    if source is None:
        return span
    before = source.lines[span.line - 1][: span.column]
    after = source.lines[span.end_line - 1][span.end_column :]
    ahead = before[:-1].rstrip()[-1:]
    if not before.endswith("(") or not after.startswith(")") or ahead.isalnum() or ahead in ("_", ")", "]"):
        return span
    return Span(span.file, span.line, span.column - 1, span.end_line, span.end_column + 1, f"({span.text})")


def _switched_on(span: Span) -> Change | None:
    """The block without its head, the function without its decorator, the script without the line."""
    source = source_of(span.file)
    if source is None:
        return None
    for node in walk(source.tree):
        if isinstance(node, ast.With) and node.lineno == span.line and len(node.items) == 1:
            whole = source.span(node)
            first, last = source.span(node.body[0]), source.span(node.body[-1])
            if first.line == node.lineno:
                return Change(whole, whole.text[-len(source.span(node.body[0]).text) :]) if first == last else None
            if any(isinstance(part, ast.Constant) and _is_long(part) for part in walk(node)):
                return None
            body = "".join(source.lines[first.line - 1 : last.end_line]).rstrip("\n")
            return Change(whole, textwrap.indent(textwrap.dedent(body), " " * whole.column).lstrip())
        decorators = getattr(node, "decorator_list", ())
        statement = node if isinstance(node, ast.Expr) else None
        if any(source.span(each) == span for each in decorators) or (
            statement is not None and source.span(statement) == span
        ):
            row = source.lines[span.line - 1]
            if span.line == span.end_line and row.strip().lstrip("@").startswith(span.text):
                return Change(Span(span.file, span.line, 0, span.line + 1, 0, row), "")
    return None


def _is_long(node: ast.Constant) -> bool:
    """Whether a text goes over several lines, whose indentation is part of it."""
    return isinstance(node.value, str) and node.end_lineno != node.lineno
