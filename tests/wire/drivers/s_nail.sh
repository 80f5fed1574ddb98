# s-nail: `.mailrc`.
MAILRC=.mailrc exec s-nail -r from@example.test -s log to@example.test
