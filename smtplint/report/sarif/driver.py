"""The tool component of a log: the rules, the weaknesses they speak of, and what a run may notify of."""

from __future__ import annotations

from smtplint import __version__
from smtplint.report.sarif.wording import braces, limit, plain
from smtplint.report.words import clean, sentences
from smtplint.result import FALLBACK_URL, reference_url, rule_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from smtplint.result import Context, Result, RuleInfo

    Json = dict[str, object]

# Names of the weaknesses in MITRE's list that the catalogue uses; others are named by their number.
CWE_NAMES = {
    16: "Configuration",
    256: "Plaintext Storage of a Password",
    287: "Improper Authentication",
    295: "Improper Certificate Validation",
    297: "Improper Validation of Certificate with Host Mismatch",
    306: "Missing Authentication for Critical Function",
    311: "Missing Encryption of Sensitive Data",
    319: "Cleartext Transmission of Sensitive Information",
    326: "Inadequate Encryption Strength",
    327: "Use of a Broken or Risky Cryptographic Algorithm",
    400: "Uncontrolled Resource Consumption",
    522: "Insufficiently Protected Credentials",
    523: "Unprotected Transport of Credentials",
    636: "Not Failing Securely ('Failing Open')",
    693: "Protection Mechanism Failure",
    757: "Selection of Less-Secure Algorithm During Negotiation ('Algorithm Downgrade')",
    798: "Use of Hard-coded Credentials",
    1188: "Initialization of a Resource with an Insecure Default",
}
NOTIFICATIONS = {
    "limit-met": "A limit was met, so some values were not looked up.",
    "parse-error": "A file does not parse.",
    "template-skipped": "A template was not read.",
    "too-deep": "A file is nested too deeply.",
    "too-large": "A file is too large.",
    "unreadable-file": "A file cannot be read.",
}


class Driver:
    """The component, and where in it a rule, a weakness or a kind of notification stands: results name them by these indices.

    `index` maps the id of a rule to its number, `weaknesses` and `notices` are in the order of the log.
    """

    __slots__ = ("home", "index", "notices", "rules", "weaknesses")

    def __init__(self, result: Result, context: Context) -> None:
        self.home = context.home
        self.rules = context.rules
        self.index = {rule.id: number for number, rule in enumerate(context.rules)}
        self.weaknesses = sorted({number for rule in context.rules for number in rule.cwe})
        self.notices = sorted({note.id for note in result.notifications} | set(NOTIFICATIONS))

    def info(self, rule: str) -> RuleInfo | None:
        """What is known about a rule by its id, None for one that is not in the log."""
        number = self.index.get(rule)
        return None if number is None else self.rules[number]

    def described(self) -> Json:
        """The component itself with its rules and notifications."""
        driver: Json = {
            "name": "smtplint",
            "fullName": f"smtplint {__version__}",
            "organization": "smtplint",
            "semanticVersion": __version__,
            "version": __version__,
            "informationUri": self.home or FALLBACK_URL,
            "shortDescription": {"text": "Static linter for the SMTP settings in application configuration."},
            "rules": [self._rule(rule) for rule in self.rules],
            "notifications": [_notice(name) for name in self.notices],
        }
        if self.weaknesses:
            driver["supportedTaxonomies"] = [{"name": "CWE", "index": 0}]
        return driver

    def _rule(self, rule: RuleInfo) -> Json:
        properties: Json = {
            "tags": _tags(rule),
            "precision": rule.precision,
            "problem.severity": {"error": "error", "warning": "warning"}.get(rule.level, "recommendation"),
        }
        if rule.severity > 0:
            properties["security-severity"] = f"{rule.severity:.1f}"
        out: Json = {
            "id": rule.id,
            "name": rule.name,
            "shortDescription": {"text": limit(sentences(rule.title))},
            "fullDescription": {"text": limit(sentences(rule.why or rule.message or rule.title))},
            "help": {"text": help_text(rule), "markdown": help_markdown(rule)},
            "helpUri": rule_url(rule, self.home),
            "defaultConfiguration": {"level": rule.level, **({} if rule.enabled else {"enabled": False})},
            "messageStrings": {"default": {"text": message_template(rule)}},
        }
        if rule.cwe:
            out["relationships"] = [{"target": self.taxon(number), "kinds": ["relevant"]} for number in rule.cwe]
        out["properties"] = properties
        return out

    def taxon(self, number: int) -> Json:
        """A reference to a weakness by its number in the CWE, which has to be one of `weaknesses`."""
        return {"id": f"CWE-{number}", "index": self.weaknesses.index(number), "toolComponent": {"name": "CWE", "index": 0}}

    def taxonomy(self) -> Json:
        """The weaknesses the rules speak of."""
        return {
            "name": "CWE",
            "fullName": "Common Weakness Enumeration",
            "organization": "MITRE",
            "informationUri": "https://cwe.mitre.org/",
            "shortDescription": {"text": "The list of common weaknesses kept by MITRE."},
            "isComprehensive": False,
            "taxa": [
                {
                    "id": f"CWE-{number}",
                    "name": f"Cwe{number}",
                    "shortDescription": {"text": sentences(CWE_NAMES.get(number, f"CWE-{number}"))},
                    "helpUri": reference_url(f"CWE-{number}"),
                    "defaultConfiguration": {"level": "warning"},
                }
                for number in self.weaknesses
            ],
        }


def message_template(rule: RuleInfo) -> str:
    """The rule's message: its title and the endpoint; the second argument is the text of the finding (it may be empty)."""
    return f"{braces(plain(clean(rule.title)))} in '{{0}}'{{1}}."


def help_text(rule: RuleInfo) -> str:
    """A rule explained in plain text."""
    parts = [sentences(rule.why or rule.message or rule.title)]
    if rule.references:
        parts.append(f"References: {', '.join(rule.references)}.")
    return "\n\n".join(parts)


def help_markdown(rule: RuleInfo) -> str:
    """A rule explained in Markdown, with links to what it rests on."""
    parts = [f"# {rule.id}: {rule.title}", sentences(rule.why or rule.message or rule.title)]
    references = [*rule.references, *(f"CWE-{number}" for number in rule.cwe if not any(str(number) in text for text in rule.references))]
    if references:
        lines = [f"- [{text}]({reference_url(text)})" if reference_url(text) else f"- {text}" for text in references]
        parts += ["## References", "\n".join(lines)]
    return "\n\n".join(parts)


def _notice(name: str) -> Json:
    text = NOTIFICATIONS.get(name, "Something could not be done.")
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": text},
        "fullDescription": {"text": f"{text} The rest was linted."},
        "help": {"text": f"{text} The rest was linted."},
        "defaultConfiguration": {"level": "warning"},
    }


def _tags(rule: RuleInfo) -> list[str]:
    tags = ["security"] if rule.severity > 0 else []
    tags += [f"external/cwe/cwe-{number}" for number in rule.cwe]
    tags += [*rule.tags, "smtp", "configuration"]
    return list(dict.fromkeys(tags))[:10]
