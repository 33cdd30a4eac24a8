"""Guidelines as HTML: what is formatted, and that nothing else gets through."""

from __future__ import annotations

import re

import pytest

from annotate.guidelines import changes
from annotate.markdown import to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>"),
        ("# One\n## Two #\n####### no", "<h3>One</h3>\n<h4>Two</h4>\n<p>####### no</p>"),
        ("- a\n- b\n  more\n\n1. c", "<ul><li>a</li><li>b<br>\nmore</li></ul>\n<ol><li>c</li></ol>"),
        ("> quoted\n> - x", "<blockquote><p>quoted</p>\n<ul><li>x</li></ul></blockquote>"),
        ("```\n<b> **x**\n```\nafter", "<pre><code>&lt;b&gt; **x**</code></pre>\n<p>after</p>"),
        ("```\nopen", "<pre><code>open</code></pre>"),
        ("**a** __b__ *c* _d_ `**e**`",
         "<p><strong>a</strong> <strong>b</strong> <em>c</em> <em>d</em> <code>**e**</code></p>"),
        ("snake_case_name 2*3*4", "<p>snake_case_name 2*3*4</p>"),
        ("---", "<hr>"),
        ("[site](https://x.example/a?b=1&c=2)",
         '<p><a href="https://x.example/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">site</a></p>'),
        ("", ""),
        ("الأسماء **كلها**", "<p>الأسماء <strong>كلها</strong></p>"),
    ],
)  # fmt: skip
def test_what_is_formatted(text, html):
    assert to_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "[x](javascript:alert(1))", '[x](https://a" onclick="x)',
        "![x](https://a.example/i.png)", "**<img src=x onerror=x>**", "`<b>`", "# <i>h</i>",
        "[<b>x</b>](https://a.example)", "<https://a.example>", "> <u>q</u>", "- <s>l</s>",
        "[a](data:text/html,x)", "&lt;script&gt;", "[x](https://a.example/'onmouseover='x)",
    ],
)  # fmt: skip
def test_nothing_else_gets_through(text):
    html = to_html(text)
    tags = set(re.findall(r"<\s*/?\s*([a-z0-9]+)", html))
    assert tags <= {"p", "h3", "ul", "li", "a", "code", "strong", "em", "blockquote", "br"}
    assert not re.search(r"<[^>]*\son\w+=", html)
    assert "javascript:" not in re.sub(r">[^<]*<", "><", html)


def test_deep_or_long_texts_take_no_time():
    for text in (">" * 5000 + " x", "*" * 20_000, "[" * 20_000, "`" * 20_000, "- a\n" * 5000,
                 "_a " * 8000, "**a " * 6000):  # fmt: skip
        assert to_html(text)


def test_changes_are_lines_with_one_around():
    before = "\n".join("abcdefgh")
    after = before.replace("b", "B").replace("g\n", "")
    assert [(line.kind, line.text) for line in changes(before, after)] == [
        ("same", "a"), ("removed", "b"), ("added", "B"), ("same", "c"), ("gap", ""),
        ("same", "f"), ("removed", "g"), ("same", "h"),
    ]  # fmt: skip
    assert changes("a", "a") == []
