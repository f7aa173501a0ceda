/* SPDX-License-Identifier: Apache-2.0
 * schema/print/attribute.c - the attributes that Avro does not define: in their order, or sorted
 * in the normal form. */
#include <stdlib.h>
#include <string.h>

#include "schema/print/printer_priv.h"

/* The rank of an attribute of a type, as Java keeps it; below 0: it is none. */
static int rank_type_key(const char *key, const void *context)
{
    static const char *const words[] = {"doc",       "fields",  "items",   "name",
                                        "namespace", "size",    "symbols", "values",
                                        "type",      "aliases", NULL};
    const struct sch_type *type = context;
    if (sch_source_is_among(key, words) ||
        (type->kind == SCH_ENUM && strcmp(key, "default") == 0)) {
        return -1;
    }
    return 0;
}

/* In the normal form a logical type that Java knows comes first, with its parameters. */
static int rank_normal_key(const char *key, const void *context)
{
    const struct sch_type *type = context;
    int rank = rank_type_key(key, context);
    if (rank < 0 || type->logical == SCH_LOGICAL_NONE || type->logical == SCH_DURATION) {
        return rank;
    }
    if (strcmp(key, "logicalType") == 0) {
        return 0;
    }
    if (type->logical == SCH_DECIMAL && strcmp(key, "precision") == 0) {
        return 1;
    }
    return type->logical == SCH_DECIMAL && type->scale > 0 && strcmp(key, "scale") == 0 ? 2 : 3;
}

static int rank_field_key(const char *key, const void *context)
{
    static const char *const words[] = {"default", "doc", "name", "order", "type", "aliases", NULL};
    (void)context;
    return sch_source_is_among(key, words) ? -1 : 0;
}

static void write_attributes(struct sch_printer *p, const json_t *json,
                             int (*rank)(const char *key, const void *context),
                             const struct sch_type *type)
{
    size_t count = 0;
    const char **keys = sch_print_keys(json, p->normal, rank, type, &count);
    if (keys == NULL) {
        p->out->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        buf_put_u8(p->out, ',');
        sch_print_quoted(p, keys[i]);
        buf_put_u8(p->out, ':');
        sch_print_json(json_object_get(json, keys[i]), p->normal, p->out);
    }
    free(keys);
}

void sch_print_type_attributes(struct sch_printer *p, const struct sch_type *type,
                               const json_t *json)
{
    write_attributes(p, json, p->normal ? rank_normal_key : rank_type_key, type);
}

void sch_print_field_attributes(struct sch_printer *p, const json_t *json)
{
    write_attributes(p, json, rank_field_key, NULL);
}
