"""Files and servers that a supervisor should not have been given: a clear word, nothing stored."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from telephony.models import KnowledgeDocument, KnowledgePassage, McpServer, Persona, Tool

pytestmark = pytest.mark.django_db
MB = 1_000_000


@pytest.fixture
def browser(admin_client: Client) -> Client:
    """A superuser, who sees the page that a person would see when something breaks."""
    admin_client.raise_request_exception = False
    return admin_client


def upload(browser: Client, name: str, content: bytes, **changes: Any) -> Any:
    form = {"title": "Handbook", "text": "", "active": "on"} | changes
    file = SimpleUploadedFile(name, content, "text/plain")
    return browser.post(reverse("admin:telephony_knowledgedocument_add"), form | {"file": file})


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"\0" * 50 * MB)
    return packed.getvalue()


HOSTILE = {
    "a program": ("book.txt", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40, "UTF-8"),
    "a picture": ("book.md", b"\x89PNG\r\n\x1a\n" + b"\x00" * 500, "UTF-8"),
    "a zip bomb": ("book.txt", zip_bomb(), "UTF-8"),
    "NUL bytes": ("book.txt", b"Returns\x00within thirty days.", "plain text"),
    "UTF-16": ("book.txt", "Returns within thirty days.".encode("utf-16"), "UTF-8"),
    "UTF-16 without its mark": ("book.txt", "Returns.".encode("utf-16-le"), "plain text"),
    "Latin-1": ("book.txt", "Rückgabe in dreißig Tagen.".encode("latin-1"), "UTF-8"),
    "half a character": ("book.txt", b"Returns \xed\xa0\x80", "UTF-8"),
    "100 MB": ("book.txt", b"x" * (100 * MB), "1 MB"),
    "a second ending": ("book.txt.exe", b"MZ", "plain text"),
    "nothing": ("book.txt", b"", "empty"),
    "no name": (".txt", b"\xff", "UTF-8"),
}


@pytest.mark.parametrize(("name", "content", "words"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_with_words_and_nothing_is_stored(
    browser: Client, name: str, content: bytes, words: str
) -> None:
    answer = upload(browser, name, content)
    assert answer.status_code == 200
    assert words in " ".join(answer.context["adminform"].form.errors["file"])
    assert not KnowledgeDocument.objects.exists()


def test_a_refused_file_leaves_the_document_as_it_was(browser: Client) -> None:
    upload(browser, "book.md", b"# Returns\nWithin thirty days.")
    before = KnowledgeDocument.objects.get()
    answer = browser.post(
        reverse("admin:telephony_knowledgedocument_change", args=[before.pk]),
        {
            "title": "Handbook",
            "text": before.text,
            "active": "on",
            "file": SimpleUploadedFile("new.md", b"\xff\xff"),
        },
    )
    assert answer.status_code == 200
    assert KnowledgeDocument.objects.get().text == before.text
    assert KnowledgePassage.objects.count() == 1


def test_a_path_in_a_files_name_goes_nowhere_and_html_in_it_is_text(
    browser: Client, persona: Persona
) -> None:
    markup = b"<script>alert(1)</script> & thirty days."
    answer = upload(browser, "../../etc/<b>.md", markup, title="<b>x</b>", personas=[persona.pk])
    assert answer.status_code == 302
    page = browser.get(reverse("admin:telephony_knowledgedocument_changelist")).content.decode()
    assert "<b>x</b>" not in page
    change = reverse(
        "admin:telephony_knowledgedocument_change", args=[KnowledgeDocument.objects.get().pk]
    )
    assert "<script>alert(1)" not in browser.get(change).content.decode()


@pytest.mark.full
def test_the_largest_file_of_nothing_but_different_words_is_taken_in_time(browser: Client) -> None:
    words = " ".join(f"w{index:x}" for index in range(150_000))[: MB - 10]
    began = time.monotonic()
    assert upload(browser, "book.txt", words.encode()).status_code == 302
    assert time.monotonic() - began < 90


BAD_URLS = {
    "plain http": "http://example.com/mcp",
    "no URL": "mcp",
    "a file": "file:///etc/passwd",
    "credentials": "https://me:pw@example.com/mcp",
    "a bad port": "https://example.com:99999/mcp",
    "no host": "https:///mcp",
    "a broken address": "https://[::1/mcp",
    "a NUL": "https://example.com/\x00",
    "nothing": "",
    "no end": "https://example.com/" + "x" * 600,
}


@pytest.mark.parametrize("url", BAD_URLS.values(), ids=BAD_URLS.keys())
def test_an_mcp_server_at_no_usable_address_is_refused(browser: Client, url: str) -> None:
    form = {"name": "Booking", "url": url, "active": "on", "new_secret": "t0ken"}
    answer = browser.post(reverse("admin:telephony_mcpserver_add"), form)
    assert answer.status_code == 200
    assert "url" in answer.context["adminform"].form.errors
    assert "t0ken" not in answer.content.decode(), "a secret is not shown, not even once"
    assert not McpServer.objects.exists()


@pytest.mark.parametrize("secret", ["two\r\nX-Injected: 1", "a\x00b", "x" * 100_000, "snow\u2603"])
def test_a_token_that_would_break_a_header_is_refused(browser: Client, secret: str) -> None:
    form = {
        "name": "Booking",
        "url": "https://example.com/mcp",
        "active": "on",
        "new_secret": secret,
    }
    answer = browser.post(reverse("admin:telephony_mcpserver_add"), form)
    assert answer.status_code == 200
    assert "new_secret" in answer.context["adminform"].form.errors
    assert not McpServer.objects.exists()


def test_an_mcp_tool_names_a_server_that_exists_and_a_server_in_use_is_not_deleted(
    browser: Client,
) -> None:
    server = McpServer.objects.create(name="Booking", url="https://example.com/mcp")
    form = {
        "name": "book",
        "description": "d",
        "parameters": '{"type": "object"}',
        "kind": "mcp",
        "timeout_ms": "5000",
        "max_uses": "5",
        "mcp_tool": "book_table",
    }
    add = reverse("admin:telephony_tool_add")
    for wrong in (
        {},
        {"mcp_server": "999"},
        {"mcp_server": "x"},
        {"mcp_server": server.pk} | {"mcp_tool": ""},
    ):
        assert browser.post(add, form | wrong).status_code == 200
    assert not Tool.objects.exists()
    assert browser.post(add, form | {"mcp_server": server.pk}).status_code == 302
    browser.post(reverse("admin:telephony_mcpserver_delete", args=[server.pk]), {"post": "yes"})
    assert McpServer.objects.count() == 1
