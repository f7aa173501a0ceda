/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_national.c - what this country's records need: civil numbers, commercial registers, telephones, bank accounts.
 * The formats of numbers are configuration (schema/rules/settings.h).
 *
 * Digits are ASCII: a number in Arabic-Indic digits (٠١٢) is another text in the register, and not the same key. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "schema/rules/functions.h"
#include "schema/rules/regex.h"
#include "schema/rules/settings.h"

enum { MAX_IBAN = 34, MIN_IBAN = 15, GROUP = 4 };

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

/* The length that a country's numbers have (SWIFT's IBAN Registry); 0: the country is not there, so any is good. */
static uint32_t iban_length(const uint8_t *country)
{
    static const struct {
        char country[3];
        uint8_t length;
    } lengths[] = {
        {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16},
        {"BG", 22}, {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22},
        {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20},
        {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22},
        {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HN", 28}, {"HR", 21},
        {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30},
        {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
        {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20},
        {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23},
        {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22},
        {"RU", 33}, {"SA", 24}, {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24},
        {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26},
        {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}, {"YE", 30}};
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

/* The characters without the blanks of the printed form, which has groups of four; 0: it is neither form. */
static uint32_t without_blanks(const struct cel_value *value, uint8_t *text)
{
    bool printed = value->len > GROUP && value->p[GROUP] == ' ';
    uint32_t len = 0;
    for (uint32_t i = 0; i < value->len; i++) {
        bool between = printed && i % (GROUP + 1) == GROUP && i + 1 < value->len;
        if (between ? value->p[i] != ' ' : value->p[i] == ' ' || len == MAX_IBAN) {
            return 0;
        }
        if (!between) {
            text[len++] = value->p[i];
        }
    }
    return len;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

void cel_fn_is_iban(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    uint8_t text[MAX_IBAN];
    const char *country = cel_settings_iban_country(run->settings);
    uint32_t len = without_blanks(&args[0], text);
    if (len < MIN_IBAN || (country[0] != '\0' && memcmp(text, country, 2) != 0)) {
        *out = cel_bool(false);
        return;
    }
    uint32_t wanted = iban_length(text);
    *out = cel_bool((wanted == 0 || wanted == len) && !is_digit(text[0]) && !is_digit(text[1]) &&
                    is_digit(text[2]) && is_digit(text[3]) && checksum_holds(text, len));
}
