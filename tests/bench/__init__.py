"""Speed, measured against other tools in one run. `python -m tests.bench` prints a table; nothing here asserts a time."""
