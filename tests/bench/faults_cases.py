"""Which faults of the stand-ins strike together, and what one case came to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import combinations

from deploy.local.providers.settings import SETTINGS
from tests.support.stack import Json

MODES = {"once": "next 1", "always": "always"}
MOST_SILENCE_MS = 5_000
# What bridges a wait: heard, but neither an answer nor an apology.
BRIDGES = ("moment", "bear with me", "still there")


def _faults() -> dict[str, tuple[str, dict[str, str]]]:
    """Short name -> the setting, and the other settings that say how it strikes."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for name, setting in SETTINGS.items():
        if setting.kind != "fault":
            continue
        short = name.removeprefix("realtime_")
        moment = SETTINGS.get(f"{name}_moment")
        if moment is None:
            found[short] = (name, {})
            continue
        for choice in moment.choices:
            found[f"{short}_{choice}"] = (name, {f"{name}_moment": choice})
    return found


FAULTS = _faults()


@dataclass(frozen=True)
class Case:
    """One or two faults at once. ``mode``: each strikes ``once``, or ``always`` until lifted."""

    faults: tuple[str, ...]
    mode: str

    @property
    def settings(self) -> dict[str, str]:
        """For the stand-ins."""
        made: dict[str, str] = {}
        for fault in self.faults:
            name, how = FAULTS[fault]
            made |= {name: MODES[self.mode]} | how
        return made

    def __str__(self) -> str:
        return f"{' + '.join(self.faults)}, {self.mode}"


def cases(modes: list[str], sizes: list[int], only: set[str]) -> list[Case]:
    """All single faults and pairs that can be set together; ``only``: those with one of these."""
    made = [
        Case(together, mode)
        for mode in modes
        for size in sizes
        for together in combinations(FAULTS, size)
        if len({FAULTS[fault][0] for fault in together}) == size
    ]
    return [case for case in made if not only or only & set(case.faults)]


@dataclass
class Outcome:
    """What the caller lived through; times from the tape.

    ``heard``: ``answer`` (the reply that was asked for), ``words`` (other words, an apology or a
    question), ``partial`` (some of the reply), ``stale`` (the reply to the turn before once
    more), ``bridge`` (only a phrase that asks to wait), ``sound`` (a tone or a scrap) or
    ``silence``. ``stored_unheard``: the transcript holds words that cannot have been heard.
    ``next_turn``: the question after the faults were
    lifted: ``answered``, ``not answered``, ``call over``. ``events``: seconds after the question.
    """

    faults: list[str]
    mode: str
    longest_silence_ms: int = 0
    heard: str = "silence"
    said: list[str] = field(default_factory=list)
    sound_ms: int = 0
    silences_ms: list[int] = field(default_factory=list)
    stored_unheard: bool = False
    next_turn: str = ""
    ending: Json = field(default_factory=dict)
    ending_detail: str = ""
    events: list[str] = field(default_factory=list)
    problem: str = ""

    @property
    def too_silent(self) -> bool:
        return self.longest_silence_ms > MOST_SILENCE_MS

    @property
    def lost(self) -> bool:
        """Neither a reply nor a spoken apology."""
        return self.heard not in ("answer", "words")

    @property
    def unnamed(self) -> bool:
        """The end is put down to us, or to nobody, though a provider failed."""
        return self.ending.get("result") in (None, "our_fault")

    @property
    def not_recovered(self) -> bool:
        """The call went on, but deaf or dumb."""
        return self.next_turn == "not answered"

    @property
    def marks(self) -> str:
        """S: silent too long; L: the turn was lost; E: no named ending; N: next turn lost; T: the
        transcript tells what was not heard."""
        if self.problem:
            return "!"
        flags = (
            self.too_silent,
            self.lost,
            self.unnamed,
            self.not_recovered,
            self.stored_unheard,
        )
        return "".join(mark for mark, flag in zip("SLENT", flags, strict=True) if flag)

    @property
    def ok(self) -> bool:
        return not self.marks

    def as_json(self) -> Json:
        return asdict(self) | {"ok": self.ok, "marks": self.marks}


def matrix(outcomes: list[Outcome], mode: str) -> str:
    """Faults against faults (the diagonal: alone): the longest silence in s and the marks."""
    cells = {tuple(sorted(o.faults)): o for o in outcomes if o.mode == mode}
    names = [name for name in FAULTS if any(name in key for key in cells)]
    lines = [
        f"{mode}: longest silence in s; S silent > 5 s, L turn lost, E ending, N next turn, T text"
    ]
    lines.append(" " * 28 + "".join(f"{index:>8}" for index in range(1, len(names) + 1)))
    for row, name in enumerate(names):
        line = f"{row + 1:>3} {name:24}"
        for column, other in enumerate(names):
            key = (name,) if row == column else tuple(sorted((name, other)))
            one = cells.get(key) if column >= row else None
            text = "" if one is None else f"{one.longest_silence_ms / 1000:.1f}{one.marks}"
            line += f"{text:>8}"
        lines.append(line)
    return "\n".join(lines)
