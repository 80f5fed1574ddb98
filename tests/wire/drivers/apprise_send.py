"""Apprise: `apprise.yml`, the file of its users."""

import sys

import apprise  # type: ignore[import-not-found, import-untyped, unused-ignore]

settings = apprise.AppriseConfig()
settings.add("apprise.yml")
sender = apprise.Apprise()
sender.add(settings)
sys.exit(0 if sender.notify("the text of the mail", title="log") else 1)
