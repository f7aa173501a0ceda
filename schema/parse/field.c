/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/field.c - the fields of a record but their types (Avro 1.11, "Records").
 *
 * A field's alias may be any text: the name may come from a system with other rules than Avro's.
 * Stricter than the specification in one thing: an alias must not be the name or an alias of
 * another field of the same record, because resolution would then depend on the order of the
 * aliases. Defaults are default.c's. */
#include <string.h>
#include <strings.h>

#include "schema/parse/parser_priv.h"

static int read_field_name(struct sch_parser *p, struct sch_field *field, const json_t *json,
                           const struct sch_place *at)
{
    const json_t *name = json_object_get(json, "name");
    if (name == NULL) {
        return sch_refuse(p, at, "a field has no \"name\"");
    }
    struct sch_place here = sch_member(at, "name");
    const char *text = json_string_value(name);
    if (text == NULL || !sch_is_name(text)) {
        return sch_refuse(p, &here, "\"%s\" is not a field name (" SCH_NAME_RULE ")",
                          text != NULL ? sch_shorten(p, text) : "");
    }
    field->name = sch_strdup(p, text);
    return field->name != NULL ? 0 : -1;
}

/* Nothing sorts by the order, but a misspelt one is a mistake in the schema. */
static int check_order(struct sch_parser *p, const json_t *json, const struct sch_place *at)
{
    const json_t *order = json_object_get(json, "order");
    const char *text = json_string_value(order);
    if (order == NULL || (text != NULL && (strcasecmp(text, "ascending") == 0 ||
                                           strcasecmp(text, "descending") == 0 ||
                                           strcasecmp(text, "ignore") == 0))) {
        return 0;
    }
    struct sch_place here = sch_member(at, "order");
    return sch_refuse(p, &here, "an order is \"ascending\", \"descending\" or \"ignore\"");
}

int sch_read_field(struct sch_parser *p, struct sch_field *field, const json_t *json,
                   const struct sch_place *at)
{
    if (!json_is_object(json)) {
        return sch_refuse(p, at, "a field is an object");
    }
    if (read_field_name(p, field, json, at) != 0 ||
        sch_read_aliases(p, &field->aliases, json, NULL, at) != 0) {
        return -1;
    }
    return check_order(p, json, at);
}

static int put_unique(struct sch_parser *p, struct sch_nameset *set, const char *name,
                      const struct sch_field *field, const struct sch_place *at)
{
    void *existing = NULL;
    int put = sch_nameset_put(set, name, (void *)field, &existing);
    if (put < 0) {
        return sch_no_memory(p);
    }
    if (put > 0 && existing != field) {
        return sch_refuse(p, at, "\"%s\" is the name or an alias of another field",
                          sch_shorten(p, name));
    }
    return 0;
}

/* Names go first: the error then names the alias, not the field of the same name. */
int sch_check_field_names(struct sch_parser *p, const struct sch_type *record,
                          const struct sch_place *at)
{
    int rc = -1;
    struct sch_nameset set = {NULL, 0, 0};
    for (size_t i = 0; i < record->field_count; i++) {
        struct sch_place element = sch_element(at, i);
        struct sch_place here = sch_member(&element, "name");
        if (put_unique(p, &set, record->fields[i].name, &record->fields[i], &here) != 0) {
            goto out;
        }
    }
    for (size_t i = 0; i < record->field_count; i++) {
        struct sch_place element = sch_element(at, i);
        struct sch_place list = sch_member(&element, "aliases");
        const struct sch_field *field = &record->fields[i];
        for (size_t j = 0; j < field->aliases.count; j++) {
            struct sch_place here = sch_element(&list, j);
            if (put_unique(p, &set, field->aliases.items[j], field, &here) != 0) {
                goto out;
            }
        }
    }
    rc = 0;
out:
    sch_nameset_fini(&set);
    return rc;
}
