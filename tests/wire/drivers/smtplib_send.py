"""smtplib, as programs call it; config.json says which calls are made."""

import json
import smtplib
import ssl
from typing import Any

with open("config.json", encoding="utf-8") as stream:
    given: dict[str, Any] = json.load(stream)
config = given["config"]
context = None
if config.get("context") == "create_default_context":
    context = ssl.create_default_context()
elif "context" in config:
    context = ssl._create_unverified_context()
if config["class"] == "SMTP_SSL":
    link: smtplib.SMTP = smtplib.SMTP_SSL(given["host"], given["port"], context=context)
else:
    link = smtplib.SMTP(given["host"], given["port"])
    way = config.get("starttls")
    link.ehlo()
    if way == "unchecked" or (way == "if has_extn" and link.has_extn("starttls")):
        link.starttls(context=context)
    elif way == "try/except pass":
        try:
            link.starttls(context=context)
        except smtplib.SMTPException:
            pass
link.login(given["username"], given["password"])
link.sendmail("from@example.test", ["to@example.test"], "Subject: log\r\n\r\nthe text of the mail\r\n")
link.quit()
