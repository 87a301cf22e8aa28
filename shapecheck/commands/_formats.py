"""Where and in which form a command writes: as it was told, or as the ending of the file says."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from shapecheck.errors import ShapecheckError


def add_format(parser: ArgumentParser, choices: Sequence[str], *, about: str, default: str | None = None) -> None:
    """Add ``--format``, and ``--json``, which many know from elsewhere."""
    parser.add_argument("--format", choices=choices, default=default, help=about)
    parser.add_argument(
        "--json", dest="format", action="store_const", const="json", default=default, help="as --format json"
    )


# What is written would be taken for a picture or a document that it is not.
_FOREIGN = (
    ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".eps", ".ps", ".svg",
    ".pdf", ".doc", ".docx", ".ppt", ".pptx", ".xls", ".xlsx", ".csv", ".ipynb", ".md", ".html", ".json", ".xml",
)  # fmt: skip


def format_of(told: str | None, output: str | None, endings: Mapping[str, str]) -> str:
    """The format.

    Args:
        told: What ``--format`` says.
        output: The file, if there is one.
        endings: Ending of a file -> format.

    Raises:
        ShapecheckError: The ending is that of another kind of file.

    >>> format_of(None, "report.HTML", {".html": "html"}), format_of("json", "report.html", {".html": "html"})
    ('html', 'json')
    >>> format_of(None, None, {".html": "html"})
    'text'
    """
    ending = Path(output or "").suffix.lower()
    if told is None and ending in _FOREIGN and ending not in endings:
        others = ", ".join(each for each in endings if each != ".htm")
        raise ShapecheckError(f"--output {output}: no {ending} is written; what can be: .txt, {others}")
    return told or endings.get(ending, "text")


def writable(output: str) -> str:
    """The whole path of a file that can be written, wherever a script that is run goes.

    Raises:
        ShapecheckError: It cannot be written, which is said now and not when all the work is done.
    """
    path = os.path.abspath(output)
    if os.path.isdir(path):
        raise ShapecheckError(f"--output {output} is a directory; name a file")
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise ShapecheckError(f"--output {output}: there is no directory {folder}")
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise ShapecheckError(f"--output {output} cannot be written")
    return path


def takes_color(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal that shows colours, and nobody asked for none; None is one that was closed.

    By https://no-color.org, and by ``TERM=dumb``, as terminals call themselves that know no codes.
    """
    asked = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return stream is not None and asked and stream.isatty()
