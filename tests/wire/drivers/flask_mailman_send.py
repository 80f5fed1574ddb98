"""Flask-Mailman: config.py."""

import os

from flask import Flask  # type: ignore[import-not-found, import-untyped, unused-ignore]
from flask_mailman import EmailMessage, Mail  # type: ignore[import-not-found, import-untyped, unused-ignore]

app = Flask("app")
app.config.from_pyfile(os.path.join(os.getcwd(), "config.py"))
mail = Mail(app)
with app.app_context():
    EmailMessage("log", "the text of the mail", "from@example.test", ["to@example.test"]).send()
