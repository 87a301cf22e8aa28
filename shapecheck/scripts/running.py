"""Runs a script, a module or a piece of code as ``python`` would, and keeps the exception that leaves it."""

from __future__ import annotations

import builtins
import contextlib
import importlib.machinery
import importlib.util
import io
import linecache
import os
import pkgutil
import runpy
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, ModuleType, TracebackType
from typing import Literal

from shapecheck.errors import ShapecheckError

Kind = Literal["script", "module", "code"]


@dataclass(frozen=True)
class Target:
    """What to run.

    Args:
        kind: A script's path, a module's name, or code.
        name: The path, the name, or the code.
        arguments: What it finds in ``sys.argv`` behind itself.
    """

    kind: Kind
    name: str
    arguments: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """How to speak of it: ``train.py``, ``<stdin>``, ``-m package.train``, ``-c ...``."""
        name = "<stdin>" if self.name == "-" else self.name
        return {"script": name, "module": f"-m {self.name}", "code": "-c ..."}[self.kind]


@dataclass
class Ended:
    """How a run ended.

    Args:
        status: The exit status that python would give.
        error: The exception that left it, with a traceback that begins in the script; None if none did.
        texts: File name -> source, of what can be read no more or never stood in a file.
        is_missing: There is no module of that name, and it has been said.
    """

    status: int
    error: BaseException | None = None
    texts: dict[str, str] = field(default_factory=dict)
    is_missing: bool = False


def run_target(target: Target, *, before: Callable[[Mapping[str, str]], None] = lambda texts: None) -> Ended:
    """Run it in this process, as ``__main__``.

    What it prints goes where it always goes. A ``SystemExit`` is turned into its status, with its message on stderr.

    Args:
        target: What to run.
        before: Called just before, with the sources that are known: file name -> text.

    Raises:
        ShapecheckError: There is no such script.
    """
    texts: dict[str, str] = {}
    run = _prepared(target, texts)
    before(texts)
    try:
        run()
    except SystemExit as leaving:
        return Ended(_status_of(leaving), None, texts, _is_of_a_missing_module(leaving))
    except BaseException as error:
        error.__traceback__ = _from_the_script(error.__traceback__)
        return Ended(130 if isinstance(error, KeyboardInterrupt) else 1, error, texts)
    return Ended(0, None, texts)


def run_module(target: Target) -> None:
    """Run a module as ``python -m`` does; what it raises leaves it."""
    _main()
    sys.argv[:] = ["-m", *target.arguments]
    _first_on_path(os.getcwd())
    # What `python -m` itself calls; the public run_module puts the old __main__ back while its functions still run.
    runpy._run_module_as_main(target.name)  # type: ignore[attr-defined]


def _is_of_a_missing_module(leaving: SystemExit) -> bool:
    """Whether what was to run a module says that it has not found it."""
    *_, (last, _) = traceback.walk_tb(leaving.__traceback__)
    return last.f_code is runpy._run_module_as_main.__code__  # type: ignore[attr-defined]


def print_traceback(ended: Ended) -> None:
    """What python prints when an exception leaves a script: through ``sys.excepthook``, which may be the user's own."""
    error = ended.error
    if error is None:
        return
    kind, trace = type(error), error.__traceback__
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    try:
        _hook()(kind, error, trace)
    except SystemExit as leaving:
        ended.status = _status_of(leaving)
    except BaseException as second:
        # As python does it: the hook's own failure first, then what it was called for.
        print("Error in sys.excepthook:", file=sys.stderr)
        traceback.print_exception(second)
        print("\nOriginal exception was:", file=sys.stderr)
        sys.__excepthook__(kind, error, trace)


def _hook() -> Callable[..., object]:
    """The script's hook; beneath that of `install`, whose note would say what the report says below it."""
    explainer = sys.modules.get("shapecheck.explainer")
    return sys.excepthook if explainer is None else explainer.beneath(sys.excepthook)


def remember_sources(texts: dict[str, str]) -> None:
    """Let what reads source find these texts, where the file is gone or never was."""
    for name, text in texts.items():
        if not linecache.getlines(name):
            linecache.cache[name] = (len(text), None, lines_of(text), name)


def lines_of(text: str) -> list[str]:
    """The lines of a source with plain line ends, as ``linecache`` reads them from a file."""
    return io.StringIO(text, newline=None).readlines()


def _prepared(target: Target, texts: dict[str, str]) -> Callable[[], None]:
    if target.kind == "module":
        return lambda: run_module(target)
    if target.kind == "code":
        texts["<string>"] = target.name
        return lambda: _run_code(_compiled(target.name, "<string>"), _main(), ["-c", *target.arguments], "")
    if target.name == "-":
        return _from_stdin(target, texts)
    if (importer := pkgutil.get_importer(target.name)) is not None:
        if importer.find_spec("__main__") is None:
            kind = "a directory" if os.path.isdir(target.name) else "an archive"
            raise ShapecheckError(f"{target.name} is {kind} without a __main__.py; name the script to run")
        return lambda: _run_folder(target)
    # Since 3.9 python names the main script by its whole path, in __file__ and in tracebacks.
    file = os.path.abspath(target.name)
    source = _read(target.name)
    texts[file] = _decoded(source)
    main = _main()
    main.__file__ = file
    main.__dict__["__cached__"] = None
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", file)

    def run() -> None:
        code = _compiled(source, file)
        _run_code(code, main, [target.name, *target.arguments], os.path.dirname(os.path.realpath(file)))

    return run


def _from_stdin(target: Target, texts: dict[str, str]) -> Callable[[], None]:
    source = sys.stdin.buffer.read() if sys.stdin is not None else b""
    texts["<stdin>"] = _decoded(source)
    main = _main()
    main.__file__ = "<stdin>"
    main.__dict__["__cached__"] = None
    return lambda: _run_code(_compiled(source, "<stdin>"), main, ["-", *target.arguments], "")


def _read(name: str) -> bytes:
    try:
        with io.open_code(os.path.abspath(name)) as file:
            return file.read()
    except OSError as error:
        raise ShapecheckError(f"cannot read {name}: {error.strerror or error}") from error


def _decoded(source: bytes) -> str:
    try:
        return str(importlib.util.decode_source(source))
    except (SyntaxError, UnicodeDecodeError):
        # python says what is wrong with it in a moment.
        return source.decode("latin-1")


def _compiled(source: str | bytes, name: str) -> CodeType:
    """The code without what this file imports from ``__future__``, which would hold for the script as well."""
    return compile(source, name, "exec", dont_inherit=True)


def _main() -> ModuleType:
    """A fresh ``__main__``, so that pickle and worker processes find the script there and nothing of ours."""
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __annotations__={})
    main.__spec__ = None
    main.__doc__ = None
    sys.modules["__main__"] = main
    return main


def _run_code(code: CodeType, main: ModuleType, argv: Sequence[str], folder: str) -> None:
    sys.argv[:] = argv
    _first_on_path(folder)
    exec(code, main.__dict__)


def _run_folder(target: Target) -> None:
    _main()
    sys.argv[:] = [target.name, *target.arguments]
    path = os.path.abspath(target.name)
    if getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, path)
    else:
        _first_on_path(path)
    runpy._run_module_as_main("__main__", alter_argv=False)  # type: ignore[attr-defined]


def _first_on_path(folder: str) -> None:
    """Put the script's folder where python puts it: in the place of the command's own."""
    if getattr(sys.flags, "safe_path", False):
        return
    if sys.path:
        sys.path[0] = folder
    else:
        sys.path.append(folder)


def _status_of(leaving: SystemExit) -> int:
    code = leaving.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        print(code, file=sys.stderr)
    return 1


def _from_the_script(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of this file, which come first."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace
