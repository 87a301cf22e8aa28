"""Texts to learn, and the part of them that is held out."""

from __future__ import annotations

from pathlib import Path

from shapecheck import DataError

HELD_OUT_PART = 0.1


def read_text(path: Path | None = None) -> str:
    """Read a text file.

    Args:
        path: The file, UTF-8; None for the text of `default_text`.

    Raises:
        DataError: The file is missing, empty, or not UTF-8.
    """
    if path is None:
        return default_text()
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise DataError(
            f"{path} is not UTF-8 text: byte {error.start} is 0x{byte:02x}. Save it as UTF-8, or convert it: "
            f"iconv -f latin1 -t utf-8 {path.name}"
        ) from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    if not text:
        raise DataError(f"{path} is empty: there is nothing to learn")
    return text


def default_text() -> str:
    """The English text that every Python ships: the topics of its help, half a million characters or so.

    It differs a little from one version of Python to the next, and numbers measured on it do too.
    """
    from pydoc_data import topics

    texts: dict[str, str] = topics.topics
    return "\n".join(texts[name] for name in sorted(texts))


def split_text(text: str, held_out: float = HELD_OUT_PART) -> tuple[str, str]:
    """Split a text into the part to learn and the part held out, which is its end.

    Characters picked at random would not do: their neighbours would be learned, and give them away.

    Args:
        text: The whole text.
        held_out: The part to hold out.

    Raises:
        DataError: There are fewer than two characters to hold out: the first is only read, the second is predicted.

    >>> split_text("abcdefghijklmnopqrst")
    ('abcdefghijklmnopqr', 'st')
    """
    cut = len(text) - round(len(text) * held_out)
    if len(text) - cut < 2:
        raise DataError(f"the text has {len(text)} characters: too few to hold out two and learn the rest")
    return text[:cut], text[cut:]
