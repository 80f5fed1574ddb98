"""Alertmanager: alertmanager.yml; one alert is posted, and the log tells what became of the mail. Arguments: the program."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request

with open("log", "wb") as log:
    server = subprocess.Popen(
        [
            sys.argv[1],
            "--config.file=alertmanager.yml",
            "--storage.path=data",
            "--web.listen-address=127.0.0.1:9093",
            "--cluster.listen-address=",
            "--log.level=debug",
        ],
        stdout=log,
        stderr=log,
    )
alert = json.dumps([{"labels": {"alertname": "the text of the mail"}}]).encode()
while server.poll() is None:
    try:
        urllib.request.urlopen(
            urllib.request.Request("http://127.0.0.1:9093/api/v2/alerts", alert, {"Content-Type": "application/json"}), timeout=5
        )
        break
    except (urllib.error.URLError, OSError):
        time.sleep(0.05)
said = ""
while server.poll() is None and not ("otify success" in said or "otify attempt failed" in said):
    time.sleep(0.05)
    with open("log", encoding="utf-8") as lines:
        said = lines.read()
server.kill()
print(said)
sys.exit(0 if "otify success" in said else 1)
