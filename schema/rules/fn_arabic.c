/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_arabic.c - whether a text is in Arabic script: names of people and places in the register are.
 *
 * Letters and marks are Unicode's (blocks Arabic, Supplement, Extended-A and -B, presentation forms). A text of marks, digits
 * or blanks alone is in no script. What turns the direction of writing by force (U+202D, U+202E) is refused: such a text
 * is read as another than it is. */
#include "schema/rules/functions.h"

enum { BYTES_A_UNIT = 4 };

struct range {
    uint16_t first;
    uint16_t last;
};

/* ﷲ and ﷳ, words in one character, are letters too. */
static const struct range letters[] = {
    {0x0620, 0x063F}, {0x0641, 0x064A}, {0x066E, 0x066F}, {0x0671, 0x06D3}, {0x06D5, 0x06D5},
    {0x06EE, 0x06EF}, {0x06FA, 0x06FC}, {0x06FF, 0x06FF}, {0x0750, 0x077F}, {0x0870, 0x0887},
    {0x0889, 0x088F}, {0x08A0, 0x08C8}, {0xFB50, 0xFBB1}, {0xFBD3, 0xFD3D}, {0xFD50, 0xFDC7},
    {0xFDF0, 0xFDFB}, {0xFE70, 0xFEFC}};

/* Vowels, and the stroke that only makes a word longer (U+0640). */
static const struct range marks[] = {{0x0610, 0x061A}, {0x0640, 0x0640}, {0x064B, 0x065F},
                                     {0x0670, 0x0670}, {0x06D6, 0x06DC}, {0x06DF, 0x06E8},
                                     {0x06EA, 0x06ED}, {0x0897, 0x089F}, {0x08C9, 0x08FF}};

/* What stands between letters: blanks, digits of both kinds, signs, and what joins letters or tells the direction. */
static const struct range others[] = {
    {0x0020, 0x0040}, {0x005B, 0x0060}, {0x007B, 0x007E}, {0x00A0, 0x00A0}, {0x00AB, 0x00AB},
    {0x00BB, 0x00BB}, {0x0600, 0x060F}, {0x061B, 0x061F}, {0x0660, 0x066D}, {0x06D4, 0x06D4},
    {0x06DD, 0x06DE}, {0x06E9, 0x06E9}, {0x06F0, 0x06F9}, {0x06FD, 0x06FE}, {0x200C, 0x200F},
    {0x2010, 0x2026}, {0x202A, 0x202C}, {0x202F, 0x202F}, {0x2039, 0x203A}, {0x2066, 0x2069},
    {0xFD3E, 0xFD3F}, {0xFDFC, 0xFDFD}};

static bool within(uint32_t code, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count && code >= ranges[i].first; i++) {
        if (code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

#define WITHIN(code, ranges) within(code, ranges, sizeof(ranges) / sizeof((ranges)[0]))

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

/* Whether a letter is in the text; only: and nothing that belongs to another script. */
static void arabic(struct cel_run *run, const struct cel_value *text, bool only,
                   struct cel_value *out)
{
    bool any = false;
    uint32_t len;
    if (!cel_run_charge(run, 1 + text->len / BYTES_A_UNIT, out)) {
        return;
    }
    for (uint32_t i = 0; i < text->len; i += len) {
        uint32_t code = character(text->p + i, &len);
        bool letter = WITHIN(code, letters);
        any = any || letter;
        if (only && !letter && !WITHIN(code, marks) && !WITHIN(code, others)) {
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
