"""A tensor as a card: one row an axis with colour, letter, name and size, and whether it is new or gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shapecheck.render.changes import SizedAxis
from shapecheck.render.drawing import EDGE, FAINT, GROUND, INK, Sheet, text_width, wrapped
from shapecheck.render.palette import Ink
from shapecheck.render.plain import cut
from shapecheck.render.story import Tensor

FONT, SMALL = 11.5, 10.5
_ROW, _CHIP, _PAD, _TAG = 22, 24, 6, 38
_LINE, _TITLE = 14, 16
_LONGEST_NAME, _LONGEST_TITLE = 24, 28


@dataclass(frozen=True, slots=True)
class Card:
    """A tensor, or several with the same axes (``h_n`` and ``c_n``), ready to be drawn.

    Args:
        title: Above the card: the role.
        axes: Its axes.
        notes: Below the title: stage, dtype, packing, rows.
        tags: Dim, or ``"axis 2"``, -> what happened to it: ``"new"``, ``"gone"``, ``"was 7"``.
    """

    title: str
    axes: tuple[SizedAxis, ...]
    notes: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        """Of the tensors that share it."""
        return tuple(self.title.split(", "))

    def width(self) -> float:
        """The width that it needs."""
        names = [cut(factor, _LONGEST_NAME) for axis in self.axes for factor in _rows(axis)]
        name = max((text_width(name, FONT) for name in names), default=0)
        size = max((text_width(str(axis.size), FONT) for axis in self.axes), default=0)
        return max(
            _CHIP + 8 + name + 14 + size + _TAG + _PAD, text_width(cut(self.title, _LONGEST_TITLE), FONT) + 4, 110
        )

    def height(self, width: float) -> float:
        """The height that it takes if it is ``width`` wide."""
        return _TITLE + _LINE * len(self._head(width)) + self._rows_height() + 2

    def draw(self, sheet: Sheet, x: float, y: float, width: float, palette: Mapping[str, Ink]) -> float:
        """Draw it; return the lower edge, where a line may dock."""
        sheet.text(x + 2, y + 11, cut(self.title, _LONGEST_TITLE), size=FONT, bold=True)
        y += _TITLE
        for line in self._head(width):
            sheet.text(x + 2, y + 9, line, size=SMALL, fill=FAINT, mono=False)
            y += _LINE
        sheet.rect(x, y, width, self._rows_height(), fill=GROUND, stroke=EDGE, radius=4)
        if not self.axes:
            sheet.text(x + 10, y + 15, "one number", size=FONT)
            return y + _ROW
        for at, axis in enumerate(self.axes):
            if at:
                sheet.line((x, y), (x + width, y), stroke=EDGE, width=0.8)
            self._axis(sheet, x, y, width, at, palette)
            y += _ROW * len(_rows(axis))
        return y

    def _head(self, width: float) -> list[str]:
        return [line for note in self.notes for line in wrapped(note, width, SMALL, mono=False)]

    def _tag_width(self) -> float:
        return max([_TAG, *(text_width(tag, SMALL, mono=False) + 10 for _, tag in self.tags)])

    def _rows_height(self) -> float:
        return _ROW * (sum(len(_rows(axis)) for axis in self.axes) or 1)

    def _axis(self, sheet: Sheet, x: float, y: float, width: float, at: int, palette: Mapping[str, Ink]) -> None:
        axis, tags = self.axes[at], dict(self.tags)
        names = _rows(axis)
        right = x + width - _PAD - self._tag_width()
        for row, name in enumerate(names):
            top = y + row * _ROW
            ink, tag = palette.get(name, palette[""]), tags.get(name or f"axis {at}", "")
            colour = FAINT if tag == "gone" else INK
            self._chip(sheet, x + 2, top, ink, is_first=row == 0, is_last=row == len(names) - 1)
            sheet.text(x + _CHIP + 6, top + 15, cut(name, _LONGEST_NAME), size=FONT, fill=colour)
            if tag:
                is_bold = tag != "gone"
                sheet.text(right + 7, top + 15, tag, size=SMALL, mono=False, italic=True, bold=is_bold, fill=colour)
        size, middle = str(axis.size), y + len(names) * _ROW / 2
        sheet.text(right, middle + 4, size, size=FONT, bold=True, anchor="end")
        if len(names) > 1:
            # Joined dims share one axis: their chips touch, and a bracket holds them together before the size.
            edge, low = right - text_width(size, FONT) - 5, y + len(names) * _ROW
            sheet.line((edge - 5, y + 5), (edge, y + 5), (edge, low - 5), (edge - 5, low - 5), stroke=INK, width=1.2)

    def _chip(self, sheet: Sheet, x: float, y: float, ink: Ink, *, is_first: bool, is_last: bool) -> None:
        top, bottom = (2 if is_first else 0), (2 if is_last else 0)
        radius = 3 if is_first and is_last else 0
        sheet.rect(x, y + top, _CHIP - 4, _ROW - top - bottom, fill=ink.colour, radius=radius)
        # The letters of joined chips move apart to leave room for the sign between them.
        shift = 0 if is_first and is_last else -2 if is_first else 2.5 if is_last else 0
        sheet.text(
            x + _CHIP / 2 - 2, y + 15.2 + shift, ink.letter, size=FONT, fill=ink.text, bold=True, anchor="middle"
        )
        if not is_first:
            sheet.dot(x + _CHIP / 2 - 2, y, "\u00d7")


def cards(tensors: tuple[Tensor, ...], tags: Mapping[str, Mapping[str, str]] | None = None) -> tuple[Card, ...]:
    """The cards of a call's inputs or outputs; states with equal axes share one.

    Args:
        tensors: The tensors.
        tags: Role -> what happened to its dims.
    """
    found: list[Card] = []
    for tensor in tensors:
        notes = [note for note in (tensor.stage, tensor.dtype, tensor.packing) if note]
        if tensor.rows:
            told = [f"[{at}] {row}" for at, row in enumerate(tensor.rows)]
            notes.append(", ".join(told if len(told) <= 4 else [*told[:1], "\u2026", told[-1]]))
        card = Card(tensor.role, tensor.axes, tuple(notes), tuple((tags or {}).get(tensor.role, {}).items()))
        before = found[-1] if found else None
        if before and tensor.rows and before == replace(card, title=before.title):
            found[-1] = replace(before, title=f"{before.title}, {card.title}")
        else:
            found.append(card)
    return tuple(found)


def _rows(axis: SizedAxis) -> tuple[str, ...]:
    """The names that an axis shows, one a row; a fixed or unknown axis is one row without a name."""
    return axis.factors or ("",)
