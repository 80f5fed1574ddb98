"""logging.handlers.SMTPHandler: a dictionary for logging.config in logging.yaml."""

import logging
import logging.config
import os
import sys

import yaml


class Loud(logging.Handler):
    """The handler tells of a failure on standard error only; here it ends the program."""

    @staticmethod
    def handle_error(handler: logging.Handler, record: logging.LogRecord) -> None:
        del handler, record
        raise sys.exc_info()[1] or RuntimeError


logging.Handler.handleError = Loud.handle_error  # type: ignore[method-assign]
with open(os.path.join(os.getcwd(), "logging.yaml"), encoding="utf-8") as stream:
    logging.config.dictConfig(yaml.safe_load(stream))
handler = logging.getHandlerByName("mail") if hasattr(logging, "getHandlerByName") else logging._handlers["mail"]  # type: ignore[attr-defined]
assert handler is not None
handler.handle(logging.makeLogRecord({"msg": "the text of the mail", "levelno": logging.ERROR, "levelname": "ERROR"}))
