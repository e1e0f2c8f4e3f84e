"""Stems of Ukrainian words, from the endings that its grammar lists: light, without a dictionary.

One ending is cut off, the longest that leaves enough of the word; of reflexive verbs -ся first. Where sounds change
within a word (Харків, Харкова; будинок, будинку; перемога, перемозі) a form cannot tell whether it is such a case, so
it gets both stems: two forms belong together if they share one.

Words come folded: lower case, ґ as г, without apostrophes.
"""


def _listed(endings: str) -> frozenset[str]:
    return frozenset(endings.split())


_NOUN = _listed("""
    ами ями іями ах ях іях ам ям іям ом ем єм ою ею єю ією ові еві єві ів їв ей
    а я у ю о е є и і ї й ь ия ія ії ію ій їй
    ого ього ому ьому им ім їм их іх їх ими іми їми ої ьої ьою ий
    ість ості істю остей остям остями остях
""")
"""Endings of nouns and adjectives, and the -ість that makes a noun of an adjective."""

_VERB = _listed("""
    увати ував увала увало ували ує ують уючи уватиме уватимуть
    ати ав ала ало али ає ають аємо аючи атиме атимуть
    ити ив ила ило или ить ять ать имо ите итиме итимуть іти іла іло іли іє іють
    ути ув ула уло ули уть неться нуться еться уться ється ються иться яться
    иє иють яти яв яла яло яли яє яють юють юв ювала ювати ювали
""")
"""Endings of verbs with the vowel before them, so that атакувала meets атака."""

_PLURALS = ("ати", "али", "іли", "или")
"""Endings of verbs that are also the plural of nouns: депутати, матеріали, обстріли."""

_VOWELS = frozenset("аеєиіїоуюя")
_VERB_STEM, _NOUN_STEM, _SHORT_STEM = 4, 3, 2
"""Letters that must be left: shorter stems are shared by words that have nothing in common."""

_REFLEXIVE = 6
"""Letters of the longest word in which -ся belongs to the word itself."""

_LONGEST = max(map(len, _NOUN | _VERB))


def stems(word: str) -> tuple[str, ...]:
    """One stem, or those that the form allows; the word itself where nothing can be cut off."""
    is_reflexive = len(word) > _REFLEXIVE and word.endswith(("ся", "сь")) and not word.endswith("ться")
    bare = word[:-2] if is_reflexive else word
    if verb := _ending(bare, _VERB, _VERB_STEM):
        noun = bare[:-1] if bare.endswith(_PLURALS) else None
        return tuple(dict.fromkeys(filter(None, (_single(bare[: -len(verb)]), noun))))
    noun = _ending(bare, _NOUN, _NOUN_STEM) or _ending(bare, _VOWELS | {"й", "ь"}, _SHORT_STEM)
    stem = _single(bare[: -len(noun)] if noun else bare)
    return tuple(dict.fromkeys((stem, *_changed(stem, noun))))


def _ending(word: str, endings: frozenset[str], least: int) -> str:
    """The longest ending of the word that leaves `least` letters; empty where it has none."""
    lengths = range(min(_LONGEST, len(word) - least), 0, -1)
    return next((word[-length:] for length in lengths if word[-length:] in endings), "")


def _single(stem: str) -> str:
    """відключенн(я) as відключень: long consonants become short where no vowel follows."""
    doubled = len(stem) > _NOUN_STEM and stem[-1] == stem[-2] and stem[-1] not in _VOWELS
    return stem[:-1] if doubled else stem


def _changed(stem: str, ending: str) -> list[str]:
    """What the stem may be in other forms of the word."""
    found = []
    if ending in {"ів", "їв"}:
        found.append(stem + ("ов" if ending == "ів" else "єв"))
    if ending == "і" and stem[-1] in "цз":
        found.append(stem[:-1] + ("к" if stem[-1] == "ц" else "г"))
    if ending in {"", "ь"}:
        found += _closed(stem, soft=ending == "ь")
    return found


def _closed(stem: str, *, soft: bool) -> list[str]:
    """Before a last consonant і stands for о or е of the other forms, and е or о may be fleeting."""
    if len(stem) < _NOUN_STEM or stem[-1] in _VOWELS:
        return []
    head, vowel, last = stem[:-2], stem[-2], stem[-1]
    match vowel:
        case "і":
            return [head + ("е" if soft else "о") + last]
        case "ї":
            return [f"{head}є{last}"]
        case "е" | "о" if last in "кцнр" and len(head) >= _SHORT_STEM:
            return [head + last]
        case _:
            return []
