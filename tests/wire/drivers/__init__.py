"""One small program for each client. It is started in a folder that holds the client's own configuration, the very text that is linted,
sends one mail, and ends with 0 when the client believes that it was sent. Every other end is an error, told in its own words.
"""
