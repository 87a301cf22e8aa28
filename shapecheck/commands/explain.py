"""``shapecheck explain``: the page of a fault, by its code, by what torch said, or by words that it speaks of."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from shapecheck.commands._formats import add_format, format_of, writable

NAME = "explain"
HELP = "explain a fault: by its code (SC205), its name, the text of an error, or words to search for"
_MOST = 20
_ENDINGS = {".md": "markdown", ".json": "json"}


def add_arguments(parser: ArgumentParser) -> None:
    """Add what ``explain`` takes."""
    parser.add_argument("what", nargs="*", help="codes, names, an error message (in quotes), or words to search for")
    parser.add_argument("--list", action="store_true", help="list every fault")
    forms = ("text", "markdown", "json")
    add_format(parser, forms, about="(default: by the ending of --output, otherwise text)")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file instead of the terminal")


def run(args: Namespace) -> int:
    """Print the list, one page, or the faults that a message leads to or that words are found in."""
    args.format = format_of(args.format, args.output, _ENDINGS)
    if args.output is None:
        return _explain(args)
    told = StringIO()
    path = writable(args.output)
    with redirect_stdout(told):
        code = _explain(args)
    Path(path).write_text(told.getvalue(), encoding="utf-8")
    return code


def _explain(args: Namespace) -> int:
    from shapecheck.errors import ShapecheckError
    from shapecheck.faults import all_faults
    from shapecheck.pages import as_json, did_you_mean, find_faults, is_about, is_unknown, named, page, speaking_of

    faults = all_faults()
    if args.list:
        if args.format == "json":
            print(json.dumps([as_json(fault) for fault in faults], indent=2))
        else:
            _print_list(faults)
        return 0
    text = " ".join(args.what).strip()
    if not text:
        raise ShapecheckError("say what to explain: a code such as SC205, or an error message; --list shows them all")
    if is_unknown(text):
        _print_unknown(args.format)
        return 0
    told = find_faults(text, faults)
    found = told or speaking_of(text, faults)
    if not found:
        close = did_you_mean(text, faults)
        hint = f"; did you mean {' or '.join(close)}?" if close else "; `shapecheck explain --list` shows all of them"
        raise ShapecheckError(f"no known fault is called, or says, {text[:120]!r}{hint}")
    if args.format == "json":
        print(json.dumps([as_json(fault) for fault in found], indent=2))
    elif named(text, faults) or (len(found) == 1 and (told or is_about(found[0], text))):
        for at, fault in enumerate(found):
            print("\n" if at else "", end="")
            _print_page(page(fault), args.format)
    elif told:
        _print_candidates(found, args.format)
    else:
        if not any(is_about(fault, text) for fault in found):
            print(f"No fault is called {text[:120]!r}, and none is about it; its words stand in the reasons of:\n")
        _print_list(found[:_MOST])
        more = f"{len(found) - _MOST} more; `shapecheck explain --list` has all. " if len(found) > _MOST else ""
        print(f"\n{more}`shapecheck explain CODE` shows a page.")
    return 0


def _print_list(faults: object) -> None:
    for fault in faults:  # type: ignore[attr-defined]
        print(f"{fault.code}  {fault.slug:<38}  {fault.headline}")


def _print_unknown(form: str) -> None:
    from shapecheck.pages import page_of_unknown

    text = page_of_unknown()
    if form == "json":
        head, slug, *said = text.strip().split("\n\n")
        code, _, headline = head.removeprefix("# ").partition(": ")
        told = {"code": code, "slug": slug.strip("`"), "headline": headline, "why": "\n\n".join(said)}
        print(json.dumps([told], indent=2))
    else:
        _print_page(text, form)


def _print_page(text: str, form: str) -> None:
    if form == "markdown":
        print(text, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(Markdown(text))
        return
    from shapecheck.render.pages import plain_page

    print(plain_page(text), end="")


def _print_candidates(found: object, form: str) -> None:
    print("This can be said where:\n")
    for fault in found:  # type: ignore[attr-defined]
        print(f"{fault.code}  {fault.headline}\n       {fault.lesson}")
    print("\n`shapecheck run script.py` looks at the values and says which; `shapecheck explain CODE` shows a page.")
    if form == "markdown":
        from shapecheck.pages import page

        for fault in found:  # type: ignore[attr-defined]
            _print_page(page(fault), form)
