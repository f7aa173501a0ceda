/* SPDX-License-Identifier: Apache-2.0
 * base/conf_priv.h - the table of configuration keys, for conf.c and conf_print.c alone. */
#ifndef BASE_CONF_PRIV_H
#define BASE_CONF_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"

enum conf_type { CONF_STRING = 0, CONF_INT, CONF_MS, CONF_BYTES, CONF_ENUM };

struct conf_row {
    const char *section;
    const char *key;
    enum conf_type type;
    size_t offset;       /* into struct conf: a char * or an int64_t */
    int64_t min;         /* numbers only */
    int64_t max;         /* numbers only */
    const char *initial; /* as it would be written */
    const char *choices; /* CONF_ENUM: "a|b|c" */
    bool secret;         /* holds a password */
    const char *sentence;
};

const struct conf_row *conf_table(size_t *count);

/* A whole number with an optional unit of its type (CONF_MS: ms, s, m, h; CONF_BYTES: k, M, G of
 * 1024). */
bool conf_parse_number(const char *text, enum conf_type type, int64_t *value);

/* Whether a librdkafka property holds a secret, by its name. */
bool conf_property_is_secret(const char *name);

/* The DSN with its passwords shown as "***". */
void conf_mask_dsn(const char *dsn, struct buf *out);

#endif
