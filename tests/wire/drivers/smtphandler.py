"""logging.handlers.SMTPHandler: a dictionary for logging.config in logging.yaml."""

import logging
import logging.config
import sys

import yaml


def loud(self: logging.Handler, record: logging.LogRecord) -> None:
    """The handler tells of a failure on standard error only; here it ends the program."""
    raise sys.exc_info()[1] or RuntimeError


setattr(logging.Handler, "handleError", loud)  # noqa: B010 - a method is not to be assigned, says the type checker
with open("logging.yaml", encoding="utf-8") as stream:
    logging.config.dictConfig(yaml.safe_load(stream))
handler: logging.Handler = getattr(logging, "_handlers")["mail"]  # noqa: B009
handler.handle(logging.makeLogRecord({"msg": "the text of the mail", "levelno": logging.ERROR, "levelname": "ERROR"}))
