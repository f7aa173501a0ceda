/* SPDX-License-Identifier: Apache-2.0
 * schema/compat/check.c - may a reader read all that a writer writes? (Avro 1.11, "Schema
 * Resolution", as Avro's Java library and so Confluent's registry decide it.)
 *
 * The same rules are used in two ways. With a spot, every reason is reported. Without a spot,
 * inside a reader's union, only yes or no matters, and the first reason ends the check. Logical
 * types do not count. Names count without their namespace, aliases with it.
 *
 * A pair of named types counts as readable while it is being probed, so that recursive types end.
 * Given a probe that then fails, then every answer that relied on this assumption is forgotten.
 * (The Java library keeps them, and so accepts some recursive unions that cannot be read.) While a
 * pair is being reported nothing need be forgotten: its faults are in the list in any case. Each
 * pair is reported once, at the place where it is met first. */
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "schema/compat/check_priv.h"
#include "schema/model/body.h"
#include "schema/model/names.h"
#include "schema/model/nameset.h"

/* From this many names on a hash table is used, so that wide records and long enums take linear
 * time. */
enum { MANY = 16 };

/* A name in a reason, for %.*s. */
#define CUT(name) (int)utf8_cut(name, 80), name

static bool spend(struct sch_check *check, size_t steps)
{
    check->faults->steps += steps;
    if (check->faults->steps > SCH_MAX_STEPS) {
        sch_check_fail(check, ERR_SCHEMA_TOO_LARGE, "the schemas take too long to compare");
    }
    return !check->failed;
}

static bool names_match(struct sch_check *check, const struct sch_type *reader,
                        const struct sch_type *writer)
{
    spend(check, reader->aliases.count);
    return sch_names_match(reader, writer);
}

/* -- enums and fixed */

static bool put_name(struct sch_check *check, struct sch_nameset *set, const char *name,
                     const void *value)
{
    if (sch_nameset_put(set, name, (void *)value, NULL) >= 0) {
        return true;
    }
    sch_check_fail(check, ERR_NO_MEMORY, "no memory to compare schemas");
    return false;
}

static bool has_symbol(const struct sch_type *reader, const struct sch_nameset *set,
                       const char *symbol)
{
    return set->count > 0 ? sch_nameset_get(set, symbol) != NULL
                          : sch_names_have(&reader->symbols, symbol);
}

static bool index_symbols(struct sch_check *check, const struct sch_type *reader,
                          struct sch_nameset *set)
{
    for (size_t i = 0; i < reader->symbols.count; i++) {
        if (!put_name(check, set, reader->symbols.items[i], reader)) {
            return false;
        }
    }
    return true;
}

/* set: of the reader's symbols, or empty yet. */
static bool report_symbols(struct sch_check *check, const struct sch_spot *at,
                           const struct sch_type *reader, const struct sch_type *writer,
                           struct sch_nameset *set)
{
    enum { SHOWN_BYTES = 40 };
    struct buf list = BUF_INIT;
    if (set->count == 0 && !index_symbols(check, reader, set)) {
        return false;
    }
    sch_names_list(&writer->symbols, set, SHOWN_BYTES, &list);
    if (buf_failed(&list)) {
        sch_check_fail(check, ERR_NO_MEMORY, "no memory to compare schemas");
    }
    struct sch_spot here = {.up = at, .key = "symbols"};
    sch_fault_put(check, &here, "MISSING_ENUM_SYMBOLS",
                  "reader enum %.*s has no default and lacks the writer's %s", CUT(reader->name),
                  buf_cstr(&list));
    buf_fini(&list);
    return false;
}

static bool symbols_readable(struct sch_check *check, const struct sch_type *reader,
                             const struct sch_type *writer, const struct sch_spot *at)
{
    if (reader->default_symbol >= 0 ||
        !spend(check, reader->symbols.count + writer->symbols.count)) {
        return true;
    }
    bool readable = true;
    struct sch_nameset set = {NULL, 0, 0};
    if (reader->symbols.count > MANY && !index_symbols(check, reader, &set)) {
        goto out;
    }
    for (size_t i = 0; readable && i < writer->symbols.count; i++) {
        readable = has_symbol(reader, &set, writer->symbols.items[i]);
    }
    if (!readable && at != NULL) {
        report_symbols(check, at, reader, writer, &set);
    }
out:
    sch_nameset_fini(&set);
    return readable;
}

static bool sizes_match(struct sch_check *check, const struct sch_type *reader,
                        const struct sch_type *writer, const struct sch_spot *at)
{
    if (reader->size == writer->size) {
        return true;
    }
    if (at == NULL) {
        return false;
    }
    struct sch_spot here = {.up = at, .key = "size"};
    return sch_fault_put(check, &here, "FIXED_SIZE_MISMATCH",
                         "reader fixed %.*s has %u bytes, the writer's %u", CUT(reader->name),
                         reader->size, writer->size);
}

/* -- records */

struct field_table {
    const struct sch_type *record;
    struct sch_nameset names; /* empty for few fields */
};

static const struct sch_field *find_field(const struct field_table *fields, const char *name)
{
    return fields->names.count > 0 ? sch_nameset_get(&fields->names, name)
                                   : sch_find_field(fields->record, name);
}

/* Given a writer that has two fields, one of the reader's name and one of its alias, then neither
 * can be chosen. The Java library throws. It also throws where an alias repeats the field's own
 * name, which is allowed here. */
static bool report_ambiguous(struct sch_check *check, const struct sch_spot *at,
                             const struct sch_field *field, const struct sch_type *writer,
                             const struct sch_field *const both[2])
{
    return sch_fault_put(check, at, "READER_FIELD_AMBIGUOUS",
                         "by its name and aliases reader field %.*s is both %.*s and %.*s of "
                         "writer record %.*s",
                         CUT(field->name), CUT(both[0]->name), CUT(both[1]->name),
                         CUT(writer->name));
}

static bool field_readable(struct sch_check *check, const struct sch_field *field,
                           const struct field_table *fields, const struct sch_spot *at)
{
    const struct sch_type *writer = fields->record;
    const struct sch_field *found = find_field(fields, field->name);
    spend(check, field->aliases.count + 1);
    for (size_t i = 0; i < field->aliases.count; i++) {
        const struct sch_field *other = find_field(fields, field->aliases.items[i]);
        if (other != NULL && found != NULL && other != found) {
            const struct sch_field *const both[2] = {found, other};
            return report_ambiguous(check, at, field, writer, both);
        }
        found = other != NULL ? other : found;
    }
    if (found != NULL) {
        struct sch_spot here = {.up = at, .key = "type"};
        return sch_check_pair(check, field->type, found->type, at != NULL ? &here : NULL);
    }
    if (field->default_bytes != NULL) {
        return true;
    }
    return sch_fault_put(check, at, "READER_FIELD_MISSING_DEFAULT_VALUE",
                         "writer record %.*s has no field %.*s, and the reader's has no default",
                         CUT(writer->name), CUT(field->name));
}

static bool fields_readable(struct sch_check *check, const struct sch_type *reader,
                            const struct sch_type *writer, const struct sch_spot *at)
{
    bool readable = true;
    struct field_table fields = {.record = writer};
    if (!spend(check, writer->field_count)) {
        return false;
    }
    for (size_t i = 0; writer->field_count > MANY && i < writer->field_count; i++) {
        if (!put_name(check, &fields.names, writer->fields[i].name, &writer->fields[i])) {
            goto out;
        }
    }
    struct sch_spot list = {.up = at, .key = "fields"};
    for (size_t i = 0; i < reader->field_count && !check->stop; i++) {
        struct sch_spot here = {.up = &list, .index = i};
        if (!field_readable(check, &reader->fields[i], &fields, at != NULL ? &here : NULL)) {
            readable = false;
            if (at == NULL) {
                break;
            }
        }
    }
out:
    sch_nameset_fini(&fields.names);
    return readable;
}

/* -- named types */

static bool contents_readable(struct sch_check *check, const struct sch_type *reader,
                              const struct sch_type *writer, const struct sch_spot *at)
{
    switch (reader->kind) {
    case SCH_RECORD: return fields_readable(check, reader, writer, at);
    case SCH_ENUM: return symbols_readable(check, reader, writer, at);
    default: return sizes_match(check, reader, writer, at);
    }
}

/* Reports another name and other contents alike, so that the author of the schema sees both. */
static bool report_pair(struct sch_check *check, uint32_t number, const struct sch_spot *at)
{
    struct sch_pair pair = check->pairs.items[number];
    check->pairs.items[number].state = SCH_PAIR_REPORTING;
    bool named = names_match(check, pair.reader, pair.writer) ||
                 sch_fault_names(check, at, pair.reader, pair.writer);
    bool readable = contents_readable(check, pair.reader, pair.writer, at) && named;
    check->pairs.items[number].state = readable ? SCH_PAIR_YES : SCH_PAIR_REPORTED;
    return readable;
}

static void forget_from(struct sch_pairs *pairs, uint32_t start)
{
    while (pairs->log_count > start) {
        pairs->items[pairs->log[--pairs->log_count]].state = SCH_PAIR_UNKNOWN;
    }
}

/* A yes may rely on assumptions that are still open. So it goes into the log, and an assumption
 * that proves wrong takes it out again. */
static bool probe_pair(struct sch_check *check, uint32_t number)
{
    struct sch_pairs *pairs = &check->pairs;
    struct sch_pair pair = pairs->items[number];
    uint32_t start = pairs->log_count;
    pairs->items[number].state = SCH_PAIR_ASSUMED;
    bool readable = contents_readable(check, pair.reader, pair.writer, NULL);
    bool used = pairs->items[number].state == SCH_PAIR_USED;
    pairs->items[number].state = readable ? SCH_PAIR_YES : SCH_PAIR_NO;
    if (readable) {
        pairs->log[pairs->log_count++] = number;
    } else if (used) {
        forget_from(pairs, start);
    }
    return readable;
}

/* Inside a union most branches only have another name; they make no pair. */
static bool check_new_pair(struct sch_check *check, const struct sch_type *reader,
                           const struct sch_type *writer, const struct sch_spot *at)
{
    if (at == NULL && !names_match(check, reader, writer)) {
        return false;
    }
    if (check->pairs.count >= SCH_MAX_PAIRS) {
        sch_check_fail(check, ERR_SCHEMA_TOO_LARGE,
                       "the schemas have too many pairs of types to compare");
        return false;
    }
    int64_t number = sch_pairs_add(&check->pairs, reader, writer);
    if (number < 0) {
        sch_check_fail(check, ERR_NO_MEMORY, "no memory to compare schemas");
        return false;
    }
    return at != NULL ? report_pair(check, (uint32_t)number, at)
                      : probe_pair(check, (uint32_t)number);
}

static bool named_readable(struct sch_check *check, const struct sch_type *reader,
                           const struct sch_type *writer, const struct sch_spot *at)
{
    int64_t number = sch_pairs_find(&check->pairs, reader, writer);
    if (number < 0) {
        return check_new_pair(check, reader, writer, at);
    }
    switch (check->pairs.items[number].state) {
    case SCH_PAIR_ASSUMED: check->pairs.items[number].state = SCH_PAIR_USED; return true;
    case SCH_PAIR_USED:
    case SCH_PAIR_YES:
    case SCH_PAIR_REPORTING: return true;
    case SCH_PAIR_REPORTED: return false;
    case SCH_PAIR_NO: return at != NULL && report_pair(check, (uint32_t)number, at);
    default:
        return at != NULL ? report_pair(check, (uint32_t)number, at)
                          : probe_pair(check, (uint32_t)number);
    }
}

/* -- unions, and everything */

static bool some_branch_reads(struct sch_check *check, const struct sch_type *reader,
                              const struct sch_type *writer)
{
    for (size_t i = 0; i < reader->branch_count && !check->stop; i++) {
        if (sch_check_pair(check, reader->branches[i], writer, NULL)) {
            return true;
        }
    }
    return false;
}

/* Each branch of the writer must be readable: by a branch of the reader's union, or by the reader
 * itself. */
static bool branches_readable(struct sch_check *check, const struct sch_type *reader,
                              const struct sch_type *writer, const struct sch_spot *at)
{
    bool readable = true;
    for (size_t i = 0; i < writer->branch_count && !check->stop; i++) {
        if (!sch_check_pair(check, reader, writer->branches[i], at)) {
            readable = false;
            if (at == NULL) {
                break;
            }
        }
    }
    return readable;
}

static bool pair_readable(struct sch_check *check, const struct sch_type *reader,
                          const struct sch_type *writer, const struct sch_spot *at)
{
    if (writer->kind == SCH_UNION) {
        return branches_readable(check, reader, writer, at);
    }
    if (reader->kind == SCH_UNION) {
        return some_branch_reads(check, reader, writer) ||
               sch_fault_branch(check, at, reader, writer);
    }
    if (reader->kind != writer->kind) {
        return sch_promotes(reader->kind, writer->kind) ||
               sch_fault_types(check, at, reader, writer);
    }
    if (reader->name != NULL) {
        return named_readable(check, reader, writer, at);
    }
    if (reader->items == NULL) {
        return true;
    }
    struct sch_spot here = {.up = at, .key = reader->kind == SCH_ARRAY ? "items" : "values"};
    return sch_check_pair(check, reader->items, writer->items, at != NULL ? &here : NULL);
}

bool sch_check_pair(struct sch_check *check, const struct sch_type *reader,
                    const struct sch_type *writer, const struct sch_spot *at)
{
    if (check->nested >= SCH_MAX_NESTED) {
        sch_check_fail(check, ERR_SCHEMA_TOO_LARGE, "the schemas nest too deeply to compare");
    }
    if (!spend(check, 1) || check->stop) {
        return false;
    }
    check->nested++;
    bool readable = pair_readable(check, reader, writer, at);
    check->nested--;
    return readable;
}
