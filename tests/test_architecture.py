"""Data flows one way: a file imports only the storeys below it, and the rest of the house rules."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import shapecheck
from shapecheck.faults import all_faults

ROOT = Path(__file__).parents[1]

# The house, from the ground up. A name stands for a file or a folder of shapecheck/.
WORDS = ("errors", "knowledge", "shown", "dims", "descent")
NOUNS = (
    "records",
    "blocks",
    "pairs",
    "findings",
    "axes",
    "contract",
    "protocol",
    "evidence",
    "candidate",
    "reading",
    "fault",
)
KNOWLEDGE = ("contracts", "faults", "remedies")
VERBS = ("capture", "check", "label", "follow", "diagnose", "repair")
VOICES = ("render",)
DOORS = (
    "__main__",
    "auditor",
    "axis_probe",
    "cli",
    "commands",
    "explainer",
    "hypothesis_types",
    "loss_reading",
    "losses",
    "model_check",
    "model_search",
    "model_sizes",
    "other_distribution",
    "pages",
    "prediction",
    "pytest_plugin",
    "scripts",
    "strategies",
    "watcher",
    "watching",
    "wrappers",
)

# What each may import of shapecheck. Words and nouns build on each other in their order; the pieces of
# the other storeys do not know each other, and meet in the nouns.
ALLOWED: dict[str, tuple[str, ...]] = {
    **{name: (*WORDS, *NOUNS)[:at] for at, name in enumerate((*WORDS, *NOUNS))},
    **dict.fromkeys(KNOWLEDGE, (*WORDS, *NOUNS)),
    **dict.fromkeys(VERBS, (*WORDS, *NOUNS, *KNOWLEDGE)),
    **dict.fromkeys(VOICES, (*WORDS, *NOUNS)),
    **dict.fromkeys(DOORS, (*WORDS, *NOUNS, *KNOWLEDGE, *VERBS, *VOICES, *DOORS, "models")),
}
# Who may touch tensors.
TENSORS = ("capture", "repair", *DOORS)
OTHERS = ("torch", "torchinfo", "numpy", "einops", "rich", "matplotlib", "executing", "pure_eval")
WHERE_TO_ADD = (
    "{file} is in no storey: add {name!r} to WORDS, NOUNS, KNOWLEDGE, VERBS, VOICES or DOORS in "
    "tests/test_architecture.py, as low as what it imports allows"
)


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py") if "_build" not in path.parts)


def piece(module: str) -> str:
    """The file or folder of shapecheck/ that a module belongs to: ``"render"`` for ``"shapecheck.render.words"``."""
    return module.split(".")[1] if "." in module else ""


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(module: str, source: str, *, is_package: bool = False) -> Iterator[str]:
    """Every module that a source imports, wherever in the file, also under ``TYPE_CHECKING``, and as text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".") if is_package else module.split(".")[:-1]
            base = package[: len(package) - node.level + 1] if node.level else []
            target = ".".join([*base, *([node.module] if node.module else [])])
            # "from shapecheck import dims" and "from . import dims" import the module dims.
            yield from (f"{target}.{alias.name}" for alias in node.names) if target == "shapecheck" else (target,)


def offences(module: str, source: str, *, is_package: bool = False) -> list[str]:
    """What a source of shapecheck/ imports although its storey may not."""
    name = piece(module)
    found = []
    for target in imports(module, source, is_package=is_package):
        top = target.split(".")[0]
        if top == "shapecheck" and piece(target) not in (name, "__version__", *ALLOWED[name]):
            found.append(f"{module} imports {target}: {name!r} may import only {', '.join(ALLOWED[name]) or 'nothing'}")
        elif top in ("torch", "torchinfo") and name not in TENSORS and not (name in VOICES and top == "torchinfo"):
            found.append(f"{module} imports {target}: only {', '.join(TENSORS)} may touch tensors")
        elif top in OTHERS and name in (*NOUNS, *KNOWLEDGE):
            found.append(f"{module} imports {target}: nouns and knowledge are plain values")
    return found


def one_sentence(docstring: str | None) -> bool:
    """Whether a docstring begins with one sentence on its first line."""
    first = (docstring or "").split("\n")[0]
    return first.endswith((".", "?")) and not re.search(r"[.?]\s+[A-Z]", first)


# The rules


@pytest.mark.parametrize("path", files("shapecheck"), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_imports_only_the_storeys_below_it(path: Path) -> None:
    module = module_of(path)
    if module == "shapecheck":
        pytest.skip("the package itself names what is public, from every storey")
    name = piece(module)
    assert name in ALLOWED, WHERE_TO_ADD.format(file=path.relative_to(ROOT), name=name)
    assert offences(module, path.read_text(encoding="utf-8"), is_package=path.name == "__init__.py") == []


# Inside capture/: the tape knows no probe, what probes look with knows none either, and no probe knows another.
LOOKING = {"recording": (), "instruments": ("recording",), "probes": ("recording", "instruments", "probe")}


@pytest.mark.parametrize("folder", LOOKING)
def test_a_probe_is_a_file_that_nothing_else_needs(folder: str) -> None:
    paths = files(f"shapecheck/capture/{folder}")
    assert paths
    for path in paths:
        parts = [target.split(".") for target in imports(module_of(path), path.read_text(encoding="utf-8"))]
        inside = {part[2] for part in parts if part[:2] == ["shapecheck", "capture"] and len(part) > 2}
        among = {"recording", "instruments", "probes", "probe", "judge"}
        wrong = inside & among - set(LOOKING[folder]) - ({folder} if folder != "probes" else set())
        assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(sorted(wrong))} of capture/"


def test_what_only_reads_is_no_remedy() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in files("shapecheck/remedies")
        if path.name != "__init__.py" and "Candidate" not in path.read_text(encoding="utf-8")
    ]
    assert readers == [], "makes no candidates: it belongs in reading/"


def test_every_piece_of_the_house_is_listed_once() -> None:
    listed = Counter((*WORDS, *NOUNS, *KNOWLEDGE, *VERBS, *VOICES, *DOORS))
    assert [name for name, count in listed.items() if count > 1] == []


def test_the_models_use_only_public_names() -> None:
    used = {
        target.removeprefix("shapecheck.")
        for path in files("models")
        for target in imports(module_of(path), path.read_text(encoding="utf-8"))
        if target.startswith("shapecheck")
    }
    assert {name for name in used if name.split(".")[0] != "models"} <= {*shapecheck.__all__, "__version__"}


def test_what_the_package_names_as_public_is_there() -> None:
    missing = [name for name in shapecheck.__all__ if not hasattr(shapecheck, name)]
    assert missing == []


def test_modules_begin_with_one_sentence() -> None:
    bad = [
        str(path.relative_to(ROOT))
        for path in files("shapecheck", "models")
        if not one_sentence(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))))
    ]
    assert bad == []


def test_no_file_has_more_than_400_lines() -> None:
    counts = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in files("shapecheck", "models", "tests", "docs")
    }
    assert {path: count for path, count in counts.items() if count > 400} == {}


def test_nouns_are_frozen() -> None:
    soft = [
        f"{name}.{node.name}"
        for name in (*WORDS, *NOUNS)
        if (ROOT / f"shapecheck/{name}.py").is_file()
        for node in ast.walk(ast.parse((ROOT / f"shapecheck/{name}.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if "dataclass" in ast.unparse(decorator) and "frozen=True" not in ast.unparse(decorator)
    ]
    assert soft == []


def test_nothing_is_called_utils() -> None:
    assert [path for path in files("shapecheck", "models", "tests") if path.stem in ("utils", "helpers", "misc")] == []


def test_every_fault_has_a_code_and_a_slug_of_its_own() -> None:
    faults = all_faults()
    assert len({fault.code for fault in faults}) == len(faults) > 0
    assert len({fault.slug for fault in faults}) == len(faults)
    assert [fault.code for fault in faults if not re.fullmatch(r"SC\d{3,4}", fault.code)] == []


def test_a_fault_lives_in_the_file_of_its_name() -> None:
    assert {fault.slug for fault in all_faults()} <= {path.stem for path in files("shapecheck/faults")}


# The rules can be broken


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("shapecheck.dims", "from shapecheck.records import Trace"),
        ("shapecheck.records", "import shapecheck.findings"),
        ("shapecheck.findings", "def f():\n    from shapecheck import protocol"),
        ("shapecheck.contract", "if TYPE_CHECKING:\n    from shapecheck.check import x"),
        ("shapecheck.contracts.lstm", "from shapecheck.faults import all_faults"),
        ("shapecheck.faults.x", "from ..contracts import find"),
        ("shapecheck.faults.x", "import torch.nn.functional as F"),
        ("shapecheck.check", "from shapecheck.label import label"),
        ("shapecheck.check", "from torch import nn"),
        ("shapecheck.capture.x", "from shapecheck.check import check"),
        ("shapecheck.render.x", "from shapecheck.check import check"),
        ("shapecheck.render.x", "import torch"),
        ("shapecheck.render.x", "from shapecheck import watch"),
        ("shapecheck.capture.x", "from shapecheck.watcher import watch"),
        ("shapecheck.fault", "import numpy as np"),
    ],
)
def test_an_import_from_above_is_an_offence(module: str, source: str) -> None:
    assert len(offences(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("shapecheck.dims", "import re\nfrom shapecheck.errors import SpecError"),
        ("shapecheck.fault", "from shapecheck.evidence import Evidence\nfrom .records import Trace"),
        ("shapecheck.faults.x", "from shapecheck.faults.reading import fits\nfrom . import reading"),
        ("shapecheck.capture.x", "import torch\nfrom shapecheck.contracts import find"),
        ("shapecheck.render.x", "import rich\nfrom shapecheck.render.words import layer"),
        ("shapecheck.watcher", "import torch\nfrom shapecheck.check import check\nfrom shapecheck.wrappers import X"),
    ],
)
def test_an_import_from_below_is_none(module: str, source: str) -> None:
    assert offences(module, source) == []


@pytest.mark.parametrize("docstring", [None, "", "No full stop", "One. Two.", "It wraps\nto the next line."])
def test_a_first_line_that_is_no_sentence_is_noticed(docstring: str | None) -> None:
    assert not one_sentence(docstring)
