/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/escape.c - what a literal in quotes means (cel-spec, "String and Bytes Values").
 *
 * A value is never longer than its literal, so it is written into room of the literal's size. */
#include <string.h>

#include "schema/rules/lexer.h"

struct reader {
    struct cel_lexer *lexer;
    const char *text;
    uint32_t at;
    uint32_t end;
    uint8_t *out;
    uint32_t len;
    bool bytes;
};

static int bad_escape(struct reader *r, uint32_t pos, const char *why)
{
    return cel_fault(r->lexer->ast, pos, r->lexer->err, "%s", why);
}

static void put_character(struct reader *r, uint32_t code)
{
    uint8_t *out = r->out + r->len;
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        r->len += 1;
    } else if (code < 0x800) {
        out[0] = (uint8_t)(0xC0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 0x3F));
        r->len += 2;
    } else if (code < 0x10000) {
        out[0] = (uint8_t)(0xE0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (code & 0x3F));
        r->len += 3;
    } else {
        out[0] = (uint8_t)(0xF0 | code >> 18);
        out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3F));
        out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        out[3] = (uint8_t)(0x80 | (code & 0x3F));
        r->len += 4;
    }
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : 99;
}

/* `count` digits of the base; -1: they are not there. */
static int64_t read_digits(struct reader *r, uint32_t count, int base)
{
    int64_t number = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (r->at >= r->end || digit_of(r->text[r->at]) >= base) {
            return -1;
        }
        number = number * base + digit_of(r->text[r->at++]);
    }
    return number;
}

/* \x and octal numbers are bytes in bytes, and characters in text. */
static int put_number(struct reader *r, uint32_t pos, int64_t number)
{
    if (number < 0) {
        return bad_escape(r, pos,
                          "an escape has 2 hexadecimal digits behind \\x, 4 behind \\u, 8 behind "
                          "\\U, or 3 octal ones");
    }
    if (r->bytes) {
        if (number > 0xFF) {
            return bad_escape(r, pos, "the escape is more than one byte");
        }
        r->out[r->len++] = (uint8_t)number;
        return 0;
    }
    if (number > 0x10FFFF || (number >= 0xD800 && number <= 0xDFFF)) {
        return bad_escape(r, pos, "the escape is no character of Unicode");
    }
    put_character(r, (uint32_t)number);
    return 0;
}

/* Behind a backslash. */
static int read_escape(struct reader *r)
{
    static const char plain[] = "abfnrtv\\?\"'`";
    static const char meant[] = "\a\b\f\n\r\t\v\\?\"'`";
    uint32_t pos = r->at - 1;
    char c = '\0';
    if (r->at < r->end) {
        c = r->text[r->at];
    }
    const char *known = c != '\0' ? strchr(plain, c) : NULL;
    if (known != NULL) {
        r->at++;
        r->out[r->len++] = (uint8_t)meant[known - plain];
        return 0;
    }
    if (c >= '0' && c <= '3') {
        return put_number(r, pos, read_digits(r, 3, 8));
    }
    r->at++;
    if (c == 'x' || c == 'X') {
        return put_number(r, pos, read_digits(r, 2, 16));
    }
    if ((c == 'u' || c == 'U') && !r->bytes) {
        return put_number(r, pos, read_digits(r, c == 'u' ? 4 : 8, 16));
    }
    return bad_escape(r, pos,
                      r->bytes && (c == 'u' || c == 'U') ? "\\u and \\U are for text, not for bytes"
                                                         : "no such escape behind the backslash");
}

int cel_unescape(struct cel_lexer *lexer, uint32_t pos, uint32_t len, bool raw, bool bytes,
                 struct cel_value *out)
{
    struct reader r = {
        .lexer = lexer, .text = lexer->ast->text, .at = pos, .end = pos + len, .bytes = bytes};
    r.out = arena_alloc(lexer->arena, len + 1);
    if (r.out == NULL) {
        return err_set(lexer->err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for a rule");
    }
    while (r.at < r.end) {
        char c = r.text[r.at++];
        if (c == '\\' && !raw) {
            if (read_escape(&r) < 0) {
                return -1;
            }
        } else if (c == '\r') { /* every end of a line is one \n */
            r.out[r.len++] = '\n';
            r.at += r.at < r.end && r.text[r.at] == '\n';
        } else {
            r.out[r.len++] = (uint8_t)c;
        }
    }
    *out = cel_bytes(bytes ? CEL_BYTES : CEL_STRING, r.out, r.len);
    return 0;
}
