"""``shapecheck fix``: looks for an edit with which a crashing script runs to its end."""

from __future__ import annotations

import json
import os
import sys
from argparse import REMAINDER, ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from shapecheck.commands._behind import behind, hint, text_of_module
from shapecheck.commands._formats import add_format
from shapecheck.commands._scripts import file_of, target_of

NAME = "fix"
HELP = "find an edit with which a crashing script runs to its end, and show it as a diff"
_MOST_CAUSES = 3


def add_arguments(parser: ArgumentParser) -> None:
    """Add what ``fix`` takes: its own options stand before the script."""
    parser.usage = (
        "shapecheck fix [options] script.py [args ...]\n       shapecheck fix [options] -m package.module [args ...]"
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="change the file, if the script then runs to its end; what is in doubt leaves with 1 all the same",
    )
    parser.add_argument(
        "--max-fixes", type=_positive, default=5, metavar="N", help="edits one after another (default: 5)"
    )
    parser.add_argument(
        "--timeout", type=_seconds, default=60.0, metavar="SECONDS", help="for one run of the script (default: 60)"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print the diff only")
    parser.add_argument("--no-color", action="store_true", help="as run takes it; fix prints no colour codes at all")
    add_format(parser, ("text", "json"), default="text", about="(default: text)")
    parser.add_argument(
        "-m", dest="module", nargs=REMAINDER, metavar="MODULE", help="a module that crashes, run as python -m does"
    )
    parser.add_argument("script", nargs="?", help="the script that crashes")
    parser.add_argument("arguments", nargs=REMAINDER, help="what the script finds in sys.argv")


def run(args: Namespace) -> int:
    """Search, show what was found, and write it if that was asked for."""
    from shapecheck.errors import ShapecheckError
    from shapecheck.scripts.fixing import Limits, diffs, read_source, search
    from shapecheck.scripts.runner import Rehearsals

    target = target_of(args)
    path, text = file_of(target)
    if not hasattr(os, "fork"):
        raise ShapecheckError("shapecheck fix runs the script in forks, which this operating system does not have")
    runner = Rehearsals(target)
    try:
        found = search(runner, {path: text}, Limits(fixes=args.max_fixes, timeout=args.timeout))
    finally:
        runner.close()
    shown = diffs(found, {**{file: read_source(file)[0] for file in found.sources}, path: text})
    written = bool(args.write and found.outcome in ("fixed", "in doubt"))
    if written:
        _write(found.sources)
    whole = text_of_module(target.name) if target.kind == "module" else text
    astray = behind(args, target.arguments, whole, os.path.dirname(path))
    if args.format == "json":
        print(json.dumps(_as_json(target.shown, found, shown, written), indent=2))
    else:
        _print(args, target.shown, found, shown, written, is_asked=any(each.startswith("--write") for each in astray))
    if astray:
        sys.stdout.flush()
        sys.stderr.write(hint("fix", astray, target.shown))
    return 0 if found.outcome in ("fixed", "ran already") else 1


def _print(args: Namespace, script: str, found: Any, shown: dict[str, str], written: bool, *, is_asked: bool) -> None:
    from shapecheck.render.plain import clean
    from shapecheck.render.words import many

    for diff in shown.values():
        sys.stdout.write(diff)
    if args.quiet:
        return
    if shown:
        print()
    for at, step in enumerate(found.applied, 1):
        print(f"{at}. {clean(step.message, limit=160)}")
        print(f"   {step.code}: {step.headline}")
        print(f"   changed: {clean(step.title, limit=160)}")
    verdict = "farther" if found.outcome == "not fixed" and found.applied else found.outcome
    seconds = f"{args.timeout:g} second{'s' * (args.timeout != 1)}"
    print(_VERDICTS[verdict].format(script=script, seconds=seconds, runs=many(found.runs, "run")))
    if verdict == "farther" and len(found.applied) >= args.max_fixes:
        print(f"--max-fixes {args.max_fixes} allows no further change.")
    if found.outcome == "not fixed":
        print(f"What is left: {clean(found.message, limit=300)}")
        if found.where:
            print(f"It stands at {clean(found.where, limit=160)}")
        for told in found.left[:_MOST_CAUSES]:
            print(f"What is known of it: {clean(told, limit=300)}.")
        if found.is_told_by_run:
            once = ", once the change is made" if found.applied else ""
            print(f"shapecheck run {script} shows its line and each operand{once}.")
    elif found.message:
        print(clean(found.message, limit=300))
    for told in found.silent:
        print(f"What raises nothing is a mistake as well: {clean(told, limit=300)}.")
    if found.silent:
        print(f"shapecheck run --audit {script} tells more of it, once the change is made.")
    if found.not_audited:
        print(f"What raises nothing was not looked for: {clean(found.not_audited, limit=300)}.")
    for doubt in found.doubts:
        print(f"In doubt: {clean(doubt, limit=300)}")
    if written:
        warning = " Look at it before you rely on what the script prints." if found.outcome == "in doubt" else ""
        print(f"The change was written.{warning}")
    elif found.outcome in ("fixed", "in doubt"):
        print("Nothing was written." if is_asked else "Nothing was written; --write changes the file.")


_VERDICTS = {
    "fixed": "With this change {script} was seen to run to its end ({runs}).",
    "in doubt": "With this change {script} runs to its end ({runs}); whether it is what was meant is not known.",
    "ran already": (
        "{script} runs to its end as it is; there is nothing to fix.\n"
        "Mistakes that raise nothing are found by: shapecheck run --audit {script}"
    ),
    "not fixed": "No change was found with which {script} runs to its end ({runs}).",
    "farther": "With this change {script} gets farther, and still crashes ({runs}).",
    "timed out": "{script} did not end within {seconds}, so nothing can be said; --timeout gives it longer.",
    "could not run": "{script} could not be run to an end or an exception.",
}


def _as_json(script: str, found: Any, shown: dict[str, str], written: bool) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "script": script,
        "outcome": found.outcome,
        "written": written,
        "runs": found.runs,
        "message": found.message,
        "doubts": list(found.doubts),
        "silent": list(found.silent),
        "not_audited": found.not_audited,
        "left": list(found.left),
        "where": found.where,
        "applied": [
            {"code": step.code, "headline": step.headline, "title": step.title, "message": step.message}
            for step in found.applied
        ],
        "diffs": shown,
        "verified": "script" if found.outcome in ("fixed", "in doubt") else "no",
    }


def _write(sources: Any) -> None:
    from shapecheck.scripts.fixing import read_source

    for file, text in sources.items():
        with open(file, "w", encoding=read_source(file)[1], newline="") as opened:
            opened.write(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"expected a number of 1 or more, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise ArgumentTypeError(f"expected seconds, more than 0, got {text!r}")
    return number
