/* SPDX-License-Identifier: Apache-2.0
 * base/conf_set.c - sets one key: finds its row, parses the value, and refuses with the
 * place and the reason.
 *
 * conf.c brings keys here from the defaults, the file and the environment alike, so that a range or
 * a choice holds for all of them. Some librdkafka properties are set by the engine, because
 * exactly-once delivery depends on them; setting one is refused. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/conf_priv.h"
#include "base/nearest.h"

enum { PROPERTIES_MAX = 256 };

int conf_refuse(struct conf_source *src, const char *fmt, ...)
{
    char what[ERR_TEXT_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);

    src->failed = true;
    if (src->file != NULL) {
        return err_set(src->err, ERR_KIND_FATAL, ERR_CONFIG, "%s:%d: %s", src->name, src->line,
                       what);
    }
    return err_set(src->err, ERR_KIND_FATAL, ERR_CONFIG, "%s: %s", src->name, what);
}

int conf_no_memory(struct conf_source *src)
{
    src->failed = true;
    return err_set(src->err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the configuration");
}

/* ---- keys ---- */

/* Properties that the engine sets itself; `instead` is the key to use, NULL: nothing may change it.
 */
static const struct {
    const char *property;
    const char *instead;
} owned[] = {
    {"bootstrap.servers", "bootstrap"},
    {"metadata.broker.list", "bootstrap"},
    {"group.id", "group"},
    {"group.instance.id", "instance in [ingest]"},
    {"session.timeout.ms", "session_timeout_ms in [ingest]"},
    {"queued.max.messages.kbytes", "prefetch_kb in [ingest]"},
    {"enable.auto.commit", NULL},
    {"enable.auto.offset.store", NULL},
    {"auto.offset.reset", NULL},
    {"enable.partition.eof", NULL},
    {"isolation.level", NULL},
    {"check.crcs", NULL},
    {"partition.assignment.strategy", NULL},
};

static int unknown_key(struct conf_source *src, const char *section, const char *key)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    const struct conf_row *nearest = &rows[0];
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        /* A wrong section is a lesser slip than a wrong key. */
        size_t distance =
            2 * nearest_distance(key, rows[i].key) + nearest_distance(section, rows[i].section);
        if (distance < best) {
            best = distance;
            nearest = &rows[i];
        }
    }
    return conf_refuse(src, "unknown key %.64s in [%.64s]; did you mean %s in [%s]?", key, section,
                       nearest->key, nearest->section);
}

int conf_find_row(const char *section, const char *key)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].section, section) == 0 && strcmp(rows[i].key, key) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* ---- values ---- */

bool conf_parse_number(const char *text, enum conf_type type, int64_t *value)
{
    static const struct {
        enum conf_type type;
        const char *suffix;
        int64_t factor;
    } units[] = {
        {CONF_MS, "ms", 1},         {CONF_MS, "s", 1000},       {CONF_MS, "m", 60000},
        {CONF_MS, "h", 3600000},    {CONF_BYTES, "k", 1 << 10}, {CONF_BYTES, "M", 1 << 20},
        {CONF_BYTES, "G", 1 << 30},
    };
    if (!isdigit((unsigned char)*text)) {
        return false;
    }
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0) {
        return false;
    }
    *value = number;
    if (*end == '\0') {
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (units[i].type == type && strcmp(end, units[i].suffix) == 0) {
            return !__builtin_mul_overflow(number, units[i].factor, value);
        }
    }
    return false;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, value, len) == 0 && (at[len] == '|' || at[len] == '\0') && len > 0) {
            return true;
        }
    }
    return false;
}

int conf_set_text(struct conf_source *src, char **slot, const char *value)
{
    char *copy = strdup(value);
    if (copy == NULL) {
        return conf_no_memory(src);
    }
    free(*slot);
    *slot = copy;
    return 0;
}

static int set_number(struct conf_source *src, const struct conf_row *row, const char *value)
{
    int64_t number;
    if (!conf_parse_number(value, row->type, &number)) {
        return conf_refuse(src, "%s in [%s] must be a whole number%s, not \"%.80s\"", row->key,
                           row->section,
                           row->type == CONF_MS      ? ", without a unit or with ms, s, m or h"
                           : row->type == CONF_BYTES ? ", without a unit or with k, M or G"
                                                     : "",
                           value);
    }
    if (number < row->min || number > row->max) {
        return conf_refuse(src, "%s in [%s] must be from %lld to %lld, not %lld", row->key,
                           row->section, (long long)row->min, (long long)row->max,
                           (long long)number);
    }
    memcpy((char *)src->conf + row->offset, &number, sizeof(number));
    return 0;
}

int conf_set_row(struct conf_source *src, const struct conf_row *row, const char *value)
{
    if (row->type != CONF_STRING && row->type != CONF_ENUM) {
        return set_number(src, row, value);
    }
    if (row->type == CONF_ENUM && !is_choice(row->choices, value)) {
        return conf_refuse(src, "%s in [%s] must be one of %s, not \"%.80s\"", row->key,
                           row->section, row->choices, value);
    }
    char **slot = (char **)(void *)((char *)src->conf + row->offset);
    return conf_set_text(src, slot, value);
}

struct conf_property *conf_find_property(struct conf *conf, const char *name)
{
    for (size_t i = 0; i < conf->kafka.property_count; i++) {
        if (strcmp(conf->kafka.properties[i].name, name) == 0) {
            return &conf->kafka.properties[i];
        }
    }
    return NULL;
}

static int set_property(struct conf_source *src, const char *name, const char *value)
{
    struct conf *conf = src->conf;
    for (size_t i = 0; i < COUNT_OF(owned); i++) {
        if (strcmp(owned[i].property, name) == 0) {
            return conf_refuse(src, "%s is set by nrc%s%s", name,
                               owned[i].instead != NULL ? "; use " : " and cannot be set",
                               owned[i].instead != NULL ? owned[i].instead : "");
        }
    }
    struct conf_property *property = conf_find_property(conf, name);
    if (property != NULL) {
        if ((size_t)(property - conf->kafka.properties) >= src->inherited) {
            return conf_refuse(src, "%s is given twice", name);
        }
        return conf_set_text(src, &property->value, value);
    }
    if (conf->kafka.property_count == PROPERTIES_MAX) {
        return conf_refuse(src, "[kafka] has more than %d properties", PROPERTIES_MAX);
    }
    if (conf->kafka.properties == NULL) {
        conf->kafka.properties = calloc(PROPERTIES_MAX, sizeof(*conf->kafka.properties));
        if (conf->kafka.properties == NULL) {
            return conf_no_memory(src);
        }
    }
    property = &conf->kafka.properties[conf->kafka.property_count++];
    if (conf_set_text(src, &property->name, name) != 0) {
        conf->kafka.property_count--;
        return -1;
    }
    return conf_set_text(src, &property->value, value);
}

int conf_set_key(struct conf_source *src, const char *section, const char *key, const char *value)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    int row = conf_find_row(section, key);
    if (row >= 0) {
        if (src->given[row]) {
            return conf_refuse(src, "%s in [%s] is given twice", key, section);
        }
        src->given[row] = true;
        return conf_set_row(src, &rows[row], value);
    }
    if (strcmp(section, "kafka") == 0) {
        return set_property(src, key, value);
    }
    return unknown_key(src, section, key);
}
