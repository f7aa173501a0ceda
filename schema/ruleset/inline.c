/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/inline.c - what is written in the schema itself: "confluent:rules" of records and fields, and their
 * "confluent:tags".
 *
 * They belong to a record, and hold wherever an event has one: so each record is read once, in how many places it may stand. */
#include <stdio.h>
#include <string.h>

#include "schema/parse/source.h"
#include "schema/ruleset/reach_priv.h"
#include "schema/ruleset/reader_priv.h"

enum { MAX_NAME = 1024 };

struct walk {
    struct reader *r;
    const struct sch_source *source;
    const json_t *patterns; /* of the metadata: {pattern: [tag, …]} */
};

/* As it is called, if no other rule is: Confluent's clients take "notEmpty" at two fields for two rules. Else the name says where
 * it stands, as failures are counted by it. */
static const char *name_rule(const struct walk *w, const struct sch_type *record, const char *field,
                             const json_t *rule, size_t i, char made[MAX_NAME])
{
    const char *given = ruleset_text(rule, "name");
    if (*given != '\0' && !ruleset_has(w->r, SCH_ORIGIN_STRUCTURE, given)) {
        return given;
    }
    char number[32];
    snprintf(number, sizeof(number), "rule %zu", i + 1);
    snprintf(made, MAX_NAME, "%s of %.100s%s%.100s", *given != '\0' ? given : number, record->name,
             *field != '\0' ? "." : "", field);
    return made;
}

/* name: a field's of the record; "" the record itself. */
static int read_rules(struct walk *w, const struct sch_type *record, const char *name,
                      const json_t *rules)
{
    const json_t *json;
    size_t i;
    json_array_foreach((json_t *)rules, i, json)
    {
        char made[MAX_NAME];
        const struct sch_rule rule = {.kind = SCH_RULE_INLINE,
                                      .name = name_rule(w, record, name, json, i, made),
                                      .doc = ruleset_text(json, "doc"),
                                      .expr = ruleset_text(json, "expr"),
                                      .record = record->name,
                                      .field = name,
                                      .re2 = true};
        if ((*rule.expr == '\0' ? ruleset_leave(w->r, rule.name, "it has no expression in CEL")
                                : ruleset_add(w->r, &rule)) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Of the field's own attribute, and of each pattern that its full name matches. */
static int read_tags(struct walk *w, const struct sch_type *record, const char *name,
                     const json_t *field)
{
    char full_name[MAX_NAME];
    snprintf(full_name, sizeof(full_name), "%s.%s", record->name, name);
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
    int rc = json_array_size(tags) > 0 ? ruleset_tag(w->r, record->name, name, tags) : 0;
    json_decref(tags);
    return rc;
}

static int read_record(struct walk *w, const struct sch_type *record)
{
    const json_t *json = w->source->definitions[record->number];
    const json_t *fields = json_object_get(json, "fields");
    int rc = read_rules(w, record, "", json_object_get(json, "confluent:rules"));
    for (size_t i = 0; rc == 0 && i < record->field_count; i++) {
        const char *name = record->fields[i].name;
        const json_t *field = json_array_get(fields, i);
        rc = read_rules(w, record, name, json_object_get(field, "confluent:rules")) < 0 ||
                     read_tags(w, record, name, field) < 0
                 ? -1
                 : 0;
    }
    return rc;
}

int ruleset_read_inline(struct reader *r, const struct sch_schema *schema, const json_t *metadata)
{
    struct sch_source source = {0};
    struct walk walk = {.r = r, .source = &source, .patterns = json_object_get(metadata, "tags")};
    struct arena types = ARENA_INIT;
    struct reach reach = {.count = 0};
    int rc = sch_source_load(schema, &source, r->err);
    if (rc == 0 && ruleset_reach(schema, &types, &reach) < 0) {
        rc = ruleset_no_memory(r);
    }
    for (size_t i = 0; rc == 0 && i < reach.count; i++) {
        if (reach.list[i].type->kind == SCH_RECORD) {
            rc = read_record(&walk, reach.list[i].type);
        }
    }
    arena_fini(&types);
    sch_source_fini(&source);
    return rc;
}
