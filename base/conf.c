/* SPDX-License-Identifier: Apache-2.0
 * base/conf.c - reads the configuration: defaults, then the file, then the environment.
 *
 * The keys are rows of conf_rows.c. inih cuts the file into keys; this file counts its lines, so
 * that each error names the line, and refuses what inih would pass over: a line too long for it, a
 * key given twice. A value may go on in the next line when that begins with a space; the parts are
 * joined by one space.
 *
 * Some librdkafka properties belong to the engine, whose promises rest on them; setting one is
 * refused. */
#include "base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf_priv.h"
#include "base/hash.h"

enum { NAME_BYTES = 128, PROPERTIES_MAX = 256, ROWS_MAX = 64 };

/* Where a value comes from: for messages, and for what a repetition means. */
struct source {
    struct conf *conf;
    struct err *err;
    FILE *file;       /* NULL: the environment */
    const char *name; /* the file's path, or the variable */
    int line;
    bool continued; /* the line begins with white space */
    bool failed;
    char last[NAME_BYTES]; /* section.key of the line before */
    bool given[ROWS_MAX];  /* by row: this source has it */
    size_t inherited;      /* properties of earlier sources, which may be overridden */
};

static int refuse(struct source *src, const char *fmt, ...) PRINTF_LIKE(2, 3);

static int refuse(struct source *src, const char *fmt, ...)
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

static int no_memory(struct source *src)
{
    src->failed = true;
    return err_set(src->err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the configuration");
}

/* --- what a key may be
 * ------------------------------------------------------------------------------- */

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

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Insertions, deletions and replacements between two names. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[NAME_BYTES];
    size_t width = strnlen(b, NAME_BYTES - 1);
    for (size_t j = 0; j <= width; j++) {
        row[j] = j;
    }
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[width];
}

static int unknown_key(struct source *src, const char *section, const char *key)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    const struct conf_row *nearest = &rows[0];
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        /* A wrong section is a lesser slip than a wrong key. */
        size_t distance =
            2 * edit_distance(key, rows[i].key) + edit_distance(section, rows[i].section);
        if (distance < best) {
            best = distance;
            nearest = &rows[i];
        }
    }
    return refuse(src, "there is no key %.64s in [%.64s]; the nearest is %s in [%s]", key, section,
                  nearest->key, nearest->section);
}

static int find_row(const char *section, const char *key)
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

/* --- values
 * ------------------------------------------------------------------------------------------ */

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

static int set_text(struct source *src, char **slot, const char *value)
{
    char *copy = strdup(value);
    if (copy == NULL) {
        return no_memory(src);
    }
    free(*slot);
    *slot = copy;
    return 0;
}

static int set_number(struct source *src, const struct conf_row *row, const char *value)
{
    int64_t number;
    if (!conf_parse_number(value, row->type, &number)) {
        return refuse(src, "%s in [%s] must be a whole number%s, not \"%.80s\"", row->key,
                      row->section,
                      row->type == CONF_MS      ? ", with ms, s, m or h after it or none"
                      : row->type == CONF_BYTES ? ", with k, M or G after it or none"
                                                : "",
                      value);
    }
    if (number < row->min || number > row->max) {
        return refuse(src, "%s in [%s] must be from %lld to %lld, not %lld", row->key, row->section,
                      (long long)row->min, (long long)row->max, (long long)number);
    }
    memcpy((char *)src->conf + row->offset, &number, sizeof(number));
    return 0;
}

static int set_row(struct source *src, const struct conf_row *row, const char *value)
{
    if (row->type != CONF_STRING && row->type != CONF_ENUM) {
        return set_number(src, row, value);
    }
    if (row->type == CONF_ENUM && !is_choice(row->choices, value)) {
        return refuse(src, "%s in [%s] must be one of %s, not \"%.80s\"", row->key, row->section,
                      row->choices, value);
    }
    char **slot = (char **)(void *)((char *)src->conf + row->offset);
    return set_text(src, slot, value);
}

static struct conf_property *find_property(struct conf *conf, const char *name)
{
    for (size_t i = 0; i < conf->kafka.property_count; i++) {
        if (strcmp(conf->kafka.properties[i].name, name) == 0) {
            return &conf->kafka.properties[i];
        }
    }
    return NULL;
}

static int set_property(struct source *src, const char *name, const char *value)
{
    struct conf *conf = src->conf;
    for (size_t i = 0; i < COUNT_OF(owned); i++) {
        if (strcmp(owned[i].property, name) == 0) {
            return refuse(src, "%s belongs to the engine%s%s", name,
                          owned[i].instead != NULL ? "; use " : " and cannot be set",
                          owned[i].instead != NULL ? owned[i].instead : "");
        }
    }
    struct conf_property *property = find_property(conf, name);
    if (property != NULL) {
        if ((size_t)(property - conf->kafka.properties) >= src->inherited) {
            return refuse(src, "%s is given twice", name);
        }
        return set_text(src, &property->value, value);
    }
    if (conf->kafka.property_count == PROPERTIES_MAX) {
        return refuse(src, "more than %d properties in [kafka]", PROPERTIES_MAX);
    }
    if (conf->kafka.properties == NULL) {
        conf->kafka.properties = calloc(PROPERTIES_MAX, sizeof(*conf->kafka.properties));
        if (conf->kafka.properties == NULL) {
            return no_memory(src);
        }
    }
    property = &conf->kafka.properties[conf->kafka.property_count++];
    if (set_text(src, &property->name, name) != 0) {
        conf->kafka.property_count--;
        return -1;
    }
    return set_text(src, &property->value, value);
}

static int set_key(struct source *src, const char *section, const char *key, const char *value)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    int row = find_row(section, key);
    if (row >= 0) {
        if (src->given[row]) {
            return refuse(src, "%s in [%s] is given twice", key, section);
        }
        src->given[row] = true;
        return set_row(src, &rows[row], value);
    }
    if (strcmp(section, "kafka") == 0) {
        return set_property(src, key, value);
    }
    return unknown_key(src, section, key);
}

/* --- the file
 * ---------------------------------------------------------------------------------------- */

/* fgets for inih, which counts lines; a line that does not fit would be cut silently. */
static char *read_line(char *line, int size, void *arg)
{
    struct source *src = arg;
    if (src->failed || fgets(line, size, src->file) == NULL) {
        return NULL;
    }
    src->line++;
    src->continued = line[0] == ' ' || line[0] == '\t';
    size_t len = strlen(line);
    if (len + 1 == (size_t)size && line[len - 1] != '\n') {
        refuse(
            src,
            "the line is longer than %d bytes; a value may go on in the next line, after a space",
            size - 1);
        return NULL;
    }
    return line;
}

/* A continued value: what the key has so far, a space, and this line's part. */
static int join(struct source *src, const char *section, const char *key, const char *value)
{
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    int row = find_row(section, key);
    struct conf_property *property = row < 0 ? find_property(src->conf, key) : NULL;
    if (row >= 0 ? rows[row].type != CONF_STRING : property == NULL) {
        return refuse(src, "%s in [%s] cannot go on in a second line", key, section);
    }
    char **slot =
        row >= 0 ? (char **)(void *)((char *)src->conf + rows[row].offset) : &property->value;
    char *joined = NULL;
    if (asprintf(&joined, "%s %s", *slot, value) < 0) {
        return no_memory(src);
    }
    free(*slot);
    *slot = joined;
    return 0;
}

static int on_key(void *arg, const char *section, const char *key, const char *value)
{
    struct source *src = arg;
    char name[NAME_BYTES];
    if (src->failed) {
        return 0;
    }
    snprintf(name, sizeof(name), "%s.%s", section, key);
    bool again = src->continued && strcmp(name, src->last) == 0;
    memcpy(src->last, name, sizeof(name));
    return (again ? join(src, section, key, value) : set_key(src, section, key, value)) == 0;
}

static int read_file(struct conf *conf, const char *path, struct err *err)
{
    struct source src = {.conf = conf, .err = err, .name = path};
    src.file = fopen(path, "re");
    if (src.file == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "%s: %s", path, strerror(errno));
    }
    int bad_line = ini_parse_stream(read_line, &src, on_key, &src);
    if (bad_line != 0 && !src.failed) {
        src.line = bad_line;
        refuse(&src, "neither a [section] nor a key = value");
    }
    if (ferror(src.file) && !src.failed) {
        refuse(&src, "cannot be read");
    }
    fclose(src.file);
    return src.failed ? -1 : 0;
}

/* --- the environment
 * --------------------------------------------------------------------------------- */

static void lower(char *out, size_t size, const char *from, size_t len, bool dots)
{
    size_t n = len < size - 1 ? len : size - 1;
    for (size_t i = 0; i < n; i++) {
        out[i] = (char)(dots && from[i] == '_' ? '.' : tolower((unsigned char)from[i]));
    }
    out[n] = '\0';
}

/* NRC_SECTION_KEY=value. Variables of other sections are not ours to judge. */
static int read_variable(struct source *src, const char *variable)
{
    static const char *const sections[] = {"kafka", "register", "ingest", "log"};
    const char *value = strchr(variable, '=');
    if (strncmp(variable, "NRC_", 4) != 0 || value == NULL) {
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        size_t len = strlen(sections[i]);
        const char *from = variable + 4 + len + 1;
        if (strncasecmp(variable + 4, sections[i], len) != 0 || variable[4 + len] != '_' ||
            from >= value) {
            continue;
        }
        char key[NAME_BYTES];
        char name[NAME_BYTES];
        lower(key, sizeof(key), from, (size_t)(value - from), false);
        snprintf(name, sizeof(name), "%.*s", (int)(value - variable), variable);
        if (find_row(sections[i], key) < 0 && strcmp(sections[i], "kafka") == 0) {
            lower(key, sizeof(key), from, (size_t)(value - from), true);
        }
        src->name = name;
        return set_key(src, sections[i], key, value + 1);
    }
    return 0;
}

static int read_environment(struct conf *conf, struct err *err)
{
    struct source src = {.conf = conf, .err = err, .inherited = conf->kafka.property_count};
    for (char **variable = environ; *variable != NULL; variable++) {
        if (read_variable(&src, *variable) != 0) {
            return -1;
        }
    }
    return 0;
}

/* --- the whole
 * --------------------------------------------------------------------------------------- */

static int set_defaults(struct conf *conf, struct err *err)
{
    struct source src = {.conf = conf, .err = err, .name = "defaults"};
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (set_row(&src, &rows[i], rows[i].initial) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The same after each restart, and another for a second configuration on the same host. */
static int name_instance(struct conf *conf, struct err *err)
{
    struct source src = {.conf = conf, .err = err, .name = "ingest.instance"};
    char host[65] = "";
    char name[96];
    if (*conf->ingest.instance != '\0') {
        return 0;
    }
    gethostname(host, sizeof(host) - 1);
    const char *path = conf->path != NULL ? conf->path : "";
    snprintf(name, sizeof(name), "%s-%08x", *host != '\0' ? host : "nrc",
             (unsigned)hash_bytes(path, strlen(path), 0));
    return set_text(&src, &conf->ingest.instance, name);
}

struct conf *conf_load(const char *path, struct err *err)
{
    struct conf *conf = calloc(1, sizeof(*conf));
    if (conf == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the configuration");
        return NULL;
    }
    if (set_defaults(conf, err) != 0 || (path != NULL && read_file(conf, path, err) != 0) ||
        read_environment(conf, err) != 0) {
        goto fail;
    }
    if (path != NULL) {
        conf->path = realpath(path, NULL);
        if (conf->path == NULL) {
            err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "%s: %s", path, strerror(errno));
            goto fail;
        }
    }
    if (name_instance(conf, err) != 0) {
        goto fail;
    }
    return conf;
fail:
    conf_free(&conf);
    return NULL;
}

void conf_free(struct conf **taken)
{
    struct conf *conf = *taken;
    *taken = NULL;
    if (conf == NULL) {
        return;
    }
    size_t count;
    const struct conf_row *rows = conf_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == CONF_STRING || rows[i].type == CONF_ENUM) {
            free(*(char **)(void *)((char *)conf + rows[i].offset));
        }
    }
    for (size_t i = 0; i < conf->kafka.property_count; i++) {
        free(conf->kafka.properties[i].name);
        free(conf->kafka.properties[i].value);
    }
    free(conf->kafka.properties);
    free(conf->path);
    free(conf);
}
