"""Runs the command in a fork of the tests' own process, which has torch loaded: a process of its own needs seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The first optimizer of a script loads it.
import torch._dynamo  # noqa: F401

from shapecheck.capture.probes import all_probes
from shapecheck.cli import main
from shapecheck.faults import all_faults

# What is not loaded here is loaded in every fork again.
all_probes(), all_faults()
_SECONDS = 300


def forked(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What ``shapecheck`` prints with these arguments, called in a folder."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors, warned_as_by_python():
        child = os.fork()
        if child == 0:
            _in_child(folder, arguments, out.fileno(), errors.fileno())
        _, status = os.waitpid(child, 0)
        texts = []
        for file in (out, errors):
            file.seek(0)
            texts.append(file.read().decode())
    return subprocess.CompletedProcess(arguments, os.waitstatus_to_exitcode(status), *texts)


@contextmanager
def warned_as_by_python() -> Iterator[None]:
    """What the script warns of is an error in the tests alone."""
    with warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _in_child(folder: Path, arguments: tuple[str, ...], out: int, errors: int) -> None:
    status: object = 70
    try:
        signal.alarm(_SECONDS)
        os.chdir(folder)
        for descriptor, number in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (errors, 2)):
            os.dup2(descriptor, number)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        sys.argv, sys.path[:0] = ["shapecheck", *arguments], [str(folder)]
        status = main([*arguments])
    except SystemExit as left:
        status = left.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else int(status is not None))
