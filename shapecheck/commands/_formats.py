"""In which form a command writes: as it was told, or as the ending of the file says."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path


def add_format(parser: ArgumentParser, choices: Sequence[str], *, about: str, default: str | None = None) -> None:
    """Add ``--format``, and ``--json``, which many know from elsewhere."""
    parser.add_argument("--format", choices=choices, default=default, help=about)
    parser.add_argument(
        "--json", dest="format", action="store_const", const="json", default=default, help="as --format json"
    )


def format_of(told: str | None, output: str | None, endings: Mapping[str, str]) -> str:
    """The format.

    Args:
        told: What ``--format`` says.
        output: The file, if there is one.
        endings: Ending of a file -> format.

    >>> format_of(None, "report.HTML", {".html": "html"}), format_of("json", "report.html", {".html": "html"})
    ('html', 'json')
    >>> format_of(None, None, {".html": "html"})
    'text'
    """
    return told or endings.get(Path(output or "").suffix.lower(), "text")
