"""What may be done when: pure; no network, thread, await or clock."""
