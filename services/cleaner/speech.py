"""What a text says in its own voice: a story may quote an invitation, and is none for that."""

import re

QUOTED_WORDS = 4
"""Words from which a quotation is speech; a shorter one is a name, as outlets are quoted in many languages."""

_QUOTED = re.compile(r"«[^«»]{1,600}»|“[^“”]{1,600}”|„[^„“”\"]{1,600}[“”\"]|\"[^\"]{1,600}\"|‹[^‹›]{1,600}›")
_SPOKEN = re.compile(r"^[—–-]\s.*[,.!?…]\s*[—–]\s", re.DOTALL)


def unquoted(text: str, least: int = QUOTED_WORDS) -> str:
    """The text without its quotations of so many words.

    Empty for a line of dialogue set between dashes ("– Come, – he said").
    """
    if _SPOKEN.match(text):
        return ""
    return _QUOTED.sub(lambda match: "…" if len(match[0].split()) >= least else match[0], text)
