"""Markdown as guidelines need it, made into HTML that holds nothing but what is named here.

Headings, paragraphs, lists, quotes, code, emphasis, links and rules of CommonMark. Everything else, HTML
above all, is text. Pure: knows no Django.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

# Pages have a heading of their own: the text's first level is their third.
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*#*\s*\Z")
_ITEM = re.compile(r"[ ]{0,3}(?:([-*+])|\d{1,9}[.)])[ \t]+(.*)\Z")
_RULE = re.compile(r"[ ]{0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}\Z")
_FENCE = re.compile(r"[ ]{0,3}(```+|~~~+)")
_QUOTE = re.compile(r"[ ]{0,3}>[ ]?(.*)\Z")
_CODE = re.compile(r"(`+)(.+?)\1")
_LINK = re.compile(r"\[([^\[\]]{1,500})\]\(((?:https?://|mailto:)[^\s()<>]{1,1000})\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![*\w])([*_])(?=\S)([^*_]+?)(?<=\S)\1(?![*\w])")
_DEEPEST = 6


def to_html(text: str) -> str:
    """The text as HTML, block by block; safe whatever it holds.

    >>> to_html("# Names\\n\\nMark **all** <b>names</b>.")
    '<h3>Names</h3>\\n<p>Mark <strong>all</strong> &lt;b&gt;names&lt;/b&gt;.</p>'
    """
    return "\n".join(_blocks(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 0))


def _blocks(lines: list[str], depth: int) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif fence := _FENCE.match(line):
            end = next((n for n in range(at + 1, len(lines)) if lines[n].strip().startswith(fence[1])),
                       len(lines))  # fmt: skip
            yield f"<pre><code>{escape(chr(10).join(lines[at + 1 : end]))}</code></pre>"
            at = end + 1
        elif heading := _HEADING.match(line):
            level = min(len(heading[1]) + 2, _DEEPEST)
            yield f"<h{level}>{inline(heading[2])}</h{level}>"
            at += 1
        elif _RULE.match(line):
            yield "<hr>"
            at += 1
        elif _QUOTE.match(line) and depth < _DEEPEST:
            end = _while(lines, at, lambda row: bool(_QUOTE.match(row)))
            inner = [found[1] if (found := _QUOTE.match(row)) else "" for row in lines[at:end]]
            yield f"<blockquote>{chr(10).join(_blocks(inner, depth + 1))}</blockquote>"
            at = end
        elif item := _ITEM.match(line):
            end = _while(lines, at, lambda row: bool(_ITEM.match(row)) or row.startswith("  "))
            yield _listed(lines[at:end], "ul" if item[1] else "ol")
            at = end
        else:
            end = max(_while(lines, at, _is_plain), at + 1)
            yield f"<p>{inline(chr(10).join(row.strip() for row in lines[at:end]))}</p>"
            at = end


def _while(lines: list[str], at: int, holds: object) -> int:
    assert callable(holds)
    while at < len(lines) and lines[at].strip() and holds(lines[at]):
        at += 1
    return at


def _is_plain(row: str) -> bool:
    return not any(kind.match(row) for kind in (_HEADING, _ITEM, _RULE, _FENCE, _QUOTE))


def _listed(rows: list[str], tag: str) -> str:
    """A list; rows that go on with an item are joined to it."""
    items: list[str] = []
    for row in rows:
        found = _ITEM.match(row)
        if found:
            items.append(found[2])
        else:
            items[-1] += f"\n{row.strip()}"
    return f"<{tag}>" + "".join(f"<li>{inline(item)}</li>" for item in items) + f"</{tag}>"


def inline(text: str) -> str:
    """Emphasis, code and links of a line; line ends stay as line ends."""
    parts: list[str] = []
    at = 0
    for code in _CODE.finditer(text):
        parts += [_marked(text[at : code.start()]), f"<code>{escape(code[2].strip())}</code>"]
        at = code.end()
    return "".join([*parts, _marked(text[at:])])


def _marked(text: str) -> str:
    parts: list[str] = []
    at = 0
    for link in _LINK.finditer(text):
        goal = escape(link[2], quote=True)
        parts += [
            _stressed(text[at : link.start()]),
            f'<a href="{goal}" rel="noopener noreferrer nofollow">{_stressed(link[1])}</a>',
        ]
        at = link.end()
    return "".join([*parts, _stressed(text[at:])])


def _stressed(text: str) -> str:
    safe = escape(text)
    safe = _STRONG.sub(r"<strong>\2</strong>", safe)
    return _EMPHASIS.sub(r"<em>\2</em>", safe).replace("\n", "<br>\n")
