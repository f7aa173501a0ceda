/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_national.c - what this country's records need: civil numbers, commercial registers, telephones, bank accounts,
 * text in Arabic script. The formats of numbers are configuration (schema/rules/settings.h).
 *
 * Digits are ASCII: a number in Arabic-Indic digits (٠١٢) is another text in the register, and not the same key. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "schema/rules/functions.h"
#include "schema/rules/regex.h"
#include "schema/rules/settings.h"

enum { MAX_IBAN = 34, MIN_IBAN = 15 };

/* ---- numbers by their patterns ---- */

static void by_pattern(struct cel_run *run, const struct cel_value *value, enum cel_national which,
                       struct cel_value *out)
{
    char digits[24];
    struct cel_value text = *value;
    if (value->kind == CEL_INT) {
        text = cel_bytes(CEL_STRING, digits,
                         (size_t)snprintf(digits, sizeof(digits), "%" PRId64, value->i));
    }
    cel_pattern_match(run, cel_settings_pattern(run->settings, which), &text, out);
}

#define BY_PATTERN(name, which)                                                                    \
    void cel_fn_##name(struct cel_run *run, const struct cel_value *args, struct cel_value *out)   \
    {                                                                                              \
        by_pattern(run, &args[0], which, out);                                                     \
    }

BY_PATTERN(is_civil_number, CEL_CIVIL_NUMBER)
BY_PATTERN(is_commercial_register, CEL_COMMERCIAL_REGISTER)
BY_PATTERN(is_phone, CEL_PHONE)

/* ---- bank accounts (ISO 13616) ---- */

/* The length that a country's numbers have; 0: not in the register of SWIFT as it is known here, so any is good. */
static uint32_t iban_length(const uint8_t *country)
{
    static const struct {
        char country[3];
        uint8_t length;
    } lengths[] = {{"AE", 23}, {"AT", 20}, {"BE", 16}, {"BH", 22}, {"CH", 21}, {"DE", 22},
                   {"EG", 29}, {"ES", 24}, {"FR", 27}, {"GB", 22}, {"IQ", 23}, {"IT", 27},
                   {"JO", 30}, {"KW", 30}, {"LB", 28}, {"NL", 18}, {"OM", 23}, {"PK", 24},
                   {"PS", 29}, {"QA", 29}, {"SA", 24}, {"TN", 24}, {"TR", 26}, {"YE", 30}};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        if (memcmp(lengths[i].country, country, 2) == 0) {
            return lengths[i].length;
        }
    }
    return 0;
}

/* Letters count from 10; the first four characters go to the end; the whole modulo 97 is 1. */
static bool checksum_holds(const uint8_t *p, uint32_t len)
{
    uint32_t rest = 0;
    for (uint32_t i = 0; i < len; i++) {
        uint8_t c = p[(i + 4) % len];
        if (c >= '0' && c <= '9') {
            rest = (rest * 10 + (c - '0')) % 97;
        } else if (c >= 'A' && c <= 'Z') {
            rest = (rest * 100 + (c - 'A') + 10) % 97;
        } else {
            return false;
        }
    }
    return rest == 1;
}

void cel_fn_is_iban(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    uint8_t text[MAX_IBAN];
    uint32_t len = 0;
    const char *country = cel_settings_iban_country(run->settings);
    *out = cel_bool(false);
    for (uint32_t i = 0; i < args[0].len; i++) { /* it is printed in groups of four */
        if (args[0].p[i] == ' ' && i % 5 == 4) {
            continue;
        }
        if (len == MAX_IBAN) {
            return;
        }
        text[len++] = args[0].p[i];
    }
    if (len < MIN_IBAN || (country[0] != '\0' && memcmp(text, country, 2) != 0)) {
        return;
    }
    uint32_t wanted = iban_length(text);
    *out = cel_bool((wanted == 0 || wanted == len) && text[0] >= 'A' && text[1] >= 'A' &&
                    text[2] <= '9' && text[3] <= '9' && checksum_holds(text, len));
}

/* ---- Arabic script ---- */

/* The character at p, which is text; *len its bytes. */
static uint32_t character(const uint8_t *p, uint32_t *len)
{
    uint32_t bytes = *p < 0x80 ? 1 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : 4;
    uint32_t code = bytes == 1 ? *p : *p & (0xFFu >> (bytes + 1));
    for (uint32_t i = 1; i < bytes; i++) {
        code = code << 6 | (p[i] & 0x3F);
    }
    *len = bytes;
    return code;
}

/* Letters and marks of the blocks Arabic, Supplement, Extended-A and the presentation forms. */
static bool is_arabic(uint32_t code)
{
    bool block = (code >= 0x0620 && code <= 0x065F) || (code >= 0x066E && code <= 0x06D3) ||
                 (code >= 0x06D5 && code <= 0x06DC) || (code >= 0x06E1 && code <= 0x06E8) ||
                 (code >= 0x06EA && code <= 0x06EF) || (code >= 0x06FA && code <= 0x06FF) ||
                 (code >= 0x0750 && code <= 0x077F) || (code >= 0x08A0 && code <= 0x08FF) ||
                 (code >= 0xFB50 && code <= 0xFDFF) || (code >= 0xFE70 && code <= 0xFEFC);
    return block;
}

/* What may stand between the letters: digits of both kinds, blanks, punctuation, the marks of direction. */
static bool may_accompany(uint32_t code)
{
    bool ascii = code >= 0x20 && code < 0x7F && !(code >= 'a' && code <= 'z') &&
                 !(code >= 'A' && code <= 'Z');
    bool digits = (code >= 0x0660 && code <= 0x0669) || (code >= 0x06F0 && code <= 0x06F9);
    bool signs = (code >= 0x0600 && code <= 0x061F) || (code >= 0x066A && code <= 0x066D) ||
                 code == 0x06D4 || code == 0xA0 || code == 0xAB || code == 0xBB ||
                 (code >= 0x200B && code <= 0x200F) || (code >= 0x2010 && code <= 0x2026) ||
                 (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    return ascii || digits || signs;
}

static void arabic(struct cel_run *run, const struct cel_value *text, bool only,
                   struct cel_value *out)
{
    bool any = false;
    uint32_t len;
    if (!cel_run_charge(run, 1 + text->len / 4, out)) {
        return;
    }
    for (uint32_t i = 0; i < text->len; i += len) {
        uint32_t code = character(text->p + i, &len);
        any = any || is_arabic(code);
        if (only && !is_arabic(code) && !may_accompany(code)) {
            *out = cel_bool(false);
            return;
        }
    }
    *out = cel_bool(any);
}

void cel_fn_is_arabic_text(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    arabic(run, &args[0], true, out);
}

void cel_fn_has_arabic(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    arabic(run, &args[0], false, out);
}
