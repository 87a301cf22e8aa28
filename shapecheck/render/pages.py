"""A page of Markdown as plain text: headings without marks, paragraphs in lines of readable length, code set in."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

_WIDTH = 100
_FENCE = "```"


def plain_page(markdown: str, width: int = _WIDTH) -> str:
    r"""The page, with a newline at the end.

    >>> print(plain_page("# A\n\n## Why\n\nso it is\n\n```python\nx = 1\n```\n\n## How\n"), end="")
    A
    <BLANKLINE>
    Why
      so it is
    <BLANKLINE>
          x = 1
    <BLANKLINE>
    How
    """
    return "\n".join(_lines(markdown, width)).rstrip("\n") + "\n"


def _lines(markdown: str, width: int) -> Iterator[str]:
    is_code = is_heading = False
    for line in markdown.splitlines():
        if line.startswith(_FENCE):
            is_code = not is_code
        elif is_code:
            yield f"      {line}".rstrip()
        elif line.startswith("#"):
            yield line.lstrip("#").strip()
        elif line:
            yield from textwrap.wrap(line, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        elif not is_heading:
            # What stands below the heading of a part belongs to it.
            yield ""
        is_heading = line.startswith("##") and not is_code
