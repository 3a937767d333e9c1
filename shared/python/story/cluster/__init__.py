"""Celery's prefork workers on other machines do the work."""
