"""Unix seconds to ISO 8601 and back: seconds inside, text where they leave the system."""

from datetime import UTC, datetime


def iso(seconds: float) -> str:
    """`2022-01-27T10:05:00+00:00`, to the millisecond where there is a fraction."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def seconds(text: str) -> float:
    """Unix seconds of an ISO 8601 date or time; a time without a zone counts as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
