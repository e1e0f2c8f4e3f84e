"""Names of what is decided by one at a time, for `Store.write(exclusive=…)`."""

DECIDING = "deciding"
"""How an article relates to those that are stored: two indexers must not both have seen it first."""

TEMPLATES = "templates"
"""What an outlet's pages have in common: pages are numbered in the order in which they teach."""
