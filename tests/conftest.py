"""For every test: made examples are the same ones in every run, so that a change is judged by what it changes and never by luck.

New ones are looked for on purpose: `pytest -m full --hypothesis-profile=default`, or `python -m tests.fuzz`.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.load_profile("same")
