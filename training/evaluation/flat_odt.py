"""Writes documents as flat OpenDocument text, which LibreOffice prints."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from training.evaluation.blocks import Block, Columns, Document, Heading, Items, Paragraph, Rows, Table

_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{part}:1.0"'
    for name, part in (
        ("office", "office"), ("style", "style"), ("text", "text"), ("table", "table"),
        ("fo", "xsl-fo-compatible"), ("svg", "svg-compatible"),
    )
)  # fmt: skip
_WIDTH = {False: 16.6, True: 6.8}
"""Width of the text in centimetres, on A4 and on a strip."""
_ALIGNMENT = {
    "body": "start", "right": "end", "centre": "center", "bold": "start", "small": "start", "justified": "justify",
}  # fmt: skip


def write_document(document: Document) -> str:
    """The document as one XML file."""
    width = _WIDTH[document.narrow]
    body = "".join(_block(block, number, width) for number, block in enumerate(document.blocks))
    styles = "".join(_table_style(block, number, width) for number, block in enumerate(document.blocks))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document {_NAMESPACES} office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.text">'
        f"<office:font-face-decls><style:font-face style:name={quoteattr(document.family)} "
        f"svg:font-family={quoteattr(chr(39) + document.family + chr(39))}/></office:font-face-decls>"
        f"<office:styles>{_named_styles(document)}</office:styles>"
        f"<office:automatic-styles>{_page_layout(document)}{_settings(document, width)}{styles}"
        f"</office:automatic-styles>"
        f'<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="page">'
        f"{_foot(document)}</style:master-page></office:master-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document>"
    )


def _named_styles(document: Document) -> str:
    font = f'style:font-name={quoteattr(document.family)} fo:language="none" fo:country="none"'
    size = document.points
    return (
        f'<style:default-style style:family="paragraph"><style:text-properties {font} fo:font-size="{size}pt"/>'
        "</style:default-style>"
        f'<style:style style:name="Standard" style:family="paragraph"><style:paragraph-properties '
        f'fo:margin-bottom="0.18cm" fo:line-height="112%"/><style:text-properties {font} fo:font-size="{size}pt"/>'
        "</style:style>"
    )


def _page_layout(document: Document) -> str:
    page = ("8.2cm", "22cm", "0.7cm") if document.narrow else ("21cm", "29.7cm", "2.2cm")
    return (
        '<style:page-layout style:name="page"><style:page-layout-properties '
        f'fo:page-width="{page[0]}" fo:page-height="{page[1]}" fo:margin="{page[2]}"/>'
        '<style:footer-style><style:header-footer-properties fo:min-height="0.8cm"/></style:footer-style>'
        "</style:page-layout>"
    )


def _settings(document: Document, width: float) -> str:
    """Styles of paragraphs, headings, lists and tabbed lines."""
    size = document.points
    parts = [
        _paragraph_style(name, f'fo:text-align="{alignment}"', "bold" if name == "bold" else "normal",
                         size * 0.85 if name == "small" else size)
        for name, alignment in _ALIGNMENT.items()
    ]  # fmt: skip
    parts += [
        _paragraph_style(f"heading{level}", 'fo:margin-top="0.25cm"', "bold", size * scale)
        for level, scale in ((1, 1.6), (2, 1.2))
    ]
    stops = f'<style:tab-stop style:position="{width * 0.42:.2f}cm"/>'
    parts.append(_paragraph_style("rows", "", "normal", size, f"<style:tab-stops>{stops}</style:tab-stops>"))
    stop = f'<style:tab-stop style:position="{width:.2f}cm" style:type="right"/>'
    parts.append(_paragraph_style("prices", "", "normal", size, f"<style:tab-stops>{stop}</style:tab-stops>"))
    for count in (2, 3):
        parts.append(
            f'<style:style style:name="columns{count}" style:family="section"><style:section-properties>'
            f'<style:columns fo:column-count="{count}" fo:column-gap="0.9cm"/></style:section-properties></style:style>'
        )
    return "".join(parts) + _list_styles()


def _paragraph_style(name: str, properties: str, weight: str, size: float, inner: str = "") -> str:
    return (
        f'<style:style style:name="{name}" style:family="paragraph" style:parent-style-name="Standard">'
        f"<style:paragraph-properties {properties}>{inner}</style:paragraph-properties>"
        f'<style:text-properties fo:font-weight="{weight}" fo:font-size="{size:.1f}pt"/></style:style>'
    )


def _list_styles() -> str:
    place = (
        '<style:list-level-properties text:list-level-position-and-space-mode="label-alignment">'
        '<style:list-level-label-alignment text:label-followed-by="listtab" text:list-tab-stop-position="1.1cm" '
        'fo:text-indent="-0.6cm" fo:margin-left="1.1cm"/></style:list-level-properties>'
    )
    marks = {
        "bullet": ("bullet", 'text:bullet-char="•"'),
        "dash": ("bullet", 'text:bullet-char="–"'),  # noqa: RUF001
        "number": ("number", 'style:num-format="1" style:num-suffix="."'),
        "letter": ("number", 'style:num-format="a" style:num-prefix="(" style:num-suffix=")"'),
    }
    return "".join(
        f'<text:list-style style:name="{name}"><text:list-level-style-{kind} text:level="1" {mark}>{place}'
        f"</text:list-level-style-{kind}></text:list-style>"
        for name, (kind, mark) in marks.items()
    )


def _table_style(block: Block, number: int, width: float) -> str:
    if not isinstance(block, Table):
        return ""
    border = "0.02cm solid #000000" if block.ruled else "none"
    columns = "".join(
        f'<style:style style:name="t{number}c{place}" style:family="table-column"><style:table-column-properties '
        f'style:column-width="{width * share / sum(block.shares):.2f}cm"/></style:style>'
        for place, share in enumerate(block.shares)
    )
    return (
        f'<style:style style:name="t{number}" style:family="table"><style:table-properties '
        f'style:width="{width}cm" table:align="left"/></style:style>{columns}'
        f'<style:style style:name="t{number}cell" style:family="table-cell"><style:table-cell-properties '
        f'fo:border="{border}" fo:padding="0.1cm"/></style:style>'
    )


def _block(block: Block, number: int, width: float) -> str:
    match block:
        case Paragraph(lines, setting):
            return (
                f'<text:p text:style-name="{setting}">{"<text:line-break/>".join(map(_text, lines))}</text:p>'
            )
        case Heading(text, level):
            return f'<text:p text:style-name="heading{level}">{_text(text)}</text:p>'
        case Items(entries, marks):
            items = "".join(
                f'<text:list-item><text:p text:style-name="body">{_text(e)}</text:p></text:list-item>'
                for e in entries
            )
            return f'<text:list text:style-name="{marks}">{items}</text:list>'
        case Rows(rows, right):
            name = "prices" if right else "rows"
            return "".join(
                f'<text:p text:style-name="{name}">{"<text:tab/>".join(map(_text, row))}</text:p>'
                for row in rows
            )
        case Table():
            return _table(block, number)
        case Columns(blocks, count):
            inner = "".join(_block(part, number, width) for part in blocks)
            return (
                f'<text:section text:style-name="columns{count}" text:name="s{number}">{inner}</text:section>'
            )


def _table(table: Table, number: int) -> str:
    columns = "".join(
        f'<table:table-column table:style-name="t{number}c{place}"/>' for place in range(len(table.shares))
    )
    rows = "".join(_row(row, table.right, number, head=place == 0) for place, row in enumerate(table.rows))
    return f'<table:table table:name="t{number}" table:style-name="t{number}">{columns}{rows}</table:table>'


def _row(row: Sequence[str], right: Sequence[bool], number: int, *, head: bool) -> str:
    cells = "".join(
        f'<table:table-cell table:style-name="t{number}cell" office:value-type="string">'
        f'<text:p text:style-name="{"bold" if head else "right" if flush else "body"}">{_text(cell)}</text:p>'
        "</table:table-cell>"
        for cell, flush in zip(row, right, strict=True)
    )
    return f"<table:table-row>{cells}</table:table-row>"


def _foot(document: Document) -> str:
    if not document.foot:
        return ""
    return f'<style:footer><text:p text:style-name="centre">{_text(document.foot)}</text:p></style:footer>'


def _text(text: str) -> str:
    return escape(text)
