/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/text.c - values in the text forms of parameters and results. */
#include "storage/conn/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"

int32_t sto_text_int(const PGresult *res, int row, int column)
{
    return (int32_t)strtol(PQgetvalue(res, row, column), NULL, 10);
}

const char *sto_text_copy(struct arena *arena, const PGresult *res, int row, int column,
                          bool *failed)
{
    if (PQgetisnull(res, row, column)) {
        return NULL;
    }
    const char *copy =
        arena_memdup(arena, PQgetvalue(res, row, column), (size_t)PQgetlength(res, row, column));
    *failed = *failed || copy == NULL;
    return copy;
}

const char *sto_text_bytea(char *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    out[0] = '\\';
    out[1] = 'x';
    for (size_t i = 0; i < len; i++) {
        out[2 + 2 * i] = digits[bytes[i] >> 4];
        out[3 + 2 * i] = digits[bytes[i] & 0x0F];
    }
    out[2 + 2 * len] = '\0';
    return out;
}

/* 16: none. */
static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

bool sto_text_bytes(const char *text, uint8_t *out, size_t len)
{
    if (strlen(text) != 2 + 2 * len || text[0] != '\\' || text[1] != 'x') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned high = digit_of(text[2 + 2 * i]);
        unsigned low = digit_of(text[3 + 2 * i]);
        if (high > 15 || low > 15) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void sto_text_list(struct buf *out, const char *const *texts, size_t count)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        jsonw_str(&w, texts[i]);
    }
    jsonw_close(&w, ']');
}
