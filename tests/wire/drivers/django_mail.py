"""Django: settings.py."""

import os
import sys

sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django  # type: ignore[import-not-found, import-untyped, unused-ignore]
from django.core.mail import send_mail  # type: ignore[import-not-found, import-untyped, unused-ignore]

django.setup()
send_mail("log", "the text of the mail", "from@example.test", ["to@example.test"])
