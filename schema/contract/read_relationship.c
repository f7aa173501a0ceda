/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/read_relationship.c - which values must be there in another dataset.
 *
 * A reference is AGENCY.DATASET.FIELD. Of the dataset's relationships `from` names its own fields in the same way, or as
 * DATASET.FIELD is not taken: the agency is said. */
#include <stdlib.h>
#include <string.h>

#include "schema/contract/reader_priv.h"
#include "schema/contract/shape_priv.h"

enum { RELATIONSHIPS_MAX = 200, DAYS_MAX_S = 366 * 86400 };

static const char *const customs[] = {"gracePeriod", "severity", "name", NULL};

/* Where the field begins in "moci.companies.cr_no": behind the second dot, and no third; NULL otherwise. */
static const char *field_in(const char *reference)
{
    const char *dot = strchr(reference, '.');
    dot = dot != NULL ? strchr(dot + 1, '.') : NULL;
    return dot != NULL && strchr(dot + 1, '.') == NULL ? dot + 1 : NULL;
}

/* The dataset part; NULL: it is no reference, which is told. */
static const char *take_reference(struct reader *r, const struct yaml_node *node,
                                  const char **field)
{
    *field = node->kind == YAML_VALUE ? field_in(node->text) : NULL;
    if (*field == NULL) {
        if (node->kind == YAML_VALUE) {
            finding_error(r->findings, node,
                          "a reference is written AGENCY.DATASET.FIELD, such as "
                          "moci.companies.cr_no, not " SHOWN,
                          node->text);
        }
        return NULL;
    }
    char *dataset = arena_memdup(r->arena, node->text, (size_t)(*field - node->text) - 1);
    r->failed |= dataset == NULL;
    return dataset;
}

/* The n-th of one reference or a list. */
static const struct yaml_node *nth(const struct yaml_node *node, size_t n)
{
    const struct yaml_node *item = node->kind == YAML_LIST ? node->first : node;
    while (n-- > 0 && item != NULL) {
        item = item->next;
    }
    return item;
}

static bool read_to(struct reader *r, struct sch_relationship *out, const struct yaml_node *to)
{
    for (size_t i = 0; i < out->field_count; i++) {
        const struct yaml_node *node = nth(to, i);
        const char *dataset = node != NULL ? take_reference(r, node, &out->to_fields[i]) : NULL;
        if (dataset == NULL) {
            return false;
        }
        if (i > 0 && strcmp(dataset, out->to_dataset) != 0) {
            finding_error(r->findings, node, "one relationship is to one dataset: %s and %s",
                          out->to_dataset, dataset);
            return false;
        }
        out->to_dataset = dataset;
    }
    return true;
}

static bool read_from(struct reader *r, struct sch_relationship *out, const struct yaml_node *from)
{
    for (size_t i = 0; i < out->field_count; i++) {
        const struct yaml_node *node = nth(from, i);
        const char *field;
        const char *dataset = node != NULL ? take_reference(r, node, &field) : NULL;
        if (dataset == NULL) {
            return false;
        }
        out->fields[i] = sch_contract_field(r->contract, field);
        if (strcmp(dataset, r->contract->dataset) != 0 || out->fields[i] < 0) {
            finding_error(r->findings, node, "from names a property of %s, not " SHOWN,
                          r->contract->dataset, node->text);
            return false;
        }
    }
    return true;
}

static void read_customs(struct reader *r, struct sch_relationship *out,
                         const struct yaml_node *node)
{
    const struct yaml_node *grace = reader_custom(node, "gracePeriod");
    const struct yaml_node *severity = reader_custom(node, "severity");
    reader_custom_check(r, node, customs);
    if (grace != NULL &&
        (grace->kind != YAML_VALUE || !reader_duration(grace->text, &out->grace_s) ||
         out->grace_s > DAYS_MAX_S)) {
        finding_error(r->findings, grace,
                      "gracePeriod is a duration of at most 366 days, such as P2D, PT36H or "
                      "P1DT12H, not " SHOWN,
                      grace->kind == YAML_VALUE ? grace->text : shape_kind_of(grace));
    }
    out->severity = SCH_SEVERITY_WARNING;
    if (severity != NULL && severity->kind == YAML_VALUE && strcmp(severity->text, "info") == 0) {
        out->severity = SCH_SEVERITY_INFO;
    } else if (severity != NULL &&
               (severity->kind != YAML_VALUE || strcmp(severity->text, "warning") != 0)) {
        finding_error(r->findings, severity,
                      "the severity of a relationship is warning or info: it is checked when the "
                      "event is stored already");
    }
}

/* from NULL: the property `index`. */
static void read_one(struct reader *r, const struct yaml_node *node, const struct yaml_node *from,
                     size_t index)
{
    struct sch_contract *c = r->contract;
    const struct yaml_node *to = yaml_member(node, "to");
    if (to == NULL || (from != NULL && (from->kind != to->kind || from->count != to->count))) {
        return;
    }
    if (c->relationship_count == RELATIONSHIPS_MAX) {
        finding_error(r->findings, node, "a contract has at most %d relationships",
                      RELATIONSHIPS_MAX);
        return;
    }
    struct sch_relationship *out = &c->relationships[c->relationship_count];
    *out = (struct sch_relationship){.line = node->line, .column = node->column};
    out->field_count = to->kind == YAML_LIST ? to->count : 1;
    out->fields = reader_alloc(r, out->field_count, sizeof(*out->fields));
    out->to_fields = reader_alloc(r, out->field_count, sizeof(*out->to_fields));
    if (r->failed) {
        return;
    }
    if (from == NULL) {
        out->fields[0] = (int32_t)index;
    }
    bool ok = (from == NULL || read_from(r, out, from)) && read_to(r, out, to);
    read_customs(r, out, node);
    const struct yaml_node *name = reader_custom(node, "name");
    out->name = reader_value(r, name, "name", SCH_CONTRACT_TEXT_BYTES);
    if (ok && *out->name == '\0') {
        out->name =
            arena_printf(r->arena, "%s to %s", c->properties[out->fields[0]].name, out->to_dataset);
        r->failed |= out->name == NULL;
    }
    c->relationship_count += ok;
}

static void read_list(struct reader *r, const struct yaml_node *list, bool has_from, size_t index)
{
    for (const struct yaml_node *item = list != NULL && list->kind == YAML_LIST ? list->first
                                                                                : NULL;
         item != NULL && !r->failed; item = item->next) {
        const struct yaml_node *from = yaml_member(item, "from");
        if (!has_from || from != NULL) {
            read_one(r, item, has_from ? from : NULL, index);
        }
    }
}

void read_relationships(struct reader *r)
{
    struct sch_contract *c = r->contract;
    c->relationships = reader_alloc(r, RELATIONSHIPS_MAX, sizeof(*c->relationships));
    if (r->failed) {
        return;
    }
    read_list(r, yaml_member(r->object, "relationships"), true, 0);
    for (size_t i = 0; i < c->property_count && !r->failed; i++) {
        const struct yaml_node *list = yaml_member(r->property_nodes[i], "relationships");
        if (list != NULL && c->properties[i].parent >= 0) {
            finding_key_error(r->findings, list,
                              "a relationship is of a field in the row itself, not within another");
        } else {
            read_list(r, list, false, i);
        }
    }
}
