"""``shapecheck run``: runs a script as python would, and explains the exception that ends it."""

from __future__ import annotations

import os
import sys
from argparse import REMAINDER, ArgumentParser, Namespace
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from shapecheck.commands._behind import behind, hint, text_of_module
from shapecheck.commands._formats import add_format, format_of, takes_color, writable
from shapecheck.commands._scripts import target_of
from shapecheck.scripts.begun import Begun
from shapecheck.scripts.troubles import tell_trouble

if TYPE_CHECKING:
    from shapecheck.findings import Report
    from shapecheck.scripts.crash_report import CrashReport
    from shapecheck.scripts.recorder import Recorder
    from shapecheck.scripts.running import Ended, Target

NAME = "run"
HELP = "run a script as python would, and explain the exception that ends it"
# What a shell says of a process that SIGTERM has ended.
_TERMINATED = 143


def add_arguments(parser: ArgumentParser) -> None:
    """Add what ``run`` takes: its own options stand before the script."""
    parser.usage = (
        "shapecheck run [options] script.py [args ...]\n"
        "       shapecheck run [options] -m package.module [args ...]\n"
        "       shapecheck run [options] -c code [args ...]\n"
        "       shapecheck run [options] - [args ...]"
    )
    parser.epilog = (
        "The exit status is the script's own; 1 if the audit found an error in a script that ends with 0. "
        "The report goes to stderr; json and html go to stdout, behind what the script prints, or to --output FILE."
    )
    add_format(parser, ("text", "json", "html"), about="(default: by the ending of --output, otherwise text)")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write the report there, apart from what the script prints"
    )
    parser.add_argument("--no-color", action="store_true", help="no colour codes, whatever the terminal can do")
    parser.add_argument("-q", "--quiet", action="store_true", help="no trace, and no word of a run that ends well")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="list the checks of an audit, too; they are counted otherwise"
    )
    parser.add_argument(
        "--audit", action="store_true", help="also look for mistakes that raise nothing, in a few steps"
    )
    parser.add_argument(
        "--batch-axis", type=int, choices=(0, 1), metavar="AXIS",
        help="for --audit: the axis of the inputs that counts the samples, 0 or 1 (default: found out)",
    )  # fmt: skip
    what = parser.add_mutually_exclusive_group()
    what.add_argument("-m", dest="module", nargs=REMAINDER, metavar="MODULE", help="run a module, as python -m does")
    what.add_argument("-c", dest="code", nargs=REMAINDER, metavar="CODE", help="run code, as python -c does")
    parser.add_argument(
        "script", nargs="?", help="the script; a directory or an archive with a __main__.py; - for standard input"
    )
    parser.add_argument("arguments", nargs=REMAINDER, help="what the script finds in sys.argv")


def run(args: Namespace) -> int:
    """Run it, and report.

    Returns:
        The exit status of the script if it ends, 1 if an exception ended it or if it ended with 0 and the audit found
        an error, 130 if it was interrupted. SIGTERM ends it as it ends python, once the audit has said what it saw.
    """
    from shapecheck.errors import ShapecheckError
    from shapecheck.scripts.recorder import Recorder
    from shapecheck.scripts.running import Ended, print_traceback, run_target
    from shapecheck.scripts.terminated import telling_when_terminated

    target = target_of(args)
    args.format = format_of(args.format, args.output, {".json": "json", ".html": "html", ".htm": "html"})
    if args.output:
        args.output = writable(args.output)
    if args.batch_axis is not None and not args.audit:
        raise ShapecheckError("--batch-axis is for --audit: shapecheck run --audit --batch-axis 0 script.py")
    recorder = Recorder(with_audit=args.audit, batch_axis=args.batch_axis, stream=None if args.quiet else sys.stderr)
    process, begun = os.getpid(), Begun.now()

    def tell(stopped: KeyboardInterrupt) -> None:
        recorder.stop()
        _report(args, target, Ended(_TERMINATED, stopped), recorder, begun)

    with telling_when_terminated(tell) if args.audit else nullcontext():
        ended = run_target(target, before=recorder.start)
    if ended.error is not None:
        recorder.stop()
        recorder.tidy(ended.error)
        print_traceback(ended)
    if ended.is_missing:
        recorder.stop()
        return ended.status
    if os.getpid() != process:
        # A fork of the script's that came back here: it is the script's own business, and its parent will report.
        return ended.status
    _wait(ended, recorder)
    recorder.stop()
    was_stopped = isinstance(ended.error, KeyboardInterrupt)
    if not was_stopped or recorder.threads.first is not None or recorder.auditor is not None:
        _report(args, target, ended, recorder, begun)
    _say_what_stands_behind(args, target, ended, begun)
    is_fine = recorder.threads.first is None and (recorder.auditor is None or recorder.auditor.report.ok)
    return ended.status or (0 if is_fine else 1)


def _wait(ended: Ended, recorder: Recorder) -> None:
    """Let the threads of the script end; one of them may crash, or train something."""
    try:
        recorder.threads.wait()
    except KeyboardInterrupt:
        print("shapecheck: interrupted while it waited for the threads of the script", file=sys.stderr)
        ended.status = ended.status or 130


def _say_what_stands_behind(args: Namespace, target: Target, ended: Ended, begun: Begun) -> None:
    """An option of ours that the script was given, and seems to know nothing of."""
    folder = os.path.join(begun.folder, os.path.dirname(target.name)) if target.kind == "script" else begun.folder
    text = text_of_module(target.name) if target.kind == "module" else "\n".join(ended.texts.values())
    found = behind(args, target.arguments, text, folder)
    if found:
        with suppress(ValueError):
            begun.write(hint("run", found, target.shown), to_stderr=True)


def _report(args: Namespace, target: Target, ended: Ended, recorder: Recorder, begun: Begun) -> None:
    """Say what was found. Nothing that goes wrong here may hide what the script itself said."""
    try:
        from shapecheck.scripts.reporting import reported

        found, about = reported(target, ended, recorder)
        text = _rendered(args, ended.status, found, begun)
        _write(args, about + text if args.format == "text" and text else text, begun)
    except KeyboardInterrupt:
        print("shapecheck: interrupted while it looked for the cause", file=sys.stderr)
    except Exception as error:
        tell_trouble("no diagnosis", error)


def _rendered(args: Namespace, status: int, found: Report | CrashReport, begun: Begun) -> str:
    from shapecheck.findings import Report

    report, evidence = (found, None) if isinstance(found, Report) else (found.report, found.evidence)
    if args.format == "json":
        return report.to_json() + "\n"
    if args.format == "html":
        from shapecheck.render.report_html import report_html

        return report_html(report, evidence, folder=begun.folder)
    if args.quiet and not report.diagnoses and (report.crash is None or report.was_interrupted):
        return ""
    if report.crash is None and not args.audit:
        from shapecheck.scripts.undiagnosed import good_end_text

        return good_end_text(report.script, status)
    from shapecheck.render.report_text import report_text

    stream = begun.stderr
    color = not args.no_color and not args.output and takes_color(stream)
    unicode = (getattr(stream, "encoding", "") or "").lower().startswith("utf") or bool(args.output)
    return report_text(
        report, evidence, color=color, unicode=unicode, with_trace=not args.quiet, quiet=args.quiet,
        verbose=args.verbose, folder=begun.folder,
    )  # fmt: skip


def _write(args: Namespace, text: str, begun: Begun) -> None:
    if args.output:
        try:
            # What stands in the name of a file need not be text.
            with open(args.output, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError as error:
            begun.write(f"shapecheck: error: cannot write {args.output}: {error.strerror or error}\n", to_stderr=True)
        return
    # The text stands below torch's traceback; the others are what a program reads.
    try:
        begun.write(text, to_stderr=args.format == "text")
    except ValueError:
        with suppress(Exception):
            begun.write(_CLOSED, to_stderr=args.format != "text")


_CLOSED = (
    "shapecheck: error: the script has closed the stream that the report goes to; --output FILE writes it to a file\n"
)
