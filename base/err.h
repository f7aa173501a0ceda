/* SPDX-License-Identifier: Apache-2.0
 * base/err.h - one error, on the caller's stack.
 *
 * The function in which an error is born picks its kind; layers above add context with err_add;
 * only ingest/engine.c and the commands react. It is logged once, where it is handled.
 *
 * Functions that can fail return 0 or -1 (or a pointer or NULL) and fill the error on failure
 * only. An err argument is never NULL. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err_table.h"

/* The caller's reaction. */
enum err_kind {
    ERR_KIND_NONE = 0,
    ERR_KIND_RETRY,    /* roll back, back off, try the same again */
    ERR_KIND_POISON,   /* one event is bad: quarantine it, go on */
    ERR_KIND_IN_DOUBT, /* the outcome of a COMMIT is unknown: read the position, then decide */
    ERR_KIND_FENCED,   /* another epoch owns the partition: write nothing */
    ERR_KIND_FATAL     /* stop the partition, the command or the process */
};

enum err_code {
    ERR_NONE = 0,
#define X(name, token, http, confluent, sentence) name,
    ERR_TABLE(X)
#undef X
        ERR_CODE_COUNT
};

enum { ERR_TEXT_BYTES = 480, ERR_PATH_BYTES = 200, ERR_PATH_KEY_BYTES = 64 };

struct err {
    enum err_kind kind;
    enum err_code code;
    char sqlstate[6];  /* "" unless PostgreSQL spoke */
    int32_t partition; /* of Kafka's topic; -1 unless it is about one event or partition */
    int64_t offset;    /* -1 likewise */
    int32_t progress;  /* the index among a batch's partitions (storage/commit/commit.h), else -1 */
    char path[ERR_PATH_BYTES]; /* "/address/city" of the field an event fails at, else "" */
    char text[ERR_TEXT_BYTES]; /* the cause, then each ", while …" */
};

#define ERR_INIT                                                                                   \
    {                                                                                              \
        .partition = -1, .offset = -1, .progress = -1                                              \
    }

void err_reset(struct err *err);

/* Overwrites an earlier error. Always returns -1, so that `return err_set(…)` reads well. */
int err_set(struct err *err, enum err_kind kind, enum err_code code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Appends ", while " and the text; cuts silently at ERR_TEXT_BYTES. Always returns -1. */
int err_add(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Instead of any path that there was. */
void err_path_set(struct err *err, const char *path);

/* Puts "/name" before the path: decoders unwind from the inside out. */
void err_path_prepend(struct err *err, const char *name);
/* Likewise a map's key, len bytes, as a JSON pointer has it: "~0" for a tilde, "~1" for a slash; cut at ERR_PATH_KEY_BYTES. */
void err_path_prepend_key(struct err *err, const uint8_t *key, size_t len);
void err_path_prepend_index(struct err *err, uint64_t index); /* of a list's item */

const char *err_kind_name(enum err_kind kind); /* "RETRY" … */
const char *err_token(enum err_code code);     /* "truncated" … */
const char *err_sentence(enum err_code code);
int err_http_status(enum err_code code);
int err_confluent_code(enum err_code code);

#endif
