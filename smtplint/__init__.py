"""smtplint: a static linter for the SMTP settings in application configuration."""

__version__ = "0.1.0"
