"""A sheet on which boxes, texts and lines are drawn, and that becomes an SVG which needs nothing from outside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

from rich.cells import cell_len

MONO = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
SANS = "system-ui, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif"
INK, FAINT, GROUND, EDGE = "#1f2328", "#57606a", "#ffffff", "#8c959f"
RED, PALE_RED = "#c02000", "#ffece6"

# Columns of a fixed-width font are 0.6 of its size wide; of the others, the widest common one was measured.
_MONO_WIDTH, _SANS_WIDTH = 0.602, 0.56


def text_width(text: str, size: float, *, mono: bool = True) -> float:
    """About how wide a text will be: no viewer's font can be known, so this errs on the wide side."""
    return cell_len(text) * size * (_MONO_WIDTH if mono else _SANS_WIDTH)


def wrapped(text: str, width: float, size: float, *, mono: bool = True) -> list[str]:
    """The text in lines that fit; words longer than a line are broken, so that nothing is clipped."""
    room = max(int(width / (size * (_MONO_WIDTH if mono else _SANS_WIDTH))), 4)
    lines = [""]
    for word in text.split():
        for at, piece in enumerate(_pieces(word, room)):
            joint = " " if at == 0 and lines[-1] else ""
            if cell_len(lines[-1]) + len(joint) + cell_len(piece) <= room:
                lines[-1] += joint + piece
            else:
                lines.append(piece)
    return lines[1:] if not lines[0] and len(lines) > 1 else lines


def _pieces(word: str, room: int) -> list[str]:
    """A word that is too long in pieces: behind brackets, commas and dots, and anywhere if even that is too long."""
    if cell_len(word) <= room:
        return [word]
    parts = re.findall(r"[^(,.]+[(,.]?|[(,.]", word)
    step = max(room // 2, 1) if cell_len(word) > len(word) else room
    return [part[at : at + step] for part in parts for at in range(0, len(part), step)]


@dataclass
class Sheet:
    """What was drawn so far, in order."""

    parts: list[str] = field(default_factory=list)

    def rect(
        self, x: float, y: float, width: float, height: float, *,
        fill: str = "none", stroke: str = "none", stroke_width: float = 1, radius: float = 0, dashed: bool = False,
    ) -> None:  # fmt: skip
        """A box, with rounded corners if it has a radius."""
        rounding = f' rx="{_n(radius)}"' if radius else ""
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        line = f' stroke="{stroke}" stroke-width="{_n(stroke_width)}"{dash}' if stroke != "none" else ""
        self.parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"{rounding} fill="{fill}"{line}/>'
        )

    def text(
        self, x: float, y: float, text: str, *,
        size: float = 12, fill: str = INK, mono: bool = True, bold: bool = False, italic: bool = False,
        anchor: str = "start",
    ) -> None:  # fmt: skip
        """A line of text whose baseline is at ``y``; it is escaped."""
        style = (' font-weight="bold"' if bold else "") + (' font-style="italic"' if italic else "")
        at = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" class="{"m" if mono else "s"}" font-size="{_n(size)}" fill="{fill}"'
            f"{style}{at}>{escape(text)}</text>"
        )

    def line(self, *points: tuple[float, float], stroke: str = FAINT, width: float = 1.6, arrow: bool = False) -> None:
        """A line through points, with an arrowhead at its end if wanted."""
        path = " ".join(f"{'L' if at else 'M'}{_n(x)} {_n(y)}" for at, (x, y) in enumerate(points))
        self.parts.append(
            f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{_n(width)}" stroke-linejoin="round"/>'
        )
        if arrow:
            (x0, y0), (x, y) = points[-2:]
            dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
            # A head drawn as a shape, not as a marker: markers need ids, and ids clash on a page with two pictures.
            left = (x - 8 * dx - 4.5 * dy, y - 8 * dy - 4.5 * dx)
            right = (x - 8 * dx + 4.5 * dy, y - 8 * dy + 4.5 * dx)
            corners = " ".join(f"{_n(a)},{_n(b)}" for a, b in ((x, y), left, right))
            self.parts.append(f'<polygon points="{corners}" fill="{stroke}"/>')

    def dot(self, x: float, y: float, sign: str) -> None:
        """A small white disc with a sign on it."""
        self.parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="4.4" fill="{GROUND}"/>')
        self.text(x, y + 3.3, sign, size=9.5, bold=True, anchor="middle")

    def svg(self, width: float, height: float, *, title: str, description: str) -> str:
        """The finished picture, on a ground of its own, so that it can be read on light and dark pages."""
        w, h = _n(width), _n(height)
        style = f".m{{font-family:{MONO}}}.s{{font-family:{SANS}}}"
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img"'
                ' style="max-width:100%;height:auto">',
                f"<title>{escape(title)}</title>",
                f"<desc>{escape(description)}</desc>",
                # Viewers that ignore style sheets take the fonts of the group.
                f'<style>{style}</style><g font-family="{MONO}">',
                f'<rect width="{w}" height="{h}" rx="10" fill="{GROUND}"/>',
                *self.parts,
                "</g></svg>",
            )
        )


def _n(number: float) -> str:
    """A coordinate without needless digits."""
    return f"{number:.1f}".removesuffix(".0")
