"""Publication times as pages give them: ISO 8601, a date alone where the time is unknown."""

from datetime import UTC, datetime

_DATE_LENGTH = len("2022-01-27")


def parse(published: str | None) -> datetime | None:
    """UTC where no zone is named; None where it is unknown or cannot be read."""
    try:
        moment = datetime.fromisoformat((published or "").strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_day(published: str) -> bool:
    """Whether it is a date without a time."""
    return len(published.strip()) <= _DATE_LENGTH
