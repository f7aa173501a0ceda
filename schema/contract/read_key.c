/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/read_key.c - which properties have a part: the key, the order, the event's time, personal data.
 *
 * primaryKeyPosition is the standard's: it counts from 1, and -1 is no position. Of one key field it may be left out. */
#include <string.h>

#include "schema/contract/reader_priv.h"
#include "schema/contract/shape_priv.h"

static void read_position(struct reader *r, size_t index)
{
    struct sch_contract *c = r->contract;
    const struct yaml_node *node = r->property_nodes[index];
    const struct yaml_node *given = yaml_member(node, "primaryKeyPosition");
    long long position = -1;
    bool is_key = reader_flag(node, "primaryKey");
    if (given != NULL && !shape_is_integer(given, &position)) {
        return;
    }
    if (is_key && c->properties[index].parent >= 0) {
        finding_error(r->findings, yaml_member(node, "primaryKey"),
                      "a field of the key stands in the row itself, not within another");
    } else if (!is_key && position != -1) {
        finding_error(r->findings, given,
                      "primaryKeyPosition is of a property with primaryKey: true");
    } else if (is_key && given != NULL && (position < 1 || position > SCH_MAX_KEY_FIELDS)) {
        finding_error(r->findings, given, "primaryKeyPosition is from 1 to %d", SCH_MAX_KEY_FIELDS);
    } else if (is_key) {
        c->properties[index].key_position = given != NULL ? (int)position : -1;
    }
}

/* The positions are 1, 2 …, each once. */
static void order_key(struct reader *r, const struct yaml_node *at)
{
    struct sch_contract *c = r->contract;
    size_t found = 0;
    for (size_t i = 0; i < c->property_count; i++) {
        found += c->properties[i].key_position != 0;
    }
    for (size_t i = 0; i < c->property_count; i++) {
        struct sch_property *p = &c->properties[i];
        if (p->key_position == -1 && found == 1) {
            p->key_position = 1;
        }
        for (size_t k = 0; p->key_position > 0 && k < c->property_count; k++) {
            if (k < i && c->properties[k].key_position == p->key_position) {
                finding_error(r->findings, yaml_member(r->property_nodes[i], "primaryKeyPosition"),
                              "the position %d is %s's already", p->key_position,
                              c->properties[k].name);
                return;
            }
        }
        if (p->key_position == -1 || p->key_position > (int)found) {
            finding_error(r->findings, r->property_nodes[i],
                          "each of the key's %zu fields has a primaryKeyPosition, from 1 to %zu",
                          found, found);
            return;
        }
        if (p->key_position > 0) {
            c->key[p->key_position - 1] = (int32_t)i;
        }
    }
    c->key_count = found;
    if (found == 0) {
        finding_error(r->findings, at, "the dataset has a key: a property with primaryKey: true");
    }
}

/* A custom property that names a field of the row. */
static const char *read_field(struct reader *r, const char *name)
{
    const struct yaml_node *value = reader_custom(r->root, name);
    const char *field = reader_value(r, value, name, SCH_CONTRACT_TEXT_BYTES);
    if (value != NULL && *field == '\0') {
        finding_error(r->findings, value, "%s names a property", name);
    } else if (value != NULL && sch_contract_field(r->contract, field) < 0) {
        finding_error(r->findings, value, "%s is " SHOWN ", and there is no such property", name,
                      field);
    }
    return field;
}

/* The agency's own sequence: a field of whole numbers, and where it begins. */
static void read_sequence(struct reader *r)
{
    struct sch_contract *c = r->contract;
    const struct yaml_node *from = reader_custom(r->root, "sequenceFrom");
    c->sequence_field = read_field(r, "sequenceField");
    int32_t field = *c->sequence_field != '\0' ? sch_contract_field(c, c->sequence_field) : -1;
    if (field >= 0 && strcmp(c->properties[field].logical_type, "integer") != 0) {
        finding_error(r->findings, reader_custom(r->root, "sequenceField"),
                      "sequenceField is " SHOWN ", which is no field of logicalType integer",
                      c->sequence_field);
    }
    long long number = 0;
    if (from == NULL) {
        return;
    }
    if (!shape_is_integer(from, &number)) {
        finding_error(r->findings, from, "sequenceFrom is the whole number that is counted from");
    } else if (*c->sequence_field == '\0') {
        finding_error(r->findings, from, "sequenceFrom is of a contract with sequenceField");
    }
    c->has_sequence_from = true;
    c->sequence_from = number;
}

void read_key(struct reader *r)
{
    struct sch_contract *c = r->contract;
    size_t keys = 0;
    c->order_field = read_field(r, "orderField");
    c->event_time_field = read_field(r, "eventTimeField");
    read_sequence(r);
    for (size_t i = 0; i < c->property_count; i++) {
        read_position(r, i);
        keys += c->properties[i].key_position != 0;
    }
    if (keys > SCH_MAX_KEY_FIELDS) {
        finding_error(r->findings, r->object, "a key has at most %d fields, not %zu",
                      SCH_MAX_KEY_FIELDS, keys);
    } else if (c->property_count > 0) {
        order_key(r, r->object);
    }
}

/* ---- personal data (PDP-1.3, 1.4) ---- */

static const char *const classifications[] = {"public", "internal", "restricted", "confidential",
                                              "secret", "personal", "sensitive",  NULL};

static void check_classification(struct reader *r, const struct yaml_node *node, const char *word)
{
    size_t at = 0;
    while (classifications[at] != NULL && strcmp(classifications[at], word) != 0) {
        at++;
    }
    if (classifications[at] == NULL) {
        finding_error(r->findings, yaml_member(node, "classification"),
                      "classification is public, internal, restricted, confidential or secret; of "
                      "personal data it is personal or sensitive; not " SHOWN,
                      word);
    }
}

static const char *custom_of(struct reader *r, const struct yaml_node *node, const char *name)
{
    const struct yaml_node *value = reader_custom(node, name);
    if (value != NULL && (value->kind != YAML_VALUE || yaml_is_null(value))) {
        finding_error(r->findings, value, "%s is a text, not %s", name, shape_kind_of(value));
    }
    return reader_value(r, value, name, 4000);
}

static void read_person(struct reader *r, size_t index)
{
    struct sch_property *p = &r->contract->properties[index];
    const struct yaml_node *node = r->property_nodes[index];
    if (*p->classification != '\0') {
        check_classification(r, node, p->classification);
    }
    p->is_personal =
        strcmp(p->classification, "personal") == 0 || strcmp(p->classification, "sensitive") == 0;
    p->necessity = custom_of(r, node, "necessity");
    p->legal_basis = custom_of(r, node, "legalBasis");
    p->consent = custom_of(r, node, "consent");
    if (p->is_personal && *p->necessity == '\0') {
        finding_error(r->findings, node,
                      "%s is personal data: the custom property necessity says what it is needed "
                      "for (PDP-1.4)",
                      p->name);
    }
    if (p->is_personal && *p->legal_basis == '\0' && *p->consent == '\0') {
        finding_error(r->findings, node,
                      "%s is personal data: a custom property legalBasis or consent says by what "
                      "right (PDP-1.3)",
                      p->name);
    }
}

void read_personal(struct reader *r)
{
    struct sch_contract *c = r->contract;
    bool any = false;
    for (size_t i = 0; i < c->property_count; i++) {
        read_person(r, i);
        any |= c->properties[i].is_personal;
    }
    if (any && reader_custom(r->root, "controller") == NULL) {
        finding_error(r->findings, r->root,
                      "the contract has personal data: the custom property controller names who "
                      "answers for it (PDP-1.1)");
    }
}
