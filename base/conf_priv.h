/* SPDX-License-Identifier: Apache-2.0
 * base/conf_priv.h - the table of configuration keys, for conf*.c alone. */
#ifndef BASE_CONF_PRIV_H
#define BASE_CONF_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/conf.h"

struct buf;

enum conf_type { CONF_STRING = 0, CONF_INT, CONF_MS, CONF_BYTES, CONF_ENUM };

struct conf_row {
    const char *section;
    const char *key;
    enum conf_type type;
    size_t offset;       /* into struct conf: a char * or an int64_t */
    int64_t min;         /* numbers only */
    int64_t max;         /* numbers only */
    const char *initial; /* the default, as in a file */
    const char *choices; /* CONF_ENUM: "a|b|c" */
    bool secret;         /* holds a password */
    const char *sentence;
};

const struct conf_row *conf_table(size_t *count); /* rows of one section stand together */
bool conf_begins_section(size_t row);

/* A whole number with an optional unit of its type (CONF_MS: ms, s, m, h; CONF_BYTES: k, M, G of
 * 1024). */
bool conf_parse_number(const char *text, enum conf_type type, int64_t *value);

enum { CONF_NAME_BYTES = 128, CONF_ROWS_MAX = 96 };

/* The source of a value: for messages, and to tell a repetition from an override. */
struct conf_source {
    struct conf *conf;
    struct err *err;
    FILE *file;       /* NULL: the environment */
    const char *name; /* the file's path, or the variable */
    int line;
    bool continued; /* the line begins with white space */
    bool failed;
    char last[CONF_NAME_BYTES]; /* section.key of the line before */
    bool given[CONF_ROWS_MAX];  /* by row: this source has it */
    size_t inherited;           /* properties of earlier sources, which may be overridden */
};

/* conf_set.c. The int functions return 0, or -1 with source->err set and source->failed. */
int conf_refuse(struct conf_source *src, const char *fmt, ...) PRINTF_LIKE(2, 3); /* always -1 */
int conf_no_memory(struct conf_source *src);                                      /* always -1 */
int conf_find_row(const char *section, const char *key);                          /* -1: none */
struct conf_property *conf_find_property(struct conf *conf, const char *name);
MUST_CHECK int conf_set_text(struct conf_source *src, char **slot, const char *value);
MUST_CHECK int conf_set_row(struct conf_source *src, const struct conf_row *row, const char *value);
MUST_CHECK int conf_set_key(struct conf_source *src, const char *section, const char *key,
                            const char *value);

/* conf_credentials.c: the keys that $CREDENTIALS_DIRECTORY has, over all others. -1: FATAL ERR_CONFIG, naming the file. */
MUST_CHECK int conf_read_credentials(struct conf *conf, struct err *err);

/* Whether a librdkafka property holds a secret, by its name. */
bool conf_property_is_secret(const char *name);

/* The DSN with its passwords shown as "***". */
void conf_mask_dsn(const char *dsn, struct buf *out);

#endif
