/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/misfit.c - the walk through a stored value, with its older and its newer type.
 *
 * A nested value is JSON as schema/plan/code.c has it written: a record has each field of the older type, a union of
 * several types has {"branch": value}. The text comes from a jsonb column, so it is JSON; where it is not what its type
 * says, it is not of the type. Numbers stay text, as a decimal has more digits than a double. */
#include "schema/diff/misfit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "schema/diff/diff.h"
#include "schema/diff/misfit_priv.h"
#include "schema/model/names.h"
#include "schema/plan/columns.h"

enum { MAX_LEVELS = 256 };

static const struct sch_misfit_row rows[SCH_MISFIT_COUNT] = {
#define X(symbol, id, en, ar) [SCH_##symbol] = {id, en, ar},
    SCH_MISFITS(X)
#undef X
};

const struct sch_misfit_row *sch_misfit_row(enum sch_misfit misfit)
{
    return &rows[misfit];
}

struct walk {
    struct buf *path;
    bool is_json; /* not the text of a scalar */
    int level;
};

struct span {
    const char *text;
    size_t len;
};

static enum sch_misfit check(struct walk *walk, const struct sch_type *older,
                             const struct sch_type *newer, struct span value);

/* ---- JSON ---- */

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) {
        at++;
    }
    return at;
}

static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        at += *at == '\\';
    }
    return at < end ? at + 1 : end;
}

/* The end of the value that begins here. */
static const char *skip_value(const char *at, const char *end)
{
    int open = 0;
    if (at >= end || (*at != '{' && *at != '[' && *at != '"')) {
        while (at < end && strchr(",]} \n\t\r", *at) == NULL) {
            at++;
        }
        return at;
    }
    do {
        if (*at == '"') {
            at = skip_string(at, end);
            continue;
        }
        open += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        at++;
    } while (at < end && open > 0);
    return at;
}

/* One member of an object or item of an array. */
struct member {
    struct span key; /* with its quotes; text NULL: an item */
    struct span value;
};

/* false: there is none, or no JSON. *at stands behind the opening bracket, or behind the last member. */
static bool next_member(const char **at, const char *end, bool has_key, struct member *out)
{
    const char *c = skip_space(*at, end);
    c = c < end && *c == ',' ? skip_space(c + 1, end) : c;
    *out = (struct member){.key = {NULL, 0}};
    if (c >= end || *c == '}' || *c == ']') {
        return false;
    }
    if (has_key) {
        out->key.text = c;
        c = *c == '"' ? skip_string(c, end) : end;
        out->key.len = (size_t)(c - out->key.text);
        c = skip_space(c, end);
        c = c < end && *c == ':' ? skip_space(c + 1, end) : end;
    }
    out->value.text = c;
    c = skip_value(c, end);
    out->value.len = (size_t)(c - out->value.text);
    *at = c;
    return out->value.len > 0;
}

static bool is_null(struct span value)
{
    return value.text == NULL || (value.len == 4 && memcmp(value.text, "null", 4) == 0);
}

static void put_utf8(struct buf *out, unsigned code)
{
    if (code < 0x80) {
        buf_put_u8(out, (uint8_t)code);
    } else if (code < 0x800) {
        buf_put_u8(out, (uint8_t)(0xc0 | code >> 6));
        buf_put_u8(out, (uint8_t)(0x80 | (code & 0x3f)));
    } else {
        buf_put_u8(out, (uint8_t)(0xe0 | code >> 12));
        buf_put_u8(out, (uint8_t)(0x80 | (code >> 6 & 0x3f)));
        buf_put_u8(out, (uint8_t)(0x80 | (code & 0x3f)));
    }
}

/* The text of a string with its quotes. jsonb keeps characters as they are and escapes control characters alone. */
static void put_unescaped(struct span string, struct buf *out)
{
    static const char escapes[] = "b\bf\fn\nr\rt\t";
    const char *end = string.text + string.len - 1;
    for (const char *c = string.text + 1; c < end; c++) {
        if (*c != '\\' || c + 1 >= end) {
            buf_put_u8(out, (uint8_t)*c);
            continue;
        }
        c++;
        const char *escape = *c != '\0' ? strchr(escapes, *c) : NULL;
        if (*c == 'u' && end - c > 4) {
            char digits[5] = {c[1], c[2], c[3], c[4], '\0'};
            put_utf8(out, (unsigned)strtoul(digits, NULL, 16));
            c += 4;
        } else if (escape != NULL && (escape - escapes) % 2 == 0) {
            buf_put_u8(out, (uint8_t)escape[1]);
        } else {
            buf_put_u8(out, (uint8_t)*c);
        }
    }
}

static bool is_key(const struct member *member, const char *name)
{
    struct buf key = BUF_INIT;
    if (member->key.len == strlen(name) + 2 &&
        memchr(member->key.text, '\\', member->key.len) == NULL) {
        return memcmp(member->key.text + 1, name, strlen(name)) == 0;
    }
    if (member->key.len >= 2) {
        put_unescaped(member->key, &key);
    }
    bool same = key.len == strlen(name) && strcmp(buf_cstr(&key), name) == 0;
    buf_fini(&key);
    return same;
}

/* ---- nested types ---- */

static bool is_nested(const struct sch_type *type)
{
    return type->kind == SCH_RECORD || type->kind == SCH_ARRAY || type->kind == SCH_MAP;
}

static enum sch_misfit check_inside(struct walk *walk, const struct sch_type *older,
                                    const struct sch_type *newer, struct span value)
{
    if (++walk->level > MAX_LEVELS) {
        walk->level--;
        return SCH_MISFIT_TYPE;
    }
    enum sch_misfit misfit = check(walk, older, newer, value);
    walk->level--;
    return misfit;
}

/* The older field that the newer one reads: of its name, else of one of its aliases. */
static const struct sch_field *older_field(const struct sch_type *older,
                                           const struct sch_field *newer)
{
    const struct sch_field *found = sch_find_field(older, newer->name);
    for (size_t i = 0; i < newer->aliases.count && found == NULL; i++) {
        found = sch_find_field(older, newer->aliases.items[i]);
    }
    return found;
}

static bool find_member(struct span object, const char *name, struct span *out)
{
    const char *at = object.text + 1;
    struct member member;
    while (next_member(&at, object.text + object.len, true, &member)) {
        if (is_key(&member, name)) {
            *out = member.value;
            return true;
        }
    }
    return false;
}

static enum sch_misfit check_record(struct walk *walk, const struct sch_type *older,
                                    const struct sch_type *newer, struct span value)
{
    for (size_t i = 0; i < newer->field_count; i++) {
        const struct sch_field *field = &newer->fields[i];
        const struct sch_field *was = older_field(older, field);
        size_t place = walk->path->len;
        struct span inside = {NULL, 0};
        enum sch_misfit misfit = SCH_FITS;
        buf_printf(walk->path, ".%s", field->name);
        if (was == NULL) {
            misfit = field->default_bytes == NULL ? SCH_MISFIT_MISSING : SCH_FITS;
        } else {
            misfit = find_member(value, was->name, &inside)
                         ? check_inside(walk, was->type, field->type, inside)
                         : SCH_MISFIT_TYPE;
        }
        if (misfit != SCH_FITS) {
            return misfit;
        }
        walk->path->len = place;
    }
    return SCH_FITS;
}

static enum sch_misfit check_items(struct walk *walk, const struct sch_type *older,
                                   const struct sch_type *newer, struct span value)
{
    const char *at = value.text + 1;
    struct member member;
    size_t place = walk->path->len;
    bool is_map = newer->kind == SCH_MAP;
    buf_put_str(walk->path, is_map ? "{}" : "[]");
    while (next_member(&at, value.text + value.len, is_map, &member)) {
        enum sch_misfit misfit = check_inside(walk, older->items, newer->items, member.value);
        if (misfit != SCH_FITS) {
            return misfit;
        }
    }
    walk->path->len = place;
    return SCH_FITS;
}

static enum sch_misfit check_nested(struct walk *walk, const struct sch_type *older,
                                    const struct sch_type *newer, struct span value)
{
    char bracket = newer->kind == SCH_ARRAY ? '[' : '{';
    if (older->kind != newer->kind) {
        return SCH_MISFIT_NONE;
    }
    if (value.len < 2 || value.text[0] != bracket) {
        return SCH_MISFIT_TYPE;
    }
    return newer->kind == SCH_RECORD ? check_record(walk, older, newer, value)
                                     : check_items(walk, older, newer, value);
}

/* A scalar on its own is text; inside JSON a string has quotes. */
static enum sch_misfit check_scalar(const struct walk *walk, const struct sch_type *older,
                                    const struct sch_type *newer, struct span value)
{
    if (!walk->is_json || value.text[0] != '"' || value.len < 2) {
        return sch_scalar_misfit(older, newer, value.text, value.len);
    }
    struct buf text = BUF_INIT;
    put_unescaped(value, &text);
    enum sch_misfit misfit = sch_scalar_misfit(older, newer, buf_cstr(&text), text.len);
    buf_fini(&text);
    return misfit;
}

/* ---- unions ---- */

static size_t value_branches(const struct sch_type *type)
{
    size_t count = 0;
    for (size_t i = 0; i < type->branch_count; i++) {
        count += type->branches[i]->kind != SCH_NULL;
    }
    return count;
}

static const char *branch_name(const struct sch_type *branch)
{
    static const char *const names[] = {
        [SCH_BOOLEAN] = "boolean", [SCH_INT] = "int",       [SCH_LONG] = "long",
        [SCH_FLOAT] = "float",     [SCH_DOUBLE] = "double", [SCH_BYTES] = "bytes",
        [SCH_STRING] = "string",   [SCH_ARRAY] = "array",   [SCH_MAP] = "map",
    };
    return branch->name != NULL ? branch->name : names[branch->kind];
}

static bool takes_null(const struct sch_type *type)
{
    for (size_t i = 0; i < type->branch_count; i++) {
        if (type->branches[i]->kind == SCH_NULL) {
            return true;
        }
    }
    return type->kind == SCH_NULL;
}

/* The branch that a value of several is of, taken out of its object; NULL: of none. */
static const struct sch_type *written_branch(const struct sch_type *older, struct span *value)
{
    bool tagged = value_branches(older) > 1;
    const char *at = value->text + 1;
    struct member member = {.key = {NULL, 0}};
    if (tagged &&
        (value->text[0] != '{' || !next_member(&at, value->text + value->len, true, &member))) {
        return NULL;
    }
    for (size_t i = 0; i < older->branch_count; i++) {
        const struct sch_type *branch = older->branches[i];
        if (branch->kind != SCH_NULL && (!tagged || is_key(&member, branch_name(branch)))) {
            *value = tagged ? member.value : *value;
            return branch;
        }
    }
    return NULL;
}

static bool is_same_branch(const struct sch_type *older, const struct sch_type *newer)
{
    return older->kind == newer->kind &&
           (older->name == NULL || newer->name == NULL || sch_names_match(newer, older));
}

/* Avro 1.11, "Schema Resolution": numbers are promoted to numbers, strings and bytes to each other. */
static bool is_promoted(const struct sch_type *older, const struct sch_type *newer)
{
    bool numbers = older->kind >= SCH_INT && older->kind <= SCH_DOUBLE && newer->kind >= SCH_INT &&
                   newer->kind <= SCH_DOUBLE;
    bool texts = (older->kind == SCH_STRING || older->kind == SCH_BYTES) &&
                 (newer->kind == SCH_STRING || newer->kind == SCH_BYTES);
    return numbers || texts;
}

/* The first branch that is the same; else one that the value fits. Of several branches none is chosen that Avro would
 * not choose, as a value does not say which it wants to be. */
static enum sch_misfit check_branches(struct walk *walk, const struct sch_type *older,
                                      const struct sch_type *newer, struct span value)
{
    size_t place = walk->path->len;
    bool several = value_branches(newer) > 1;
    for (size_t i = 0; i < newer->branch_count; i++) {
        const struct sch_type *branch = newer->branches[i];
        if (branch->kind != SCH_NULL && is_same_branch(older, branch)) {
            if (several) {
                buf_printf(walk->path, "<%s>", branch_name(branch));
            }
            enum sch_misfit misfit = check_inside(walk, older, branch, value);
            walk->path->len = misfit == SCH_FITS ? place : walk->path->len;
            return misfit;
        }
    }
    enum sch_misfit misfit = SCH_MISFIT_NONE;
    for (size_t i = 0; i < newer->branch_count && misfit != SCH_FITS; i++) {
        if (newer->branches[i]->kind != SCH_NULL &&
            (!several || is_promoted(older, newer->branches[i]))) {
            enum sch_misfit here = check_inside(walk, older, newer->branches[i], value);
            misfit = here == SCH_FITS || misfit == SCH_MISFIT_NONE ? here : misfit;
            walk->path->len = place;
        }
    }
    return misfit;
}

static enum sch_misfit check(struct walk *walk, const struct sch_type *older,
                             const struct sch_type *newer, struct span value)
{
    if (value.text == NULL || (walk->is_json && is_null(value))) {
        return takes_null(newer) ? SCH_FITS : SCH_MISFIT_NULL;
    }
    if (walk->is_json && value.len == 0) {
        return SCH_MISFIT_TYPE;
    }
    if (older->kind == SCH_UNION) {
        older = written_branch(older, &value);
        return older != NULL ? check(walk, older, newer, value) : SCH_MISFIT_TYPE;
    }
    if (newer->kind == SCH_UNION) {
        return check_branches(walk, older, newer, value);
    }
    if (is_nested(older) || is_nested(newer)) {
        return check_nested(walk, older, newer, value);
    }
    return check_scalar(walk, older, newer, value);
}

enum sch_misfit sch_misfit_of(const struct sch_type *older, const struct sch_type *newer,
                              const char *text, size_t len, struct buf *path)
{
    struct column column = {.name = NULL};
    bool nullable;
    sch_column_of(older, &column, &nullable);
    struct walk walk = {.path = path, .is_json = column.type == COLUMN_JSONB};
    return check(&walk, sch_bare_type(older), newer, (struct span){text, len});
}

/* ---- which fields ---- */

/* Whether the difference has something of the field, whatever it is of its documentation. */
static bool is_changed(const struct sch_diff *diff, const char *name)
{
    size_t len = strlen(name);
    bool changed = sch_diff_total(diff) > diff->count;
    for (size_t i = 0; i < diff->count && !changed; i++) {
        const char *path = diff->items[i].path;
        changed = strncmp(path, name, len) == 0 && strchr(".[{<", path[len]) != NULL;
    }
    return changed;
}

int sch_suspects(const struct sch_schema *older, const struct sch_schema *newer,
                 struct sch_suspect **out, size_t *count, struct err *err)
{
    const struct sch_type *was = sch_root(older);
    const struct sch_type *is = sch_root(newer);
    struct sch_diff diff = {.count = 0};
    *count = 0;
    *out = calloc(is->field_count + 1, sizeof(**out));
    if (*out == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY,
                       "no memory for the fields of a structure");
    }
    if (sch_diff(older, newer, NULL, false, &diff, err) != 0) {
        free(*out);
        *out = NULL;
        return -1;
    }
    for (size_t i = 0; i < is->field_count; i++) {
        const struct sch_field *field = &is->fields[i];
        const struct sch_field *same = older_field(was, field);
        bool misses = same == NULL && field->default_bytes == NULL;
        if (misses || (same != NULL && is_changed(&diff, field->name))) {
            (*out)[(*count)++] = (struct sch_suspect){
                field, same != NULL ? (size_t)(same - was->fields) : SCH_NO_FIELD};
        }
    }
    sch_diff_fini(&diff);
    return 0;
}
