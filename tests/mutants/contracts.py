"""How many small mistakes in the contracts the tests find: mutmut's mutants of shapecheck/contracts/, a sample of them.

Run it with ``python tests/mutants/contracts.py --seed 1 --size 200`` from the root, in an environment with mutmut. It
prints each mutant that no test noticed, and the share that was. The same seed draws the same mutants of the same code.

mutmut itself mutates functions only, and starts a new process for each run of the tests. Most of a contract stands
outside functions, and importing torch takes seconds. So only mutmut's operators are used here; every mutant is
imported by a fork of a process that has imported torch, and is asked about by the tests of the contracts that it is
part of. No file is changed.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import os
import random
import resource
import signal
import sys
import time
import types
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "shapecheck" / "contracts"
TESTS = ROOT / "tests" / "contracts"
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "--assert=plain", "--tb=no", "--hypothesis-seed=0")
# Slow to import and the same for every mutant.
HEAVY = (
    *("torch", "pytest", "hypothesis", "hypothesis.strategies", "expecttest", "einops", "rich", "numpy"),
    *("torch.testing._internal.common_modules", "torch.testing._internal.common_methods_invocations"),
)


@dataclass(frozen=True)
class Mutant:
    """A file of the contracts with one mistake in it."""

    path: Path
    number: int
    make: Callable[[], str]

    @property
    def name(self) -> str:
        """The file and the number of the mutant in it."""
        return f"{self.path.name}:{self.number}"

    def difference(self) -> str:
        """What was changed, as lines that begin with - and +."""
        lines = unified_diff(self.path.read_text().splitlines(), self.make().splitlines(), lineterm="", n=0)
        return "\n".join(line for line in lines if line[:1] in "-+" and line[:3] not in ("---", "+++"))


def mutants(path: Path) -> list[Mutant]:
    """Every mutant that mutmut's operators make of a file, those outside functions too."""
    from mutmut.mutation.file_mutation import create_mutations

    module, mutations, *_ = create_mutations(str(path), path.read_text())

    def make(at: int) -> str:
        found = mutations[at]
        return str(module.deep_replace(found.original_node, found.mutated_node).code)

    return [Mutant(path, at, partial(make, at)) for at in range(len(mutations))]


def sample(found: Sequence[Mutant], size: int, seed: int) -> list[Mutant]:
    """A sample in which each file has the share that it has among all mutants, as nearly as can be."""
    by_file: dict[Path, list[Mutant]] = {}
    for mutant in found:
        by_file.setdefault(mutant.path, []).append(mutant)
    source = random.Random(seed)
    shuffled = [mutant for path in sorted(by_file) for mutant in source.sample(by_file[path], len(by_file[path]))]
    # Every n-th of a list that is sorted by file and shuffled within each.
    start, size = source.random(), min(size, len(shuffled))
    return [shuffled[int((start + at) * len(shuffled) / size)] for at in range(size)]


def dependents(path: Path) -> set[str]:
    """The contract files that this one is part of, by their imports."""
    imports = {file.stem: _imported(file) for file in FOLDER.glob("*.py")}
    reached, waiting = {path.stem}, [path.stem]
    while waiting:
        name = waiting.pop()
        new = {other for other, names in imports.items() if name in names} - reached
        reached |= new
        waiting += new
    return {name for name in reached if not name.startswith("_")} or set(imports)


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("shapecheck.contracts"):
            names |= {node.module.rpartition(".")[2]} | {alias.name for alias in node.names}
    return names


class Watcher:
    """A pytest plugin: leaves out what is about other contracts, puts first what is about these, notes what failed."""

    def __init__(self, files: set[str]) -> None:
        self.files = files
        self.failed = ""

    def pytest_collection_modifyitems(self, config, items):  # type: ignore[no-untyped-def]
        contracts = importlib.import_module("shapecheck.contracts")
        mine: set[str] = set()
        others: set[str] = set()
        for name in sorted(file.stem for file in FOLDER.glob("*.py")):
            contract = getattr(importlib.import_module(f"{contracts.__name__}.{name}"), "CONTRACT", None)
            if contract is not None:
                names = {contract.name, *(kind.rpartition(".")[2] for kind in contract.types)}
                (mine if name in self.files else others).update(names)

        def about(item) -> set[str]:  # type: ignore[no-untyped-def]
            return set(item.callspec.id.split("-")) if hasattr(item, "callspec") else set()

        items[:] = [item for item in items if about(item) & mine or not about(item) & (others - mine)]
        order = {name: at for at, name in enumerate(sorted(mine))}

        def turn(item) -> tuple[bool, int, int]:  # type: ignore[no-untyped-def]
            """The quick tests first, one contract after the other: most mutants fall at once."""
            own = sorted(about(item) & mine)
            is_quick = bool(own) and any(word in item.name for word in ("words", "verdict_is", "as_torch_does"))
            return not is_quick, order[own[0]] if own else len(order), "words" not in item.name

        items.sort(key=turn)

    def pytest_runtest_logreport(self, report):  # type: ignore[no-untyped-def]
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report):  # type: ignore[no-untyped-def]
        if report.failed and not self.failed:
            self.failed = f"collecting {report.nodeid}"


def verdict(mutant: Mutant, files: set[str], limit: int, tests: Sequence[str]) -> str:
    """What noticed the mutant: the name of a test, ``"import"``, ``"timeout"``, ``"crash"``, or ``""`` for nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _run(mutant, files, writing, limit, tests)
    os.close(writing)
    with os.fdopen(reading) as told:
        text = told.read()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return "timeout" if code == -signal.SIGXCPU else text if text or not code else "crash"


def _run(mutant: Mutant, files: set[str], writing: int, limit: int, tests: Sequence[str]) -> None:
    """In the fork: put the mutant in the place of its module, run the tests, and leave."""
    # Of the processor's time, so that a mutant that survives on a busy machine is not taken for one that hangs.
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    told = "error of this file"
    try:
        try:
            _install(mutant)
            importlib.import_module("shapecheck.contracts").all_contracts()
        except BaseException:
            told = "import"
        else:
            import pytest

            watcher = Watcher(files)
            code = pytest.main([*OPTIONS, *tests], plugins=[watcher])
            told = watcher.failed or ("" if code == 0 else f"exit {int(code)}")
    finally:
        os.write(writing, told.encode())
        os._exit(0)


def _install(mutant: Mutant) -> None:
    name = f"shapecheck.contracts.{mutant.path.stem}" if mutant.path.stem != "__init__" else "shapecheck.contracts"
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None

    class Loader:
        def create_module(self, spec: object) -> types.ModuleType | None:
            return None

        def exec_module(self, module: types.ModuleType) -> None:
            exec(compile(mutant.make(), str(mutant.path), "exec", dont_inherit=True), module.__dict__)

    spec.loader = Loader()  # type: ignore[assignment]
    package = sys.modules.get(name)
    assert package is None or mutant.path.stem == "__init__"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    parent, _, last = name.rpartition(".")
    setattr(importlib.import_module(parent), last, module)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw a sample, ask the tests about each, and print what was not noticed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--limit", type=int, default=120, help="seconds of processor time for one mutant")
    parser.add_argument("--only", default="*.py", help="a pattern for the files")
    parser.add_argument("--tests", nargs="*", default=[str(TESTS)])
    given = parser.parse_args(arguments)
    os.chdir(ROOT)
    found = [mutant for path in sorted(FOLDER.glob(given.only)) for mutant in mutants(path)]
    drawn = sample(found, given.size, given.seed)
    print(f"{len(found)} mutants, {len(drawn)} drawn with seed {given.seed}", flush=True)
    load(HEAVY)
    path = FOLDER / "__init__.py"
    if failed := verdict(Mutant(path, -1, path.read_text), dependents(path), 4 * given.limit, given.tests):
        print(f"the tests fail without a mutant: {failed}")
        return 2
    return report(drawn, given.limit, given.tests)


def load(names: Iterable[str]) -> None:
    """Import what every fork needs."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            importlib.import_module(name)


def report(drawn: Sequence[Mutant], limit: int, tests: Sequence[str]) -> int:
    """Ask about each mutant; print those that survived, then what noticed the others."""
    by: Counter[str] = Counter()
    survived = 0
    for at, mutant in enumerate(drawn):
        start = time.monotonic()
        print(f"\r{at}", end="", file=sys.stderr, flush=True)
        noticed = verdict(mutant, dependents(mutant.path), limit, tests)
        by[noticed.partition("::")[0] or "nothing"] += 1
        if not noticed:
            survived += 1
            print(f"\n{mutant.path.name} #{mutant.number} survived, {time.monotonic() - start:.0f} s", flush=True)
            print(mutant.difference(), flush=True)
    for name, count in by.most_common():
        print(f"{count:5} noticed by {name}")
    killed = len(drawn) - survived
    print(f"{killed} of {len(drawn)} noticed, {killed / len(drawn):.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
