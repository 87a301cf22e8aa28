"""Runs a script with changed sources, each time in a process of its own, without writing a file.

``python -m shapecheck.scripts.rehearsal script|module NAME [ARGS...]`` imports torch once and then forks for every
request that it reads, one JSON line each: ``{"sources": {path: text}, "timeout": seconds, "audit": false}``. It answers
with one JSON line: how the run ended, what it printed, after a crash what was found and how it could be mended, and
what an audit found.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import json
import linecache
import os
import signal
import sys
import tempfile
import time
import traceback
import types
import warnings
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from shapecheck.scripts.printed import Printed
from shapecheck.scripts.running import Target, lines_of, run_module
from shapecheck.scripts.shadowing import in_the_way

if TYPE_CHECKING:
    from shapecheck.auditor import Auditor
    from shapecheck.capture.crashes.flight import Flight

ENDED, CRASHED, TIMED_OUT, KILLED = "ended", "crashed", "timed out", "killed"
_POLL = 0.01


def serve(target: Target) -> None:
    """Answer requests until the input ends."""
    requests, answers = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    trouble = _load()
    for line in requests:
        request = json.loads(line)
        found = {"status": KILLED, "message": trouble} if trouble else rehearse(target, **request)
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def _load() -> str:
    """Import what every fork needs; what went wrong in words, empty where nothing did."""
    try:
        import shapecheck.scripts.mending  # noqa: F401
    except Exception as error:
        said = in_the_way(error, os.getcwd()) or f"{type(error).__name__}: {error}"
        return f"torch could not be imported: {said}"
    with contextlib.suppress(Exception):
        # The first optimizer would load it in every fork again, which takes seconds.
        import torch._dynamo  # noqa: F401
    return ""


def rehearse(target: Target, sources: Mapping[str, str], timeout: float, *, audit: bool = False) -> dict[str, Any]:
    """Run the script or the module once, in a fork."""
    with closing(Printed()) as printed, tempfile.TemporaryFile() as answer:
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                os.setpgid(0, 0)
                run = run_audited if audit else run_changed
                _in_child(printed.in_child(), answer.fileno(), partial(run, target, sources))
            os._exit(70)
        status, timed_out = _wait(child, timeout, printed)
        answer.seek(0)
        told = answer.read()
    found: dict[str, Any] = json.loads(told) if told else {"status": KILLED}
    if timed_out:
        found = {"status": TIMED_OUT}
    elif not told and os.WIFSIGNALED(status):
        found["message"] = f"the process was ended by signal {os.WTERMSIG(status)}"
    return {**found, "digest": printed.digest, "output": printed.last, "has_nan": printed.has_nan}


def _wait(child: int, timeout: float, printed: Printed) -> tuple[int, bool]:
    deadline = time.monotonic() + timeout
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            # Processes that it left behind, such as workers of a loader.
            with contextlib.suppress(OSError):
                os.killpg(child, signal.SIGKILL)
            return status, False
        if time.monotonic() > deadline:
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(OSError):
                    kill(child, signal.SIGKILL)
            return os.waitpid(child, 0)[1], True
        printed.read(_POLL)


def _in_child(output: int, answer: int, run: Callable[[], dict[str, Any]]) -> None:
    errors = os.open(os.devnull, os.O_WRONLY)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    result = run()
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    os.write(answer, json.dumps(result).encode())
    os._exit(0)


def run_audited(target: Target, sources: Mapping[str, str]) -> dict[str, Any]:
    """The same as `run_changed`, with what an audit of it finds."""
    from shapecheck.auditor import Auditor

    auditor = Auditor()
    auditor.start()
    ran = run_changed(target, sources, recorded=False)
    auditor.stop()
    return {**ran, "audit": _seen_by(auditor)}


def run_changed(target: Target, sources: Mapping[str, str], *, recorded: bool = True) -> dict[str, Any]:
    """Run it in this process, with other texts for some files, and say how it ended.

    Args:
        target: The script or the module.
        sources: Path -> text.
        recorded: Whether to keep the last calls of modules, which tell what went well before a crash.
    """
    from shapecheck.capture.crashes.flight import Flight
    from shapecheck.capture.crashes.steps_taken import StepsTaken

    install_sources(sources)
    flight, taken = Flight(counted=True), StepsTaken()
    _hear_workers(flight)
    if recorded:
        flight.start()
        taken.start()
    seen: list[str] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            try:
                _run_as_main(target, sources)
            except SystemExit as leaving:
                if leaving.code not in (None, 0):
                    message = f"it left with {leaving.code!r} of its own accord"
                    at = _at(traceback.extract_tb(leaving.__traceback__))
                    return {"status": CRASHED, "type": "SystemExit", "message": message, "at": at}
        seen = [str(item.message).split("\n")[0] for item in caught]
    except BaseException as error:
        flight.stop()
        return {**_crash(error, flight), "calls": flight.calls, "steps": taken.stopped()}
    flight.stop()
    return {"status": ENDED, "warnings": seen[:50], "steps": taken.stopped()}


def _run_as_main(target: Target, sources: Mapping[str, str]) -> None:
    if target.kind == "module":
        # It is read through its loader, which finds the changed text.
        run_module(target)
        return
    # By its whole path, as python names it since 3.9: the script may go to another directory.
    path = os.path.abspath(target.name)
    sys.argv, sys.path[0] = [target.name, *target.arguments], os.path.dirname(path)
    text = sources.get(path)
    if text is None:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
    else:
        code = compile(text, path, "exec", dont_inherit=True)
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=__builtins__, __cached__=None)
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    # A dataset's class is looked up in it by pickle, and a worker's process asks it for its file.
    sys.modules["__main__"] = main
    exec(code, main.__dict__)


def install_sources(sources: Mapping[str, str]) -> None:
    """Let imports of these files find other texts than those on the disk."""
    for path, text in sources.items():
        linecache.cache[path] = (len(text), None, lines_of(text), path)
    sys.dont_write_bytecode = True
    kept = importlib.machinery.SourceFileLoader.get_data

    def get_data(self: importlib.machinery.SourceFileLoader, path: str) -> bytes:
        text = sources.get(os.path.abspath(path))
        if text is not None:
            return text.encode()
        if path.endswith(".pyc") and any(os.path.basename(path).startswith(_stem(name)) for name in sources):
            raise OSError("the compiled file belongs to another text")
        return kept(self, path)

    importlib.machinery.SourceFileLoader.get_data = get_data  # type: ignore[method-assign, assignment]


def _stem(path: str) -> str:
    return os.path.basename(path).removesuffix(".py") + "."


def _crash(error: BaseException, flight: Flight) -> dict[str, Any]:
    from shapecheck.capture.hookless import as_without_hook
    from shapecheck.scripts.workers import told_by_worker

    with contextlib.suppress(Exception):
        error.__traceback__ = as_without_hook(error.__traceback__)
    frames = traceback.extract_tb(error.__traceback__)
    found: dict[str, Any] = {"status": CRASHED, "type": type(error).__name__, "message": str(error)[:20_000]}
    found["lines"] = [[os.path.abspath(frame.filename), frame.lineno] for frame in frames]
    found["pieces"] = [_piece(frame) for frame in frames]
    found["at"] = _at(frames)
    if isinstance(error, Exception):
        try:
            found |= told_by_worker(error) or _told(error, flight)
        except Exception as ours:
            found["trouble"] = repr(ours)
    return found


def _at(frames: traceback.StackSummary) -> dict[str, Any] | None:
    """The innermost line of the user's files that can be read, and whether torch is spoken of in its file."""
    from shapecheck.capture.crashes.frames import is_user_file

    for frame in reversed(frames):
        # What was given to exec has no text to show.
        text = linecache.getline(frame.filename, frame.lineno or 0).strip()
        if text and is_user_file(frame.filename):
            about_torch = any("torch" in line for line in linecache.getlines(frame.filename))
            return {"file": frame.filename, "line": frame.lineno, "text": text, "about_torch": about_torch}
    return None


def _piece(frame: traceback.FrameSummary) -> str:
    """The text of the expression that a frame was at, where that is on one line."""
    if frame.lineno is None or frame.lineno != frame.end_lineno or frame.colno is None:
        return ""
    # Columns count bytes.
    return linecache.getline(frame.filename, frame.lineno).encode()[frame.colno : frame.end_colno].decode()


def _told(error: Exception, flight: Flight) -> dict[str, Any]:
    from shapecheck.scripts.mending import findings_of, operation_of

    return {"findings": findings_of(error, flight.entries), "operation": operation_of(error)}


def _seen_by(auditor: Auditor) -> list[dict[str, Any]]:
    """What an audit found that is more than a note: by its code, in words, and where."""
    found = [(one, one.place) for one in auditor.diagnoses if one.severity != "note"]
    return [
        {"code": one.code, "headline": one.headline, "file": os.path.abspath(at.file), "line": at.line}
        for one, at in found
        if at is not None
    ]


def _hear_workers(flight: Flight) -> None:
    """Have an error in a worker of a loader looked at where its values are."""
    from shapecheck.scripts.workers import Workers

    with contextlib.suppress(Exception):
        Workers(partial(_told, flight=flight), lambda error: None).start()


if __name__ == "__main__":
    serve(Target("module" if sys.argv[1] == "module" else "script", sys.argv[2], tuple(sys.argv[3:])))
