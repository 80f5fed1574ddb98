"""fastapi-mail: a ConnectionConfig in mail.py."""

import asyncio
import runpy

from fastapi_mail import FastMail, MessageSchema, MessageType  # type: ignore[import-not-found, import-untyped, unused-ignore]

conf = runpy.run_path("mail.py")["conf"]
message = MessageSchema(subject="log", recipients=["to@example.com"], body="the text of the mail", subtype=MessageType.plain)
asyncio.run(FastMail(conf).send_message(message))
