"""Documents are uploaded, cut, and found again by the agents whose persona may use them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from telephony import facade
from telephony.contracts import CallArrival
from telephony.models import KnowledgeDocument, KnowledgeTerm, Persona, PhoneNumber
from telephony.services.knowledge import PASSAGE_CHARS, cut, index_document, terms

RETURNS = """# Returns

You may send anything back within thirty days. We pay the postage.

# Repairs

Tents are repaired in our own workshop. A repair of a tent takes two weeks.

Zippers cost twelve euros.
"""


@pytest.fixture
def call_id(number: PhoneNumber, arrival: Callable[..., CallArrival]) -> UUID:
    return facade.open_call(arrival()).call_id


def document(persona: Persona | None, title: str = "Handbook", text: str = RETURNS) -> None:
    made = KnowledgeDocument.objects.create(title=title, text=text)
    if persona is not None:
        made.personas.add(persona)
    index_document(document=made)


def found(call_id: UUID, question: str) -> list[str]:
    return [passage.source for passage in facade.search_knowledge(call_id, question, 3)]


def test_the_passage_that_answers_comes_first_and_names_its_source(
    persona: Persona, call_id: UUID
) -> None:
    document(persona)
    document(persona, "Shops", "We have shops in Kiel and in Bremen, both with tents on show.")
    best = facade.search_knowledge(call_id, "How long does the repair of my tent take?", 3)
    assert best[0].source == "Handbook: Repairs"
    assert "two weeks" in best[0].text
    assert found(call_id, "Can I send it back?")[0] == "Handbook: Returns"
    assert found(call_id, "shop") == ["Shops"]


@pytest.mark.parametrize("question", ["", "the is of", "zeppelins", "' OR 1=1 --", "%", "\x00"])
def test_a_question_about_something_else_finds_nothing(
    persona: Persona, call_id: UUID, question: str
) -> None:
    document(persona)
    assert found(call_id, question) == []


def test_another_personas_document_and_an_inactive_one_are_never_found(
    persona: Persona, call_id: UUID
) -> None:
    document(None)
    assert found(call_id, "repair") == []
    KnowledgeDocument.objects.get().personas.add(persona)
    assert found(call_id, "repair") == ["Handbook: Repairs"]
    KnowledgeDocument.objects.update(active=False)
    assert found(call_id, "repair") == []


def test_a_changed_text_is_found_and_the_old_one_is_not(persona: Persona, call_id: UUID) -> None:
    document(persona)
    changed = KnowledgeDocument.objects.get()
    changed.text = "Canoes are for hire."
    changed.save()
    assert index_document(document=changed) == 1
    assert found(call_id, "canoe") == ["Handbook"]
    assert found(call_id, "repair") == []


def test_passages_are_short_and_lose_no_word() -> None:
    text = "Some words here. " * 300 + "\n\n## Next\n" + "x" * 2_000
    pieces = list(cut(text))
    assert all(len(piece.text) <= PASSAGE_CHARS for piece in pieces)
    assert {piece.heading for piece in pieces} == {"", "Next"}
    kept = "".join(piece.text for piece in pieces).replace(" ", "")
    assert kept == text.replace("## Next", "").replace("\n", "").replace(" ", "")


def test_words_are_the_same_with_accents_case_and_plural() -> None:
    assert list(terms("Äpfel, CAFÉS and policies")) == ["apfel", "cafe", "policy"]


def test_a_file_uploaded_in_the_admin_can_be_looked_up(
    admin_client: Client, persona: Persona, call_id: UUID
) -> None:
    response = admin_client.post(
        reverse("admin:telephony_knowledgedocument_add"),
        {
            "title": "Handbook",
            "text": "",
            "active": "on",
            "personas": [persona.pk],
            "file": SimpleUploadedFile("book.md", b"\xef\xbb\xbf" + RETURNS.encode()),
        },
    )
    assert response.status_code == 302
    assert found(call_id, "zipper") == ["Handbook: Repairs"]
    page = admin_client.get(reverse("admin:telephony_knowledgedocument_changelist"))
    assert persona.name in page.content.decode()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("book.pdf", b"%PDF-1.7", "plain text"),
        ("book.txt", b"\xff\xfe\x00", "UTF-8"),
        ("book.txt", b"x" * 1_000_001, "1 MB"),
        ("book.txt", b"   ", "Upload a file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_words(
    admin_client: Client, name: str, content: bytes, words: str
) -> None:
    response = admin_client.post(
        reverse("admin:telephony_knowledgedocument_add"),
        {"title": "Handbook", "text": "", "file": SimpleUploadedFile(name, content)},
    )
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not KnowledgeTerm.objects.exists()
