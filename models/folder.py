"""The folder for what a demo writes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from shapecheck import DataError


def prepare_folder(path: Path) -> None:
    """Make the folder, and prove that files can be written into it, before an hour of training depends on it.

    Raises:
        DataError: It cannot be made or written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except (FileExistsError, NotADirectoryError):
        raise DataError(f"the output folder {path} cannot be made: there is a file of that name in the way") from None
    except OSError as error:
        raise DataError(f"the output folder {path} cannot be written: {error.strerror}") from None
