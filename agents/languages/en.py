"""English: the sentences themselves are the keys (fixed_phrases.py, transfer/sentences.py)."""

from __future__ import annotations

from agents.languages.language import Language

ENGLISH = Language(code="en", sentences={})
# Of a persona whose language the product does not know: it says its sentences in English.
UNKNOWN = Language(code="", sentences={})
