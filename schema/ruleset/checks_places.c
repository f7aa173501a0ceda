/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/checks_places.c - where a rule stands in a structure.
 *
 * The structure's own rules belong to a record, and hold for each one that an event has: in a field, in lists and maps, in a union,
 * within another of its kind. Confluent's clients walk the event likewise. A contract's rules have a path. */
#include "schema/ruleset/compile_priv.h"

/* Of all `leads` of a structure: a stranger's may have thousands of records. */
enum { MAX_LEADS_BYTES = 16 * 1024 * 1024 };

int checks_places_begin(struct compiling *c)
{
    size_t most = sch_type_count(c->out->schema);
    c->leads = arena_calloc(&c->types, most, sizeof(*c->leads));
    return c->leads != NULL ? ruleset_reach(c->out->schema, &c->types, &c->reach) : -1;
}

static int leads_to(struct compiling *c, const struct sch_rule *rule, const struct sch_type *record,
                    const uint8_t **leads)
{
    const uint8_t **known = &c->leads[record->number];
    if (*known == NULL) {
        c->leads_bytes += reach_bits_bytes(&c->reach);
        if (c->leads_bytes > MAX_LEADS_BYTES) {
            return err_set(c->err, ERR_KIND_FATAL, ERR_BAD_RULE,
                           "rule %.100s: rules stand at too many records of so large a structure",
                           rule->name);
        }
        *known = ruleset_reach_leads(&c->reach, record, &c->out->arena);
    }
    *leads = *known;
    return *known != NULL ? 0 : checks_no_memory(c);
}

static bool add_step(struct place *place, enum step_kind kind, const struct sch_type *type,
                     size_t field)
{
    if (place->step_count == MAX_STEPS) {
        return false;
    }
    place->steps[place->step_count++] =
        (struct step){.kind = kind, .type = type, .field = (uint32_t)field};
    return true;
}

/* All records of the type that an event has. */
static int at_record(struct compiling *c, const struct sch_rule *rule,
                     const struct sch_type *record, struct place *place)
{
    *place = (struct place){
        .record = record, .type = record, .path = ruleset_reach_path(&c->reach, record, &c->types)};
    if (place->path == NULL) {
        return checks_no_memory(c);
    }
    if (record == sch_root(c->out->schema) && c->reach.list[0].edges == 0) {
        return 0; /* the event itself, and nothing within it */
    }
    add_step(place, STEP_RECORD, record, 0);
    return leads_to(c, rule, record, &place->steps[0].leads);
}

static int at_field(struct compiling *c, const struct place *record, size_t i, struct place *place)
{
    *place = *record;
    place->field = &record->type->fields[i];
    place->type = place->field->type;
    place->path = arena_printf(&c->types, "%s/%s", record->path, place->field->name);
    add_step(place, STEP_FIELD, record->type, i);
    return place->path != NULL ? 0 : checks_no_memory(c);
}

/* ---- CEL_FIELD ---- */

static bool has_tag(const struct sch_ruleset *set, const struct sch_rule *rule,
                    const struct place *place)
{
    for (size_t i = 0; rule->tag_count > 0 && i < set->field_count; i++) {
        const struct sch_field_tags *tags = &set->fields[i];
        for (size_t k = 0; checks_is_tags_of(tags, place) && k < tags->count; k++) {
            for (size_t n = 0; n < rule->tag_count; n++) {
                if (strcmp(rule->tags[n], tags->tags[k]) == 0) {
                    return true;
                }
            }
        }
    }
    return rule->tag_count == 0;
}

/* The branch beside null; another type is its own. */
static const struct sch_type *beside_null(const struct sch_type *type)
{
    const struct sch_type *only = type;
    size_t values = 0;
    for (size_t i = 0; i < type->branch_count; i++) {
        bool is_null = type->branches[i]->kind == SCH_NULL;
        only = is_null ? only : type->branches[i];
        values += !is_null;
    }
    return values == 1 ? only : type;
}

/* Each primitive value in the field: itself, an item, a union's branch. What is within a record is that one's. */
static int compile_values(struct compiling *c, const struct sch_rule *rule,
                          const struct place *field, const struct sch_type *type, const char *path)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < type->branch_count; i++) {
        rc = compile_values(c, rule, field, type->branches[i], path);
    }
    if (rc == 0 && type->items != NULL) {
        const char *of_item = arena_printf(&c->types, "%s/*", path);
        rc = of_item == NULL ? checks_no_memory(c)
                             : compile_values(c, rule, field, type->items, of_item);
    }
    if (rc < 0 || type->kind == SCH_NULL || type->kind > SCH_STRING) {
        return rc;
    }
    struct place place = *field;
    place.type = type;
    place.path = path;
    if (type != beside_null(field->type)) {
        add_step(&place, STEP_VALUE, type, 0);
    }
    return checks_compile_at(c, rule, &place);
}

static int compile_fields(struct compiling *c, const struct sch_rule *rule,
                          const struct sch_type *record)
{
    struct place at;
    int rc = at_record(c, rule, record, &at);
    for (size_t i = 0; rc == 0 && i < record->field_count; i++) {
        struct place field;
        rc = at_field(c, &at, i, &field);
        if (rc == 0 && has_tag(c->ruleset, rule, &field)) {
            rc = compile_values(c, rule, &field, field.type, field.path);
        }
    }
    return rc;
}

static int compile_all_fields(struct compiling *c, const struct sch_rule *rule)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < c->reach.count; i++) {
        const struct sch_type *type = c->reach.list[i].type;
        rc = type->kind == SCH_RECORD ? compile_fields(c, rule, type) : 0;
    }
    return rc;
}

/* ---- what stands in the schema itself ---- */

static int compile_inline(struct compiling *c, const struct sch_rule *rule)
{
    for (size_t i = 0; i < c->reach.count; i++) {
        const struct sch_type *type = c->reach.list[i].type;
        struct place record;
        struct place field;
        if (type->kind != SCH_RECORD || strcmp(type->name, rule->record) != 0) {
            continue;
        }
        if (at_record(c, rule, type, &record) < 0) {
            return -1;
        }
        if (*rule->field == '\0') {
            return checks_compile_at(c, rule, &record);
        }
        const struct sch_field *found = sch_find_field(type, rule->field);
        return found == NULL ? 0
               : at_field(c, &record, (size_t)(found - type->fields), &field) < 0
                   ? -1
                   : checks_compile_at(c, rule, &field);
    }
    return 0;
}

/* ---- a contract's path ---- */

/* A contract may have been written for another structure. */
static int no_such_place(struct compiling *c, const struct sch_rule *rule)
{
    return c->strict
               ? err_set(c->err, ERR_KIND_FATAL, ERR_BAD_RULE,
                         "rule %.100s: the structure has no field %.200s", rule->name, rule->path)
               : checks_leave(c, rule, rule->path, "the structure has no such field");
}

/* The record that the type is, or that its lists, maps and unions have: the first with the field, if one is wanted. */
static const struct sch_type *record_in(const struct sch_type *type, const char *field)
{
    const struct sch_type *found = NULL;
    if (type->kind == SCH_RECORD) {
        return field == NULL || sch_find_field(type, field) != NULL ? type : NULL;
    }
    for (size_t i = 0; found == NULL && i < type->branch_count; i++) {
        found = record_in(type->branches[i], field);
    }
    return found == NULL && type->items != NULL ? record_in(type->items, field) : found;
}

/* One step of a path; false: the structure has no such one. */
static bool follow(struct place *place, const char *name)
{
    if (strcmp(name, "*") == 0) {
        const struct sch_type *list = beside_null(place->type);
        place->type = list->items;
        return list->items != NULL && add_step(place, STEP_VALUE, list->items, 0);
    }
    const struct sch_type *record = record_in(place->type, name);
    if (record == NULL) {
        return false;
    }
    place->record = record;
    place->field = sch_find_field(record, name);
    place->type = place->field->type;
    return add_step(place, STEP_FIELD, record, (size_t)(place->field - record->fields));
}

/* "/address/zip" */
static int compile_path(struct compiling *c, const struct sch_rule *rule)
{
    const struct sch_type *root = sch_root(c->out->schema);
    struct place place = {.record = root, .type = root, .path = rule->path};
    for (const char *p = rule->path; *p == '/';) {
        size_t len = strcspn(p + 1, "/");
        char name[512];
        if (len >= sizeof(name)) {
            return no_such_place(c, rule);
        }
        memcpy(name, p + 1, len);
        name[len] = '\0';
        if (!follow(&place, name)) {
            return no_such_place(c, rule);
        }
        p += 1 + len;
    }
    if (rule->of_record && place.type->kind != SCH_RECORD) {
        place.type = record_in(place.type, NULL);
        if (place.type == NULL || !add_step(&place, STEP_VALUE, place.type, 0)) {
            return no_such_place(c, rule);
        }
    }
    return checks_compile_at(c, rule, &place);
}

int checks_compile_rule(struct compiling *c, const struct sch_rule *rule)
{
    switch (rule->kind) {
    case SCH_RULE_FIELD: return compile_all_fields(c, rule);
    case SCH_RULE_INLINE:
        return rule->origin == SCH_ORIGIN_CONTRACT ? compile_path(c, rule)
                                                   : compile_inline(c, rule);
    case SCH_RULE_MESSAGE: break;
    }
    const struct sch_type *root = sch_root(c->out->schema);
    const struct place event = {.record = root, .type = root, .path = ""};
    return checks_compile_at(c, rule, &event);
}
