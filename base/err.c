/* SPDX-License-Identifier: Apache-2.0
 * base/err.c - filling errors and naming their codes.
 *
 * A text is made of pieces that may come from a client and may be cut in the middle of a character;
 * it ends as JSON and in rows of the register, so it is mended to UTF-8 wherever it is written. */
#include "base/err.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

struct code_row {
    const char *token;
    const char *sentence;
    int http_status;
    int confluent_code;
};

static const struct code_row code_rows[ERR_CODE_COUNT] = {[ERR_NONE] = {"none", "no error", 200, 0},
#define X(name, token, http, confluent, sentence) [name] = {token, sentence, http, confluent},
                                                          ERR_TABLE(X)
#undef X
};

static const char *const kind_names[] = {
    [ERR_KIND_NONE] = "NONE",         [ERR_KIND_RETRY] = "RETRY",   [ERR_KIND_POISON] = "POISON",
    [ERR_KIND_IN_DOUBT] = "IN_DOUBT", [ERR_KIND_FENCED] = "FENCED", [ERR_KIND_FATAL] = "FATAL",
};

void err_reset(struct err *err)
{
    *err = (struct err)ERR_INIT;
}

int err_set(struct err *err, enum err_kind kind, enum err_code code, const char *fmt, ...)
{
    err->kind = kind;
    err->code = code;
    err->sqlstate[0] = '\0';
    err->partition = -1;
    err->offset = -1;
    err->progress = -1;
    err->path[0] = '\0';

    va_list args;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    utf8_mend(err->text);
    return -1;
}

int err_add(struct err *err, const char *fmt, ...)
{
    size_t used = strlen(err->text);
    int n = snprintf(err->text + used, sizeof(err->text) - used, ", while ");
    if (n < 0 || used + (size_t)n >= sizeof(err->text)) {
        return -1;
    }
    used += (size_t)n;

    va_list args;
    va_start(args, fmt);
    vsnprintf(err->text + used, sizeof(err->text) - used, fmt, args);
    va_end(args);
    utf8_mend(err->text);
    return -1;
}

void err_path_set(struct err *err, const char *path)
{
    snprintf(err->path, sizeof(err->path), "%s", path);
    utf8_mend(err->path);
}

void err_path_prepend(struct err *err, const char *name)
{
    size_t name_len = strnlen(name, sizeof(err->path) - 2);
    size_t kept = strlen(err->path);
    if (kept > sizeof(err->path) - 2 - name_len) {
        kept = sizeof(err->path) - 2 - name_len; /* the outer names say more than the inner ones */
    }
    memmove(err->path + 1 + name_len, err->path, kept);
    err->path[0] = '/';
    memcpy(err->path + 1, name, name_len);
    err->path[1 + name_len + kept] = '\0';
    utf8_mend(err->path);
}

void err_path_prepend_key(struct err *err, const uint8_t *key, size_t len)
{
    char name[2 * ERR_PATH_KEY_BYTES + 1];
    size_t put = 0;
    if (len > ERR_PATH_KEY_BYTES) {
        len = utf8_cut((const char *)key, ERR_PATH_KEY_BYTES);
    }
    for (size_t i = 0; i < len; i++) {
        char c = (char)key[i];
        bool escaped = c == '~' || c == '/';
        if (escaped) {
            name[put++] = '~';
            c = c == '~' ? '0' : '1';
        }
        name[put++] = c;
    }
    name[put] = '\0';
    err_path_prepend(err, name);
}

void err_path_prepend_index(struct err *err, uint64_t index)
{
    char name[24];
    snprintf(name, sizeof(name), "%" PRIu64, index);
    err_path_prepend(err, name);
}

const char *err_kind_name(enum err_kind kind)
{
    return kind_names[kind];
}

const char *err_token(enum err_code code)
{
    return code_rows[code].token;
}

const char *err_sentence(enum err_code code)
{
    return code_rows[code].sentence;
}

int err_http_status(enum err_code code)
{
    return code_rows[code].http_status;
}

int err_confluent_code(enum err_code code)
{
    return code_rows[code].confluent_code;
}
