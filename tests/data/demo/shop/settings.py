import os

INSTALLED_APPS = ["django.contrib.admin"]

EMAIL_HOST = "smtp.example.org"
EMAIL_HOST_USER = "shop"
EMAIL_HOST_PASSWORD = os.environ["EMAIL_PASSWORD"]
EMAIL_USE_TLS = True
