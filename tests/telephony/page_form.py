"""The form of a page as a browser would send it back, untouched."""

from __future__ import annotations

from html.parser import HTMLParser


class PageForm(HTMLParser):
    """``fields``: what each named input, selection and text area of the page's form sends."""

    def __init__(self, html: str, *, form_id: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._form_id = form_id
        self._inside = False
        self._selection: str | None = None
        self._area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("id") == self._form_id
        name = given.get("name", "")
        if tag == "option" and self._selection and "selected" in given:
            self.fields[self._selection].append(given["value"])
        # Of a formset's empty row the browser sends what no server reads.
        if not self._inside or not name or "__prefix__" in name or "disabled" in given:
            return
        if tag == "select":
            self._selection = name
            self.fields.setdefault(name, [])
        elif tag == "textarea":
            self._area = name
            self.fields[name] = [""]
        elif tag == "input" and self._is_sent(given):
            ticked = given.get("type") in ("checkbox", "radio")
            self.fields.setdefault(name, []).append(given.get("value", "on" if ticked else ""))

    @staticmethod
    def _is_sent(given: dict[str, str]) -> bool:
        kind = given.get("type", "text")
        if kind in ("checkbox", "radio"):
            return "checked" in given
        return kind not in ("submit", "button", "file", "image", "reset")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.fields[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            # Browsers leave out the line break that follows the tag.
            self.fields[self._area][0] = self.fields[self._area][0].removeprefix("\r\n")
            self.fields[self._area][0] = self.fields[self._area][0].removeprefix("\n")
            self._area = None
        elif tag == "select":
            self._selection = None
        elif tag == "form":
            self._inside = False
