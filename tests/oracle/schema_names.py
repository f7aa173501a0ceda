# SPDX-License-Identifier: Apache-2.0
"""Names for schema_oracle.py: which characters they take, asked of Java for each one, and names of many scripts in every
place that carries one.

Java looks at UTF-16 units, so no letter beyond U+FFFF is one; what is a letter depends on the Unicode version, so a
character that one side does not know yet is not compared."""

import json
import unicodedata

MOST_BYTES = 512

# Names that people have sent: Omani, Korean (a warehouse's columns), Chinese and French names, digits of other scripts, and
# two spellings of one letter, which are two names.
GOOD = ["سجل", "الرقم_المدني", "_تاريخ_الميلاد", "و١٢٣", "ـتطويل", "한글컬럼", "歳以上", "éhôÄç", "Żółć", "ß", "ا", "_", "نص_text_9",
        "caf\u00e9", "日本語", "имя", "नम", "ﻻ", "ǅ", "ʰ"]

# Vowel marks, signs, what is not seen, what turns the direction, letters beyond U+FFFF, letter numbers.
BAD = ["رَقم", "नाम", "cafe\u0301", "الرقم المدني", "الرقم-المدني", "١سجل", "9", "a\u200d", "a\u200c", "\u202eabc", "a\u2066b", "\ufeffa", "a\u00ad",
       "\U00010450", "a\U0001d49c", "\U00020000", "Ⅷ", "a²", "㊀", "a،", "؟", "a\u00a0", "a\u3000", "a\u2028", "😀", "a\u0300", "", "a-b",
       "a b", "1a", "a$", "a:b", "a/b", "a\"b", "a\\b", "a\tb"]


def record(name="T", *fields, **more):
    return {"type": "record", "name": name, **more, "fields": list(fields)}


def field(name, type_="int", **more):
    return {"name": name, "type": type_, **more}


# A schema for each place that carries a name.
PLACES = {
    "a record": lambda n: record(n),
    "a record in a namespace": lambda n: record(n, namespace="a.ب"),
    "an enum": lambda n: {"type": "enum", "name": n, "symbols": ["A"]},
    "a fixed": lambda n: {"type": "fixed", "name": n, "size": 2},
    "a namespace": lambda n: record(namespace=n),
    "a namespace's part": lambda n: record(namespace="a.%s.b" % n),
    "a full name": lambda n: record("%s.%s" % (n, n)),
    "a reference": lambda n: record("T", field("x", {"type": "fixed", "name": n, "size": 1}), field("y", n), namespace="q"),
    "a full reference": lambda n: record("T", field("x", {"type": "fixed", "name": "q." + n, "size": 1}), field("y", "q." + n)),
    "a field": lambda n: record("T", field("x"), field(n, default=5)),
    "a symbol": lambda n: {"type": "enum", "name": "E", "symbols": ["X", n], "default": n},
    "an alias": lambda n: record(aliases=["Old", n]),
    "an alias with a namespace": lambda n: record(aliases=["Old", "n." + n]),
}

# Any text may be a field's alias: one that is no name of Avro's is a name that the data had elsewhere.
ANY_TEXT = {"a field's alias": lambda n: record("T", field("x", aliases=["old", n]))}


def text_of(schema):
    return json.dumps(schema, ensure_ascii=False)


def same_schema(ours, javas):
    """None, or what differs between two answers."""
    if ours["ok"] != ("refused" not in javas):
        return "we say %s, Java says %s" % (ours.get("error", "yes"), javas.get("refused", "yes"))
    if not ours["ok"]:
        return None
    for key in ("canonical", "crc64", "sha256"):
        if ours[key] != javas[key]:
            return "%s %s, not %s" % (key, ours[key], javas[key])
    return None


class Alphabet:
    """What this Java takes, against Python's Unicode."""

    def __init__(self, letters):
        self.letters = letters

    def kind(self, code):
        """L, D, . or u; beyond U+FFFF always '.': a surrogate is no letter."""
        return self.letters[code] if code < 0x10000 else "."

    def compared(self, code):
        return self.kind(code) != "u" and unicodedata.category(chr(code)) != "Cn"


def check_units(tool, alphabet, judge):
    """Every UTF-16 unit, as the first character of a symbol and as a later one."""
    def symbols(list_):
        return tool.ask_line(text_of({"type": "enum", "name": "E", "symbols": list_}))

    codes = [c for c in range(0x10000) if alphabet.compared(c) and not 0xD800 <= c <= 0xDFFF]
    first = [chr(c) for c in codes if alphabet.kind(c) == "L"]
    later = ["_" + chr(c) for c in codes if alphabet.kind(c) in "LD"]
    for what, good in (("first", first), ("later", later)):
        answer = symbols(good)
        judge("%s characters that Java takes" % what, good[int(answer["path"].split("/")[-1])] if not answer["ok"] else "",
              None if answer["ok"] else "refused: " + answer["error"])
    taken = {c for c in codes if alphabet.kind(c) not in "L" and c not in (0, ord("_")) and symbols([chr(c)])["ok"]}
    taken |= {c for c in codes if alphabet.kind(c) == "." and c not in (0, ord("_")) and symbols(["_" + chr(c)])["ok"]}
    judge("characters that Java does not take", "", "taken: %s" % sorted(map(hex, taken)) if taken else None)


def check_supplementary(tool, rng, judge):
    """Java sees two surrogates there, and no letter."""
    letters = [c for c in range(0x10000, 0x110000) if unicodedata.category(chr(c)) in ("Lu", "Ll", "Lo", "Lm", "Nd")]
    for code in [letters[0], letters[-1], *rng.sample(letters, 200)]:
        for name in (chr(code), "_" + chr(code)):
            answer = tool.ask_line(text_of(record(name)))
            judge("a letter beyond U+FFFF", name, "taken" if answer["ok"] else None)


def random_name(rng, alphabet):
    """Mostly letters, of any script."""
    def pick():
        while True:
            code = rng.choice([rng.randrange(0x80), rng.randrange(0x600, 0x700), rng.randrange(0x10000)])
            kind = alphabet.kind(code)
            if alphabet.compared(code) and not 0xD800 <= code <= 0xDFFF and code > 0x1f and chr(code) not in "\"\\." and \
                    (kind in "LD" or rng.random() < 0.02):
                return chr(code)
    return "".join(pick() for _ in range(rng.randint(1, 6)))


def check(tool, libraries, rng, cases, judge):
    """libraries: version → program; the newest is asked of everything, the older of all but namespaces."""
    newest = max(libraries)
    alphabet = Alphabet(libraries[newest].ask_line("letters")["letters"])
    check_units(tool, alphabet, judge)
    check_supplementary(tool, rng, judge)
    names = GOOD + BAD + [random_name(rng, alphabet) for _ in range(cases)]
    for i, name in enumerate(names):
        places = PLACES if i < len(GOOD + BAD) else {p: PLACES[p] for p in rng.sample(sorted(PLACES), 3)}
        for place, make in places.items():
            text = text_of(make(name))
            for version, library in libraries.items():
                if version == newest or "name" not in place:
                    judge("%s, %s" % (place, version), text, same_schema(tool.ask_line(text), library.ask_line(text)))
        for place, make in ANY_TEXT.items():
            text = text_of(make(name))
            for library in libraries.values():
                judge(place, text, same_schema(tool.ask_line(text), library.ask_line(text)))
    for name in GOOD:
        judge("a good name", name, None if tool.ask_line(text_of(record(name)))["ok"] else "refused")
    for name in BAD:
        judge("a bad name", name, "taken" if tool.ask_line(text_of(record(name)))["ok"] else None)
    twins = record("T", field("\u212b"), field("\u00c5"), field("\ufefb"), field("\u0644\u0627"))
    answer = tool.ask_line(text_of(twins))
    judge("names that differ in normalisation are two", text_of(twins), None if answer["ok"] else "refused: " + answer["error"])
