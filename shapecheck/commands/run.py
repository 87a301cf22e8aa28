"""``shapecheck run``: runs a script as python would, and explains the exception that ends it."""

from __future__ import annotations

import os
import sys
from argparse import REMAINDER, ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from shapecheck.scripts.troubles import tell_trouble

if TYPE_CHECKING:
    from shapecheck.auditor import Auditor
    from shapecheck.capture.crashes.flight import Flight
    from shapecheck.findings import Report
    from shapecheck.scripts.crash_report import CrashReport
    from shapecheck.scripts.running import Ended, Kind, Target

NAME = "run"
HELP = "run a script as python would, and explain the exception that ends it"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what ``run`` takes: its own options stand before the script."""
    parser.usage = (
        "shapecheck run [options] script.py [args ...]\n"
        "       shapecheck run [options] -m package.module [args ...]\n"
        "       shapecheck run [options] -c code [args ...]"
    )
    parser.add_argument("--format", choices=("text", "json", "html"), default="text", help="(default: text)")
    parser.add_argument("--output", metavar="FILE", help="write the report there, not to the terminal")
    parser.add_argument("--no-color", action="store_true", help="no colour codes, whatever the terminal can do")
    parser.add_argument("--quiet", action="store_true", help="say nothing of a run that ends; no trace after a crash")
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
    parser.add_argument("script", nargs="?", help="the script")
    parser.add_argument("arguments", nargs=REMAINDER, help="what the script finds in sys.argv")


def run(args: Namespace) -> int:
    """Run it, and report.

    Returns:
        The exit status of the script if it ends, 1 if an exception ended it, 130 if it was interrupted.
    """
    from shapecheck.errors import ShapecheckError
    from shapecheck.scripts.running import run_target

    target = _target(args)
    if args.output:
        args.output = _writable(args.output)
    if args.batch_axis is not None and not args.audit:
        raise ShapecheckError("--batch-axis is for --audit: shapecheck run --audit --batch-axis 0 script.py")
    recorder = _Recorder(with_audit=args.audit, batch_axis=args.batch_axis)
    process = os.getpid()
    ended = run_target(target, before=recorder.start)
    recorder.stop()
    recorder.tidy(ended)
    if ended.error is not None:
        from shapecheck.scripts.running import print_traceback

        print_traceback(ended)
    if os.getpid() != process:
        # A fork of the script's that came back here: it is the script's own business, and its parent will report.
        return ended.status
    if ended.error is None or not isinstance(ended.error, KeyboardInterrupt):
        _report(args, target, ended, recorder)
    if ended.status == 0 and recorder.auditor is not None and not recorder.auditor.report.ok:
        return 1
    return ended.status


def _writable(output: str) -> str:
    """The file as it is called wherever the script goes; said now if it cannot be written, and not after the run."""
    from shapecheck.errors import ShapecheckError

    path = os.path.abspath(output)
    if os.path.isdir(path):
        raise ShapecheckError(f"--output {output} is a directory; name a file")
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise ShapecheckError(f"--output {output}: there is no directory {folder}")
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise ShapecheckError(f"--output {output} cannot be written")
    return path


class _Recorder:
    """The flight recorder, which begins when the script imports torch: a script without it pays nothing."""

    def __init__(self, *, with_audit: bool = False, batch_axis: int | None = None) -> None:
        self.flight: Flight | None = None
        self.auditor: Auditor | None = None
        self.with_audit, self.batch_axis = with_audit, batch_axis

    def start(self) -> None:
        from shapecheck.scripts.arrival import when_imported

        when_imported("torch.nn.modules.module", self._begin)

    def _begin(self) -> None:
        try:
            # The hook itself imports torch.nn, which is only now being imported.
            from shapecheck.capture.crashes.flight import Flight

            self.flight = Flight()
            self.flight.start()
        except Exception as error:
            tell_trouble("the calls before a crash cannot be recorded", error)

        if self.with_audit:
            self._begin_audit()

    def _begin_audit(self) -> None:
        try:
            from shapecheck.auditor import Auditor

            self.auditor = Auditor(batch_axis=self.batch_axis)
            self.auditor.start()
        except Exception as error:
            tell_trouble("the script is not audited", error)

    def stop(self) -> None:
        if self.auditor is not None:
            self.auditor.stop()
        if self.flight is not None:
            self.flight.stop()

    def tidy(self, ended: Ended) -> None:
        """Take the detours that the hook made out of the traceback."""
        if self.flight is not None and ended.error is not None:
            from shapecheck.capture.hookless import as_without_hook, as_without_recorder

            try:
                trace = ended.error.__traceback__
                ended.error.__traceback__ = as_without_hook(as_without_recorder(trace) if self.auditor else trace)
            except Exception as error:
                tell_trouble("the traceback has detours of shapecheck's hook in it", error)

    @property
    def entries(self) -> list[Any]:
        return list(self.flight.entries) if self.flight is not None else []


def _target(args: Namespace) -> Target:
    from shapecheck.scripts.running import Target

    rest = ([args.script] if args.script is not None else []) + args.arguments
    kinds: tuple[tuple[Kind, list[str] | None], ...] = (("module", args.module), ("code", args.code))
    for kind, given in kinds:
        if given is not None:
            if not given:
                raise _usage(f"-{kind[0]} needs {'the name of a module' if kind == 'module' else 'code'} behind it")
            return Target(kind, given[0], (*given[1:], *rest))
    if args.script is None:
        raise _usage("name the script to run: shapecheck run script.py")
    return Target("script", args.script, tuple(args.arguments))


def _usage(text: str) -> Exception:
    from shapecheck.errors import ShapecheckError

    return ShapecheckError(text)


def _report(args: Namespace, target: Target, ended: Ended, recorder: _Recorder) -> None:
    """Say what was found. Nothing that goes wrong here may hide what the script itself said."""
    try:
        found = _audited(_found(target, ended, recorder), recorder.auditor)
        _write(args, _rendered(args, ended.status, found))
    except KeyboardInterrupt:
        print("shapecheck: interrupted while it looked for the cause", file=sys.stderr)
    except Exception as error:
        tell_trouble("no diagnosis", error)


def _found(target: Target, ended: Ended, recorder: _Recorder) -> Report | CrashReport:
    if ended.error is None:
        from shapecheck.scripts.undiagnosed import of_a_good_end

        return of_a_good_end(target.shown)
    from shapecheck.scripts.running import remember_sources

    remember_sources(ended.texts)
    why = "torch had not been imported" if "torch" not in sys.modules else ""
    if isinstance(ended.error, SyntaxError) and ended.error.__traceback__ is None:
        why = "the script is no Python"
    if why:
        from shapecheck.scripts.undiagnosed import of_an_exception

        return of_an_exception(ended.error, target.shown, why)
    from shapecheck.scripts.crash_report import report_of

    return report_of(ended.error, script=target.shown, entries=recorder.entries)


def _audited(found: Report | CrashReport, auditor: Auditor | None) -> Report | CrashReport:
    """What was found with what the audit saw added."""
    if auditor is None:
        return found
    from dataclasses import replace

    from shapecheck.findings import Report
    from shapecheck.scripts.undiagnosed import ONLY_CRASHES

    report = found if isinstance(found, Report) else found.report
    left = tuple(item for item in report.not_checked if item != ONLY_CRASHES)
    report = auditor.added_to(replace(report, not_checked=left))
    return report if isinstance(found, Report) else replace(found, report=report)


def _rendered(args: Namespace, status: int, found: Report | CrashReport) -> str:
    from shapecheck.findings import Report

    report, evidence = (found, None) if isinstance(found, Report) else (found.report, found.evidence)
    if args.format == "json":
        return report.to_json() + "\n"
    if args.format == "html":
        from shapecheck.render.report_html import report_html

        return report_html(report, evidence)
    if report.crash is None and args.quiet:
        return ""
    if report.crash is None and len(report.checked) <= 1:
        from shapecheck.scripts.undiagnosed import good_end_text

        return good_end_text(report.script, status)
    from shapecheck.render.report_text import report_text

    stream = sys.stderr
    color = not args.no_color and not args.output and not os.environ.get("NO_COLOR") and stream.isatty()
    unicode = (getattr(stream, "encoding", "") or "").lower().startswith("utf") or bool(args.output)
    return report_text(report, evidence, color=color, unicode=unicode, with_trace=not args.quiet)


def _write(args: Namespace, text: str) -> None:
    if args.output:
        try:
            with open(args.output, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            print(f"shapecheck: error: cannot write {args.output}: {error.strerror or error}", file=sys.stderr)
        return
    # The text stands below torch's traceback; the others are what a program reads.
    stream = sys.stderr if args.format == "text" else sys.stdout
    stream.write(text)
    stream.flush()
