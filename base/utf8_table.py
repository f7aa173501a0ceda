#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""base/utf8_table.py - writes base/utf8_width.h and base/utf8_letter.h, from the Unicode character database that Python
carries.

    base/utf8_table.py [--check]        --check: writes nothing, exit 1 when what is there would change (tests/lint/run)"""

import pathlib
import sys
import unicodedata

# Signs that stand under or around digits, and the soft hyphen: format characters that take a column.
SIGNS = {0x00AD, *range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}

# Hangul vowels and finals: they join the syllable before them.
JOINED = {*range(0x1160, 0x1200), *range(0xD7B0, 0xD7C7), *range(0xD7CB, 0xD7FC)}

# Those of them that NFC joins to one syllable.
JOINED_JAMO = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}

# Blocks whose unassigned characters are wide already (EastAsianWidth.txt); Python does not say so.
WIDE_BLOCKS = {*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xF900, 0xFB00), *range(0x20000, 0x2FFFE),
               *range(0x30000, 0x3FFFE)}

PLANE = 0x10000


def category(code):
    return unicodedata.category(chr(code))


def is_zero(code):
    return (category(code) in ("Mn", "Me", "Cf", "Zl", "Zp") and code not in SIGNS) or code in JOINED


def is_double(code):
    wide = category(code) != "Cn" and unicodedata.east_asian_width(chr(code)) in ("W", "F")
    return not is_zero(code) and (wide or code in WIDE_BLOCKS)


def is_letter(code):
    return code < PLANE and category(code) in ("Lu", "Ll", "Lt", "Lm", "Lo")


def is_digit(code):
    return code < PLANE and category(code) == "Nd"


def is_uncomposed(code):
    """A letter that NFC replaces, or joins with the one before it: of letters, only vowels and finals of Hangul are."""
    return is_letter(code) and (not unicodedata.is_normalized("NFC", chr(code)) or code in JOINED_JAMO)


def ranges(belongs, over_unassigned):
    found = []
    is_open = False
    for code in range(0x110000):
        if belongs(code):
            if not is_open:
                found.append([code, code])
            found[-1][1] = code
            is_open = True
        elif not over_unassigned or category(code) != "Cn":
            is_open = False
    return found


def table(name, found):
    yield "static const uint32_t %s[][2] = {" % name
    line = "   "
    for first, last in found:
        item = " {0x%04x, 0x%04x}," % (first, last)
        if len(line + item) > 100:
            yield line
            line = "   "
        line += item
    yield line
    yield "};"


FILES = {
    "utf8_width.h": ("""\
characters that take no column in a terminal, and those that take two.
 *
 * None: general categories Mn, Me, Cf, Zl and Zp, and the Hangul vowels and finals that join the
 * syllable before them; but the soft hyphen and the signs that are written under or around digits
 * (U+0600 and its like) take one. Two: East Asian Width W or F. Ranges run over unassigned
 * characters.""", True, {"utf8_zero_width": is_zero, "utf8_double_width": is_double}),
    "utf8_letter.h": ("""\
letters (Lu, Ll, Lt, Lm, Lo) and decimal digits (Nd) up to U+FFFF; and the
 * letters among them that do not stand in a text that is composed (NFC).""",
                      False, {"utf8_letters": is_letter, "utf8_digits": is_digit, "utf8_uncomposed": is_uncomposed}),
}

HEADER = """\
/* SPDX-License-Identifier: Apache-2.0
 * base/{name} - {what}
 *
 * For utf8.c only. Made by base/utf8_table.py from the Unicode {version} character database. */
#ifndef BASE_{guard}
#define BASE_{guard}

#include <stdint.h>

/* clang-format off */
{tables}
/* clang-format on */

#endif
"""


def header(name, what, over_unassigned, tables):
    lines = ["\n".join(table(key, ranges(belongs, over_unassigned))) for key, belongs in tables.items()]
    return HEADER.format(name=name, what=what, version=unicodedata.unidata_version.split(".")[0],
                         guard=name.upper().replace(".", "_"), tables="\n\n".join(lines))


def main(check):
    other = False
    for name, what in FILES.items():
        path = pathlib.Path(__file__).resolve().parent / name
        text = header(name, *what)
        if check and path.read_text() != text:
            print("base/%s is not what base/utf8_table.py makes with Unicode %s" % (name, unicodedata.unidata_version))
            other = True
        elif not check:
            path.write_text(text)
    return int(other)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] == ["--check"]))
