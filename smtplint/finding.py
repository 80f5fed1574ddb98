"""What a run yields: findings and notifications."""

from __future__ import annotations

from smtplint.source import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.endpoint import Endpoint

LEVELS = ("note", "warning", "error")


class Edit:
    """Replace the text from `start` to `end` (code-point offsets into `place.source`) by `text`. Secrets never occur in it."""

    __slots__ = ("place", "text")

    def __init__(self, place: Place, text: str) -> None:
        self.place = place
        self.text = text


class Fix:
    """`edits` that cure a finding together; `safe` in ruff's sense; `description` is a sentence in the imperative."""

    __slots__ = ("description", "edits", "safe")

    def __init__(self, description: str, edits: tuple[Edit, ...], safe: bool) -> None:
        self.description = description
        self.edits = edits
        self.safe = safe


class Related:
    """Another place that matters, with a short text such as "the host is set here"."""

    __slots__ = ("message", "place")

    def __init__(self, place: Place, message: str) -> None:
        self.place = place
        self.message = message


class Finding:
    """One rule speaking about one or several endpoints.

    `message` is whole sentences in plain text: what is, where it comes from, what happens on the wire. `remedy` says what to write instead in
    the application's own keys ("" when nothing can be written). `mark` is what stands at the place in a word or two, for the underline
    ("port 25", "EMAIL_PORT is absent"). `level` is note, warning or error; `confidence` high, medium or low. `fingerprint` is a
    hex digest without line numbers. `suppressed`: "" | "inline" | "config" | "baseline"; `justification` the reason given.
    """

    __slots__ = (
        "_fingerprint",
        "confidence",
        "endpoint",
        "endpoints",
        "fix",
        "identity",
        "justification",
        "key_path",
        "level",
        "mark",
        "message",
        "place",
        "related",
        "remedy",
        "rule",
        "slug",
        "suppressed",
    )

    def __init__(
        self,
        rule: str,
        slug: str,
        level: str,
        message: str,
        place: Place,
        endpoint: Endpoint,
        *,
        confidence: str = "high",
        remedy: str = "",
        mark: str = "",
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
        key_path: str = "",
    ) -> None:
        self.rule = rule
        self.slug = slug
        self.level = level
        self.message = message
        self.place = place
        self.endpoint = endpoint
        self.endpoints: tuple[Endpoint, ...] = (endpoint,)
        self.confidence = confidence
        self.remedy = remedy
        self.mark = mark
        self.related = related
        self.fix = fix
        self.key_path = key_path
        # What the fingerprint is made of: rule, display path, profile, key path, ordinal among equals.
        self.identity: tuple[str, str, str, str, int] | None = None
        self._fingerprint = ""
        self.suppressed = ""
        self.justification = ""

    @property
    def fingerprint(self) -> str:
        """A hex digest of its identity, "" when it was given none. Worked out when it is asked for: a text report shows none."""
        if not self._fingerprint and self.identity is not None:
            from smtplint.identity import identify

            self._fingerprint = identify(*self.identity)
        return self._fingerprint

    @fingerprint.setter
    def fingerprint(self, text: str) -> None:
        self._fingerprint = text

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """The order in which findings are reported."""
        return (self.place.path, self.place.start, self.place.end, self.rule, self.endpoint.id)


class Notification:
    """Something the run could not do: an unreadable file, a limit that was met. `level` is note, warning or error.

    `id` is one of unreadable-file, parse-error, too-large, too-deep, limit-met, template-skipped. `line` and `column` are 1-based or 0.
    """

    __slots__ = ("column", "file", "id", "level", "line", "message")

    def __init__(self, id: str, level: str, message: str, file: str = "", line: int = 0, column: int = 0) -> None:  # noqa: A002
        self.id = id
        self.level = level
        self.message = message
        self.file = file
        self.line = line
        self.column = column


def unreadable(shown: str, error: OSError) -> Notification:
    """The notification for a file or folder that could not be read."""
    from smtplint.listing import reason

    why = reason(error)
    return Notification("unreadable-file", "warning", why if why.startswith("is ") else f"cannot be read: {why}", shown)
