"""Writes docs/ from rules/: `python -m tests.docs`. A page per rule, their list, and the list of profiles.

A page per profile is not kept, `smtplint profile ID --format markdown` prints it.
"""

from __future__ import annotations

from pathlib import Path

from smtplint import catalog
from smtplint.catalog import describe
from tests.wire import page

ROOT = Path(catalog.locate()).parent
NOTE = "<!-- Written by `python -m tests.docs` from rules/; changes belong there. -->\n\n"


def pages() -> dict[str, str]:
    """Path below docs/ → text."""
    rules = catalog.load(cache=False)
    checks = sorted(rules.checks.values(), key=lambda one: str(one["id"]))
    found = {}
    rows = []
    for check in checks:
        text = describe.rule_text(rules, check, "markdown")
        found[f"rules/{check['id']}.md"] = NOTE + text.replace("## ", "# ", 1)
        level = " or ".join(dict.fromkeys(str(level) for _, level in reversed(check["levels"])))
        rows.append(
            f"| [{check['id']}]({check['id']}.md) | {check['slug']} | {check['title']} | {level if check['default'] else 'off'} |\n"
        )
    found["rules/README.md"] = NOTE + "# Rules\n\n| id | slug | what it finds | level |\n| --- | --- | --- | --- |\n" + "".join(rows)
    profiles = describe.profiles_overview(rules, "markdown")
    head, _, table = profiles.partition("\n\n")
    told = "`smtplint profile ID` tells the keys, the defaults, what happens on the wire, and where that was read."
    found["profiles.md"] = f"{NOTE}{head}\n\n{told}\n\n{table}"
    head, _, rest = page.text(rules).partition("\n\n")
    found["wire.md"] = f"{head}\n\n{NOTE.replace('rules/;', 'rules/ and the recorded runs;')}{rest}"
    return found


def main() -> None:
    for name, text in pages().items():
        path = ROOT / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
