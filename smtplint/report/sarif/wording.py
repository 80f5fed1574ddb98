"""Texts in the forms SARIF asks for: plain messages with links, Markdown, templates."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """Text outside links in a plain message: nothing in it may read as a link."""
    rest = re.sub(r"\[[^\[\]]*\](?!\()", "", text)
    return link(text) if "[" in rest or "]" in rest else text


def link(text: str) -> str:
    """The text of a link: brackets and backslashes escaped, as SARIF asks."""
    return re.sub(r"([\\\[\]])", r"\\\1", text)


def escaped(text: str) -> str:
    """Prose as Markdown. What stands between backticks stays code."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part if index % 2 else re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", part) for index, part in enumerate(parts))


def braces(text: str) -> str:
    """Text in a message's template: its braces are no places of arguments."""
    return text.replace("{", "{{").replace("}", "}}")


def limit(text: str, size: int = 1024) -> str:
    """Text of at most `size` characters, an ellipsis where it is cut: GitHub takes descriptions of 1024."""
    return text if len(text) <= size else text[: size - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
