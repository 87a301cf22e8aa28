"""The page of each fault, and the search for faults by code, by name or by what torch said."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

from shapecheck.diagnose import UNKNOWN_CODE, UNKNOWN_SLUG
from shapecheck.fault import Fault

# The last of the places in which words are looked for; what stands there alone may be about something else.
_REASON = 3
_RUNS_AND_IS_WRONG = ("SC7", "SC8")
_AUDIT = (
    "`shapecheck run --audit script.py` looks for it in the first training steps of a script, and "
    "`audit(model, loss, (inputs, target))` in one step of a model."
)
_LOSS = "`check_loss(loss, prediction, target)` looks for it in one call of a loss, and `CheckedLoss(loss)` in each."
_UNKNOWN = (
    f"# {UNKNOWN_CODE}: the cause is not known",
    f"`{UNKNOWN_SLUG}`",
    "Tensors have a part in the exception, and none of the known faults fits it. shapecheck guesses no cause then: "
    "the report shows the line that failed, each operand with its shape, and what ran before it.",
    "Look for the first shape that is not what you expect: the line to change is often not the one that crashed. A fix "
    "that stands there was tried, so the call runs with it; whether it is what you mean, only you know.",
    '`shapecheck explain "the text of the error"` lists the faults that can raise a message.',
)
# What the example of a fault calls -> what finds the fault.
_DOORS = {
    "watch": "`watch(model, protocol=...)` finds it while the model runs, where the protocol says what each axis is.",
    "check_model": "`check_model(make_model, protocol, loss)` looks for it in batches of many sizes.",
    "check_loss": _LOSS,
    "CheckedLoss": _LOSS,
    "predict": "`predict(layer, input)` says it of a call before anything is computed.",
}


def find_faults(text: str, faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """The faults that a code, a slug or an error message leads to, the likeliest first.

    Args:
        text: ``"SC205"``, ``"205"``, ``"sc205 SC307"``, ``"state_of_other_batch"``, a headline, or what torch said,
            with or without its type.
        faults: Where to look.
    """
    wanted = text.strip()
    return named(wanted, faults) or tuple(each for each, _ in _by_message(wanted, faults))


def named(text: str, faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """The faults that are called by name: one or several codes or slugs, or a headline as a report prints it."""
    names = {name.lower(): each for each in faults for name in (each.code, each.code.removeprefix("SC"), each.slug)}
    words = [word for word in re.split(r"[\s,]+", text.lower()) if word]
    if words and all(word in names for word in words):
        return tuple(names[word] for word in dict.fromkeys(words))
    headline = re.sub(r"\s*\([a-z, ]+\)$", "", re.sub(r"^SC\d{3,4}:\s*", "", text)).lower()
    return tuple(each for each in faults if each.headline.lower() == headline)


def speaking_of(text: str, faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """The faults in whose slug, headline, lesson or reason all words of a text stand, those called so first.

    A name with an underscore is one word: ``zero_grad`` is nothing that a page says by speaking of zeros and gradients.
    """
    found = [(sum(ranks), fault) for fault in faults if (ranks := _ranks(text, fault)) and max(ranks) <= _REASON]
    return tuple(fault for _, fault in sorted(found, key=lambda pair: (pair[0], pair[1].number)))


def is_about(fault: Fault, text: str) -> bool:
    """Whether the words of a text stand in what the fault is called or taught by, and not in its reason alone."""
    return all(rank < _REASON for rank in _ranks(text, fault))


def did_you_mean(text: str, faults: Sequence[Fault]) -> tuple[str, ...]:
    """Codes and slugs that look like what was asked for."""
    wanted = text.strip().lower()
    number = re.fullmatch(r"(?:sc)?[\s_-]*(\d\w*)", wanted)
    if number is not None:
        # Codes of other digits have nothing in common; only a slip of the fingers is near to one.
        return tuple(fault.code for fault in faults if _is_slip(number[1], fault.code[2:]))[:3]
    names = {each.slug.lower(): each.slug for each in faults}
    close = difflib.get_close_matches(wanted, names, n=3, cutoff=0.7)
    return tuple(names[each] for each in close)


def is_unknown(text: str) -> bool:
    """Whether the code is asked for that stands where no fault fits."""
    return text.strip().lower() in (UNKNOWN_CODE.lower(), UNKNOWN_SLUG)


def page_of_unknown() -> str:
    """What that code means, as Markdown."""
    return "\n\n".join(_UNKNOWN) + "\n"


def page(fault: Fault, *, level: int = 1) -> str:
    """What is known about a fault, as Markdown: what, why, wrong, right, how to see it, lesson.

    Args:
        fault: The fault.
        level: Level of its heading, 1 to 5; its parts stand one below.
    """
    part = "#" * (level + 1)
    parts = [
        f"{'#' * level} {fault.code}: {fault.headline}",
        f"`{fault.slug}`",
        f"{part} Why",
        fault.why,
        f"{part} Wrong",
        f"```python\n{fault.bad.rstrip()}\n```",
        f"{part} Right",
        f"```python\n{changed_lines(fault.bad, fault.good)}\n```",
        f"{part} How to see it",
        see(fault),
        f"{part} Remember",
        fault.lesson,
    ]
    return "\n\n".join(parts) + "\n"


def see(fault: Fault) -> str:
    """How to see the fault in one's own script."""
    if fault.see:
        return fault.see
    if fault.messages:
        return "torch raises; `shapecheck run script.py` shows the operands by name and the line to change."
    return f"torch raises nothing. {_found_by(fault)}"


def changed_lines(bad: str, good: str) -> str:
    """The lines of the right program that the wrong one has not."""
    matcher = difflib.SequenceMatcher(None, bad.splitlines(), good.splitlines(), autojunk=False)
    lines = good.splitlines()
    kept = [line for tag, _, _, first, last in matcher.get_opcodes() if tag != "equal" for line in lines[first:last]]
    return "\n".join(kept) or good.rstrip()


def as_json(fault: Fault) -> dict[str, Any]:
    """The page as plain data."""
    return {
        "code": fault.code,
        "slug": fault.slug,
        "headline": fault.headline,
        "severity": fault.severity,
        "why": fault.why,
        "bad": fault.bad,
        "good": fault.good,
        "see": see(fault),
        "lesson": fault.lesson,
        "messages": list(fault.messages),
    }


def _is_slip(typed: str, digits: str) -> bool:
    """Whether a digit was typed as a letter, or one too many, or the letters in front were left out."""
    if len(typed) == len(digits) + 1:
        return any(typed[:at] + typed[at + 1 :] == digits for at in range(len(typed)))
    return len(typed) == len(digits) and all(not a.isdigit() or a == b for a, b in zip(typed, digits, strict=True))


def _ranks(text: str, fault: Fault) -> list[int]:
    """For each word of a text where it stands first: 0 in the slug to `_REASON`, more where it stands nowhere."""
    places = [_words(said) for said in (fault.slug, fault.headline, fault.lesson, fault.why)]
    wanted = [name for name in re.findall(r"[a-z0-9_]+", text.lower()) if len(name) > 2 and _words(name)]
    return [next((at for at, said in enumerate(places) if _has(said, name)), len(places)) for name in wanted]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _has(said: Sequence[str], word: str) -> bool:
    """Whether a word stands there, in another form perhaps: ``broadcasting`` for ``broadcast``; a name as it is."""
    parts = _words(word)
    if len(parts) > 1:
        return any(list(said[at : at + len(parts)]) == parts for at in range(len(said)))
    stem = re.sub(r"(?:ing|ed|es|s)$", "", word)
    stem = stem if len(stem) > 3 else word
    return any(each.startswith(stem) for each in said)


def _found_by(fault: Fault) -> str:
    """The door that finds it: what runs and is wrong an audit, all else what its example calls."""
    if fault.code.startswith(_RUNS_AND_IS_WRONG):
        return _AUDIT
    return next((told for word, told in _DOORS.items() if re.search(rf"\b{word}\(", fault.bad)), _AUDIT)


def _by_message(text: str, faults: Sequence[Fault]) -> list[tuple[Fault, float]]:
    """The faults whose message is in the text; where none is, nothing: a guess by likeness would mislead."""
    found = []
    for fault in faults:
        lengths = [
            len(match.group())
            for pattern in fault.messages
            if (match := re.search(pattern, text, re.DOTALL)) is not None
        ]
        if lengths:
            found.append((fault, max(lengths) + fault.speaks_for(text)))
    return sorted(found, key=lambda pair: (-pair[1], pair[0].number))
