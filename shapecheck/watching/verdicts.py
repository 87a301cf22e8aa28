"""What a watch found, and how it is told: raised, warned of once, or only kept for the report."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Literal, get_args

from shapecheck.diagnose import diagnose
from shapecheck.errors import ShapeError, ShapeWarning
from shapecheck.evidence import Evidence
from shapecheck.findings import Diagnosis, NotChecked, Violation
from shapecheck.records import CallRecord, Trace
from shapecheck.render.diagnosis import diagnosis_text
from shapecheck.watching.callers import level_of_caller

OnViolation = Literal["raise", "warn", "record"]

# More distinct ones than anybody reads; the same mistake in every batch of a new size would fill the memory.
MAX_KEPT = 100
# By this a note of ours is known, so that an exception that passes several watchers gets one.
_OURS = "shapecheck explain"


def known(on_violation: OnViolation) -> OnViolation:
    """What to do on a violation, if it is known.

    Args:
        on_violation: ``"raise"``, ``"warn"`` or ``"record"``.

    Raises:
        ValueError: It is none of them.
    """
    if on_violation not in get_args(OnViolation):
        expected = ", ".join(map(repr, get_args(OnViolation)))
        raise ValueError(f"expected on_violation to be one of {expected}, got {on_violation!r}")
    return on_violation


class Verdicts:
    """Collects violations, and what could not be checked.

    Args:
        on_violation: ``"raise"``, ``"warn"`` or ``"record"``.

    Raises:
        ValueError: ``on_violation`` is none of them.
    """

    def __init__(self, on_violation: OnViolation) -> None:
        self._on_violation = known(on_violation)
        self._found: dict[Violation, tuple[Diagnosis, ...]] = {}
        self._risks: dict[tuple[str, str, str], Diagnosis] = {}
        self._not_checked: dict[str, str] = {}

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every distinct violation, in the order in which they were found."""
        return tuple(self._found)

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """The likeliest diagnosis of each violation; then what to know of calls that were accepted, the worst first."""
        risks = sorted(self._risks.values(), key=lambda found: ("error", "warning", "note").index(found.severity))
        return (*(diagnoses[0] for diagnoses in self._found.values()), *risks)

    @property
    def not_checked(self) -> tuple[NotChecked, ...]:
        """What could not be checked."""
        return tuple(NotChecked(what, why) for what, why in self._not_checked.items())

    def miss(self, what: str, why: str) -> None:
        """Note that something could not be checked."""
        if len(self._not_checked) < MAX_KEPT:
            self._not_checked.setdefault(what, why)

    def tell(self, violations: Sequence[Violation], context: Callable[[], Evidence]) -> None:
        """Tell of violations in the way that was asked for.

        Args:
            violations: What is wrong with one call.
            context: Gives what else is known at this moment.

        Raises:
            ShapeError: If violations are to be raised.
        """
        if not violations:
            return
        is_new = len(self._found) < MAX_KEPT and any(violation not in self._found for violation in violations)
        found = [self._diagnose(violation, context) for violation in violations]
        text = "\n\n".join(diagnosis_text(diagnoses[0]) for diagnoses in found)
        if self._on_violation == "raise":
            raise ShapeError(text, tuple(diagnosis for diagnoses in found for diagnosis in diagnoses))
        if self._on_violation == "warn" and is_new:
            warnings.warn(text, ShapeWarning, stacklevel=level_of_caller())

    def tell_risks(self, path: str, risks: Sequence[Diagnosis]) -> None:
        """Keep what to know of an accepted call, once a module and kind; tell of it as `watch` promises.

        Args:
            path: Path of the module.
            risks: What a contract warns of.

        Raises:
            ShapeError: One of them is an error, and violations are to be raised. A warning or a note never is: what is
                only risky, or unusual, may well be meant.
        """
        new = []
        for found in risks:
            key = (path, found.slug, found.severity)
            if key not in self._risks and len(self._risks) < MAX_KEPT:
                self._risks[key] = found
                new.append(found)
        if self._on_violation == "raise":
            errors = tuple(found for found in risks if found.severity == "error")
            if errors:
                raise ShapeError("\n\n".join(map(diagnosis_text, errors)), errors)
        told = [found for found in new if found.severity != "note"]
        if told and self._on_violation == "warn":
            warnings.warn("\n\n".join(map(diagnosis_text, told)), ShapeWarning, stacklevel=level_of_caller())

    def attach(self, error: BaseException, violations: Sequence[Violation], context: Callable[[], Evidence]) -> None:
        """Add the diagnosis to torch's own exception, which stays what it is."""
        if not violations or isinstance(error, ShapeError):
            return
        text = "\n\n".join(diagnosis_text(self._diagnose(violation, context)[0]) for violation in violations)
        if not any(_OURS in note for note in getattr(error, "__notes__", ())):
            error.add_note(f"\n{text}")

    def _diagnose(self, violation: Violation, context: Callable[[], Evidence]) -> tuple[Diagnosis, ...]:
        known = self._found.get(violation)
        if known is None:
            about = context()
            call: CallRecord | None = violation.call or about.call
            trace: Trace | None = about.trace
            known = diagnose(Evidence(violation, call, about.sizes, trace))
            if len(self._found) < MAX_KEPT:
                self._found[violation] = known
            else:
                self.miss("further violations", f"more than {MAX_KEPT} distinct ones were found; the rest is not kept")
        return known
