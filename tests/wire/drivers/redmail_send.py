"""redmail: arguments of EmailSender in config.json."""

import json
import smtplib

from redmail import EmailSender  # type: ignore[import-not-found, import-untyped, unused-ignore]

with open("config.json", encoding="utf-8") as stream:
    given = json.load(stream)
config = dict(given["config"])
if "cls_smtp" in config:
    config["cls_smtp"] = smtplib.SMTP_SSL
sender = EmailSender(host=given["host"], port=given["port"], username=given["username"], password=given["password"], **config)
sender.send(subject="log", sender="from@example.test", receivers=["to@example.test"], text="the text of the mail")
