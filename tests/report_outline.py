"""What a report consists of, as an HTML parser sees it."""

from html.parser import HTMLParser
from pathlib import Path

_WITHOUT_END = frozenset({"meta", "img", "input"})


class ReportOutline(HTMLParser):
    """Tags and attributes in their order, and the text of each place that holds any."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.texts: dict[str, list[str]] = {}
        self.strange: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))
        if tag not in _WITHOUT_END:
            kind = dict(attrs).get("class") or tag
            self._open.append(tag)
            self._places.append(kind)
            self.texts.setdefault(kind, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self._places.pop()

    def handle_data(self, data: str) -> None:
        if self._places:
            self.texts[self._places[-1]][-1] += data

    def handle_comment(self, data: str) -> None:
        self.strange.append(data)

    def unknown_decl(self, data: str) -> None:
        self.strange.append(data)

    def handle_pi(self, data: str) -> None:
        self.strange.append(data)

    def reset(self) -> None:
        super().reset()
        self._places: list[str] = []

    @property
    def statuses(self) -> list[str]:
        """Status of each page, in the order of the report."""
        return [dict(attrs)["class"] or "" for tag, attrs in self.tags if tag == "article"]

    @property
    def pictures(self) -> list[str]:
        """Address of each picture."""
        return [dict(attrs)["src"] or "" for tag, attrs in self.tags if tag == "img"]


def read_report(path: Path) -> ReportOutline:
    return ReportOutline(path.read_text(encoding="utf-8"))
