"""Apprise: an address in config.json."""

import json
import sys

import apprise  # type: ignore[import-not-found, import-untyped, unused-ignore]

with open("config.json", encoding="utf-8") as stream:
    given = json.load(stream)
sender = apprise.Apprise()
sender.add(given["config"]["url"])
sys.exit(0 if sender.notify("the text of the mail", title="log") else 1)
