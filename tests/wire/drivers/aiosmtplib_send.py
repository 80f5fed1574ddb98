"""aiosmtplib: arguments of send() in config.json."""

import asyncio
import json
from email.message import EmailMessage

import aiosmtplib  # type: ignore[import-not-found, import-untyped, unused-ignore]

with open("config.json", encoding="utf-8") as stream:
    given = json.load(stream)
message = EmailMessage()
message["From"], message["To"], message["Subject"] = "from@example.test", "to@example.test", "log"
message.set_content("the text of the mail")
login = {name: given[name] for name in ("username", "password")}
asyncio.run(aiosmtplib.send(message, hostname=given["host"], port=given["port"], **login, **given["config"]))
