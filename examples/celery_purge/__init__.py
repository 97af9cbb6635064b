"""Deletes the tasks of many accounts through Celery: one queue and one worker for each account."""
