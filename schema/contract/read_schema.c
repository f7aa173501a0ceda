/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/read_schema.c - the dataset and its properties.
 *
 * `schema` has one object, which is the dataset; its name is the dataset's, with the agency's. Properties within others follow
 * them, with their path. */
#include <string.h>

#include "schema/contract/reader_priv.h"
#include "schema/contract/shape_priv.h"

enum { PATH_BYTES = 2000 };

static const char *const property_customs[] = {"necessity", "legalBasis", "consent", NULL};
static const char *const object_customs[] = {NULL};

/* moh.births: the agency's code and the dataset's name, as the catalogue takes them. */
static bool is_dataset(const char *name)
{
    const char *allowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t agency = strspn(name, allowed);
    if (agency == 0 || agency > 31 || name[agency] != '.' || *name < 'a' || *name > 'z') {
        return false;
    }
    const char *dataset = name + agency + 1;
    size_t len = strspn(dataset, allowed);
    return len > 0 && len <= 41 && dataset[len] == '\0' && *dataset >= 'a' && *dataset <= 'z';
}

static void find_object(struct reader *r)
{
    const struct yaml_node *schema = yaml_member(r->root, "schema");
    const struct yaml_node *at = schema != NULL ? schema : r->root;
    if (schema == NULL || schema->kind != YAML_LIST || schema->count != 1) {
        finding_error(r->findings, at,
                      "schema has one object: the dataset that the contract is for");
        return;
    }
    r->object = schema->first;
    const struct yaml_node *name = yaml_member(r->object, "name");
    r->contract->dataset = reader_text(r, r->object, "name", SCH_CONTRACT_TEXT_BYTES);
    if (name != NULL && !is_dataset(r->contract->dataset)) {
        finding_error(r->findings, name,
                      "the object's name is the dataset's, AGENCY.DATASET in small letters, such "
                      "as moh.births, not " SHOWN,
                      r->contract->dataset);
    }
}

/* ---- properties ---- */

static void check_twice(struct reader *r, const struct sch_property *property,
                        const struct yaml_node *node)
{
    const struct sch_contract *c = r->contract;
    for (size_t i = 0; i + 1 < c->property_count; i++) {
        if (strcmp(c->properties[i].path, property->path) == 0) {
            finding_error(r->findings, yaml_member(node, "name"),
                          "the property " SHOWN " is there already, in line %u", property->path,
                          c->properties[i].line);
            return;
        }
    }
}

/* Another property; NULL: there are too many, or memory is out. */
static struct sch_property *add(struct reader *r, const struct yaml_node *node)
{
    struct sch_contract *c = r->contract;
    size_t n = c->property_count;
    if (n >= SCH_MAX_PROPERTIES) {
        if (n == SCH_MAX_PROPERTIES) {
            finding_error(r->findings, node, "a contract has at most %d properties",
                          SCH_MAX_PROPERTIES);
        }
        return NULL;
    }
    struct sch_property *grown = arena_push(r->arena, c->properties, n, sizeof(*grown));
    const struct yaml_node **nodes = arena_push(r->arena, r->property_nodes, n, sizeof(*nodes));
    if (grown == NULL || nodes == NULL) {
        r->failed = true;
        return NULL;
    }
    c->properties = grown;
    r->property_nodes = nodes;
    nodes[n] = node;
    c->property_count++;
    return memset(&grown[n], 0, sizeof(*grown));
}

static void read_properties(struct reader *r, const struct yaml_node *list, int32_t parent);

/* What stands within a property: of an object, of a list's items, of a map's values. */
static void read_within(struct reader *r, const struct yaml_node *node, int32_t parent)
{
    const struct yaml_node *items = yaml_member(node, "items");
    const struct yaml_node *value = yaml_member(yaml_member(node, "map"), "value");
    read_properties(r, yaml_member(node, "properties"), parent);
    if (items != NULL) {
        read_within(r, items, parent);
    }
    if (value != NULL) {
        read_within(r, value, parent);
    }
}

static void read_property(struct reader *r, const struct yaml_node *node, int32_t parent)
{
    struct sch_property *p = add(r, node);
    if (p == NULL) {
        return;
    }
    int32_t index = (int32_t)r->contract->property_count - 1;
    p->parent = parent;
    p->line = node->line;
    p->column = node->column;
    p->name = reader_text(r, node, "name", SCH_CONTRACT_TEXT_BYTES);
    p->logical_type = reader_text(r, node, "logicalType", SCH_CONTRACT_TEXT_BYTES);
    p->physical_type = reader_text(r, node, "physicalType", SCH_CONTRACT_TEXT_BYTES);
    p->business_name = reader_text(r, node, "businessName", SCH_CONTRACT_TEXT_BYTES);
    p->description = reader_text(r, node, "description", 4000);
    p->classification = reader_text(r, node, "classification", SCH_CONTRACT_TEXT_BYTES);
    p->is_required = reader_flag(node, "required");
    p->is_unique = reader_flag(node, "unique");
    p->necessity = p->legal_basis = p->consent = "";
    const char *within = parent >= 0 ? r->contract->properties[parent].path : "";
    p->path = "";
    if (strlen(within) > PATH_BYTES) {
        finding_error(r->findings, node, "the path of a property has at most %d bytes", PATH_BYTES);
        return;
    }
    p->path = arena_printf(r->arena, "%s/%s", within, p->name);
    if (p->path == NULL) {
        r->failed = true;
        return;
    }
    reader_custom_check(r, node, property_customs);
    if (*p->name != '\0') {
        check_twice(r, p, node);
    }
    read_within(r, node, index);
}

static void read_properties(struct reader *r, const struct yaml_node *list, int32_t parent)
{
    const struct yaml_node *item = list != NULL && list->kind == YAML_LIST ? list->first : NULL;
    for (; item != NULL && !r->failed; item = item->next) {
        read_property(r, item, parent);
    }
}

void read_schema(struct reader *r)
{
    struct sch_contract *c = r->contract;
    c->dataset = c->order_field = c->event_time_field = c->sequence_field = "";
    find_object(r);
    if (r->object == NULL) {
        return;
    }
    const struct yaml_node *list = yaml_member(r->object, "properties");
    reader_custom_check(r, r->object, object_customs);
    read_properties(r, list, -1);
    if (c->property_count == 0) {
        finding_error(r->findings, list != NULL ? list : r->object,
                      "the dataset has properties: its fields");
    }
}

int32_t sch_contract_field(const struct sch_contract *contract, const char *name)
{
    for (size_t i = 0; i < contract->property_count; i++) {
        if (contract->properties[i].parent < 0 && strcmp(contract->properties[i].name, name) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}
