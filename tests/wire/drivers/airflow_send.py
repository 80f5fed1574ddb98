"""Airflow: the section [smtp] of airflow.cfg."""

import os

os.environ["AIRFLOW_HOME"] = os.getcwd()

from airflow.utils.email import send_email_smtp  # type: ignore[import-not-found, import-untyped, unused-ignore]

send_email_smtp(["to@example.test"], "log", "the text of the mail")
