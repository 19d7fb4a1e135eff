"""Full-text search over the uploaded documents, the same on SQLite and PostgreSQL.

The index is our own table of words, ranked by BM25 (Robertson and Zaragoza, 2009): the databases'
own full-text searches rank differently, and a test on one would say nothing of the other. A few
hundred pages are a matter of milliseconds; a library of millions wants a search engine.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from uuid import UUID

from django.db import transaction
from django.db.models import Avg, Count

from telephony.contracts import KnowledgePassage as Passage
from telephony.models import KnowledgeDocument, KnowledgePassage, KnowledgeTerm
from telephony.services.texts import clean_text

PASSAGE_CHARS = 700
MAX_TERM_CHARS = 64
MAX_QUERY_TERMS = 20
K1, B = 1.2, 0.75
# Words of a question that say nothing of its subject.
_EMPTY = """
a about an and are as at be by can do does for from have how i in is it me my of on or our tell that
the there this to was we what when where which who will with you your
das dem den der die ein eine einen es für haben ich im in ist kann mit sie und von was wann wie wir
wo zu
"""
STOP_WORDS = frozenset(_EMPTY.split())


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage before it is a row."""

    heading: str
    text: str


def index_document(*, document: KnowledgeDocument) -> int:
    """Cuts the document's text anew and replaces its passages; returns how many there are."""
    pieces = list(cut(document.text))
    counts = [Counter(terms(f"{document.title} {piece.heading} {piece.text}")) for piece in pieces]
    with transaction.atomic():
        KnowledgePassage.objects.filter(document=document).delete()
        rows = KnowledgePassage.objects.bulk_create(
            KnowledgePassage(
                document=document,
                position=position,
                heading=piece.heading[:200],
                text=piece.text,
                length=count.total(),
            )
            for position, (piece, count) in enumerate(zip(pieces, counts, strict=True))
        )
        KnowledgeTerm.objects.bulk_create(
            (
                KnowledgeTerm(passage=row, term=term, count=number)
                for row, count in zip(rows, counts, strict=True)
                for term, number in count.items()
            ),
            batch_size=500,
        )
    return len(rows)


def search(*, call_id: UUID | None, question: str, limit: int) -> list[Passage]:
    """The best passages of the active documents of the persona that has this call, best first.

    ``call_id`` None: of all active documents.
    """
    wanted = list(dict.fromkeys(terms(question)))[:MAX_QUERY_TERMS]
    passages = KnowledgePassage.objects.filter(document__active=True)
    if call_id is not None:
        passages = passages.filter(document__personas__versions__calls=call_id)
    whole = passages.aggregate(count=Count("pk"), length=Avg("length"))
    if not wanted or not whole["count"]:
        return []
    hits = KnowledgeTerm.objects.filter(term__in=wanted, passage__in=passages).values_list(
        "term", "passage_id", "count", "passage__length"
    )
    found: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for term, passage_id, number, length in hits:
        found[term].append((passage_id, number, length))
    scores: dict[int, float] = defaultdict(float)
    for rows in found.values():
        rarity = log(1 + (whole["count"] - len(rows) + 0.5) / (len(rows) + 0.5))
        for passage_id, number, length in rows:
            weight = K1 * (1 - B + B * length / whole["length"])
            scores[passage_id] += rarity * number * (K1 + 1) / (number + weight)
    best = sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))[:limit]
    by_id = KnowledgePassage.objects.select_related("document").in_bulk(best)
    return [_passage(by_id[passage_id]) for passage_id in best if passage_id in by_id]


def terms(text: str) -> Iterator[str]:
    """The words of a text as the index has them: no case, no accents, no plural s."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    for word in re.findall(r"\w+", plain):
        if word not in STOP_WORDS:
            yield _stem(word)[:MAX_TERM_CHARS]


def cut(text: str) -> Iterator[Piece]:
    """Passages of whole paragraphs under one Markdown heading; a long paragraph by sentences."""
    heading, held = "", ""
    for block in re.split(r"\n\s*\n|\n(?=#{1,6} )", clean_text(text).replace("\r\n", "\n")):
        lines = block.strip().split("\n")
        if title := re.match(r"#{1,6}\s+(.*)", lines[0]):
            if held:
                yield Piece(heading, held)
            heading, held, lines = title.group(1).strip(" #"), "", lines[1:]
        for sentence in _sentences(" ".join(line.strip() for line in lines).strip()):
            if held and len(held) + len(sentence) > PASSAGE_CHARS:
                yield Piece(heading, held)
                held = ""
            held = f"{held} {sentence}".strip()
    if held:
        yield Piece(heading, held)


def _sentences(paragraph: str) -> Iterator[str]:
    if len(paragraph) <= PASSAGE_CHARS:
        if paragraph:
            yield paragraph
        return
    for sentence in re.split(r"(?<=[.!?])\s+", paragraph):
        for start in range(0, len(sentence), PASSAGE_CHARS):
            yield sentence[start : start + PASSAGE_CHARS]


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _passage(row: KnowledgePassage) -> Passage:
    title = row.document.title
    return Passage(source=f"{title}: {row.heading}" if row.heading else title, text=row.text)
