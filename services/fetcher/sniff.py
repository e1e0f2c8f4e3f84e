"""Whether a body is a web page, by its first bytes and, where they say nothing, by its declared type."""

_MAGIC = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a zip archive or office document",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"RIFF": "an image, sound or film",
    b"\x1f\x8b": "a gzip archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"ID3": "a sound",
    b"OggS": "a sound",
    b"\x00\x00\x00": "a film",
}
_PAGE_TYPES = ("text/", "application/xhtml+xml", "application/xml", "application/octet-stream")


def not_a_page(content_type: str | None, body: bytes) -> str | None:
    """What the body is instead of a page (`a PDF`), or None where it may be one."""
    start = body[:1024].lstrip()
    for magic, what in _MAGIC.items():
        if body.startswith(magic):
            return what
    if not start:
        return "nothing"
    declared = (content_type or "").split(";")[0].strip().lower()
    if start.startswith(b"<") or not declared or declared.startswith(_PAGE_TYPES):
        return None
    return f"{declared:.80}"
