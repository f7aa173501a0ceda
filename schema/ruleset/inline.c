/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/inline.c - what is written in the schema itself: "confluent:rules" of records and fields, and their
 * "confluent:tags".
 *
 * The walk goes through records and what may be null; rules within an array or a map, or within a record that holds itself, are
 * left: the way to a value is fixed when a rule is compiled. */
#include <stdio.h>
#include <string.h>

#include "schema/parse/source.h"
#include "schema/ruleset/reader_priv.h"

enum { MAX_LEVELS = 16, MAX_PATH = 1024 };

struct walk {
    struct reader *r;
    const struct sch_source *source;
    const json_t *patterns;                    /* of the metadata: {pattern: [tag, …]} */
    const struct sch_type *around[MAX_LEVELS]; /* the records that the walk is in */
    size_t levels;
    bool is_fixed; /* no array or map on the way */
};

static int read_rules(struct walk *w, const json_t *rules, const char *path)
{
    const json_t *json;
    size_t i;
    json_array_foreach((json_t *)rules, i, json)
    {
        char named[MAX_PATH + 64];
        const char *name = ruleset_text(json, "name");
        snprintf(named, sizeof(named), "rule %zu of %s", i + 1, *path != '\0' ? path : "the event");
        const struct sch_rule rule = {.kind = SCH_RULE_INLINE,
                                      .name = *name != '\0' ? name : named,
                                      .doc = ruleset_text(json, "doc"),
                                      .expr = ruleset_text(json, "expr"),
                                      .path = path,
                                      .re2 = true};
        const char *why = !w->is_fixed
                              ? "it stands within an array, a map or a record that holds itself"
                          : rule.expr[0] == '\0' ? "it has no expression in CEL"
                                                 : NULL;
        if ((why != NULL ? ruleset_leave(w->r, rule.name, why) : ruleset_add(w->r, &rule)) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Of the field's own attribute, and of each pattern that its full name matches. */
static int read_tags(struct walk *w, const json_t *field, const char *full_name, const char *path)
{
    json_t *tags = json_array();
    const char *pattern;
    json_t *more;
    if (tags == NULL) {
        return ruleset_no_memory(w->r);
    }
    json_array_extend(tags, json_object_get(field, "confluent:tags"));
    json_object_foreach((json_t *)w->patterns, pattern, more)
    {
        if (sch_wildcard_matches(pattern, full_name)) {
            json_array_extend(tags, more);
        }
    }
    int rc = json_array_size(tags) > 0 ? ruleset_tag(w->r, path, tags) : 0;
    json_decref(tags);
    return rc;
}

static int walk_type(struct walk *w, const struct sch_type *type, const char *path);

static int walk_field(struct walk *w, const struct sch_type *record, size_t i, const json_t *json,
                      const char *path)
{
    char longer[MAX_PATH];
    char full_name[MAX_PATH];
    const struct sch_field *field = &record->fields[i];
    if (snprintf(longer, sizeof(longer), "%s/%s", path, field->name) >= (int)sizeof(longer)) {
        return 0; /* no rule is that deep: MAX_LEVELS names of a schema */
    }
    snprintf(full_name, sizeof(full_name), "%s.%s", record->name, field->name);
    return read_rules(w, json_object_get(json, "confluent:rules"), longer) < 0 ||
                   read_tags(w, json, full_name, longer) < 0 ||
                   walk_type(w, field->type, longer) < 0
               ? -1
               : 0;
}

static int walk_record(struct walk *w, const struct sch_type *record, const char *path)
{
    const json_t *json = w->source->definitions[record->number];
    for (size_t i = 0; i < w->levels; i++) {
        if (w->around[i] == record) {
            return 0;
        }
    }
    if (json == NULL || w->levels == MAX_LEVELS) {
        return 0;
    }
    if (read_rules(w, json_object_get(json, "confluent:rules"), path) < 0) {
        return -1;
    }
    w->around[w->levels++] = record;
    const json_t *fields = json_object_get(json, "fields");
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < record->field_count; i++) {
        rc = walk_field(w, record, i, json_array_get(fields, i), path);
    }
    w->levels--;
    return rc;
}

static int walk_type(struct walk *w, const struct sch_type *type, const char *path)
{
    bool was_fixed = w->is_fixed;
    int rc = 0;
    if (type->kind == SCH_RECORD) {
        return walk_record(w, type, path);
    }
    if (type->kind == SCH_ARRAY || type->kind == SCH_MAP) {
        w->is_fixed = false;
        rc = walk_type(w, type->items, path);
    }
    for (size_t i = 0; rc == 0 && type->kind == SCH_UNION && i < type->branch_count; i++) {
        w->is_fixed = was_fixed && type->branch_count <= 2;
        rc = walk_type(w, type->branches[i], path);
    }
    w->is_fixed = was_fixed;
    return rc;
}

int ruleset_read_inline(struct reader *r, const struct sch_schema *schema, const json_t *metadata)
{
    struct sch_source source = {0};
    struct walk walk = {
        .r = r, .source = &source, .patterns = json_object_get(metadata, "tags"), .is_fixed = true};
    int rc = sch_source_load(schema, &source, r->err);
    rc = rc == 0 ? walk_type(&walk, sch_root(schema), "") : rc;
    sch_source_fini(&source);
    return rc;
}
