"""yagmail: arguments of SMTP in config.json."""

import json

import yagmail  # type: ignore[import-not-found, import-untyped, unused-ignore]

with open("config.json", encoding="utf-8") as stream:
    given = json.load(stream)
link = yagmail.SMTP(given["username"], given["password"], host=given["host"], port=given["port"], **given["config"])
link.send("to@example.test", "log", "the text of the mail")
