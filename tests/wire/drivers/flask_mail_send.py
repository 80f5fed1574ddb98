"""Flask-Mail: config.py."""

import os

from flask import Flask  # type: ignore[import-not-found, import-untyped, unused-ignore]
from flask_mail import Mail, Message  # type: ignore[import-not-found, import-untyped, unused-ignore]

app = Flask("app")
app.config.from_pyfile(os.path.join(os.getcwd(), "config.py"))
mail = Mail(app)
with app.app_context():
    mail.send(Message("log", sender="from@example.test", recipients=["to@example.test"], body="the text of the mail"))
