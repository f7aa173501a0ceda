/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/read_options.c - what a property promises beside its quality rules: logicalTypeOptions, enum, unique.
 *
 * An option that can be told of each event becomes a rule in CEL, at the property or at each item of its list, with the name
 * "OPTION of PATH". What cannot is warned of: nothing is passed over in silence. Values of a property that is unique are counted
 * in the register, as duplicateValues is: no event can be told from others by itself. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "schema/contract/ecma.h"
#include "schema/contract/option_priv.h"
#include "schema/contract/rule_priv.h"
#include "schema/contract/shape_priv.h"

static void add_rule(struct option *o)
{
    const struct element *e = o->e;
    struct reader *r = e->r;
    bool of_keys = *e->value == 'k';
    struct sch_quality q = {.kind = SCH_QUALITY_CEL,
                            .property = e->property,
                            .path = e->path,
                            .severity = SCH_SEVERITY_ERROR,
                            .dimension = SCH_DIMENSION_CONFORMITY,
                            .is_per_event = true,
                            .searches = o->searches};
    q.name = rule_name(r, o->node->key, e->path + 1, of_keys ? " keys" : "");
    q.description = o->node->kind == YAML_VALUE
                        ? arena_printf(r->arena, "%s: %.*s", o->node->key,
                                       (int)utf8_cut(o->node->text, 300), o->node->text)
                        : q.name;
    q.expression = of_keys ? arena_printf(r->arena, "this.all(k, %s)", buf_cstr(&o->expr))
                           : arena_strdup(r->arena, buf_cstr(&o->expr));
    rule_set_place(r, &q, o->node);
    r->failed |= buf_failed(&o->expr) || q.description == NULL || q.expression == NULL;
    if (!r->failed) {
        q.expression_len = strlen(q.expression);
        rule_add(r, &q, o->node);
    }
}

static void not_applied(struct option *o, const char *why)
{
    finding_warning(o->e->r->findings, o->node, "%s is kept and not checked: %s", o->node->key,
                    why);
}

/* ---- formats ---- */

/* low and high: of an integer, where the register's own whole numbers (64 bits) go beyond. */
static const struct {
    const char *type;
    const char *name;
    const char *method;
    const char *low;
    const char *high;
} formats[] = {
    {"string", "email", "isEmail", NULL, NULL},
    {"string", "hostname", "isHostname", NULL, NULL},
    {"string", "ipv4", "isIpv4", NULL, NULL},
    {"string", "ipv6", "isIpv6", NULL, NULL},
    {"string", "uri", "isUri", NULL, NULL},
    {"string", "uri-reference", "isUriRef", NULL, NULL},
    {"string", "uuid", "isUuid", NULL, NULL},
    {"integer", "i8", NULL, "-128", "127"},
    {"integer", "i16", NULL, "-32768", "32767"},
    {"integer", "i32", NULL, "-2147483648", "2147483647"},
    {"integer", "i64", NULL, NULL, NULL},
    {"integer", "i128", NULL, NULL, NULL},
    {"integer", "u8", NULL, "0", "255"},
    {"integer", "u16", NULL, "0", "65535"},
    {"integer", "u32", NULL, "0", "4294967295"},
    {"integer", "u64", NULL, "0", NULL},
    {"integer", "u128", NULL, "0", NULL},
    {"number", "f64", NULL, NULL, NULL},
};

static void put_format(struct option *o)
{
    const char *value = o->e->value;
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        if (strcmp(formats[i].type, o->e->type) != 0 ||
            strcmp(formats[i].name, o->node->text) != 0) {
            continue;
        }
        if (formats[i].method != NULL) {
            buf_printf(&o->expr, "%s.%s()", value, formats[i].method);
        }
        if (formats[i].low != NULL) {
            buf_printf(&o->expr, "%s >= %s", value, formats[i].low);
        }
        if (formats[i].high != NULL) {
            buf_printf(&o->expr, " && %s <= %s", value, formats[i].high);
        }
        return;
    }
    bool is_text = strcmp(o->e->type, "string") == 0;
    not_applied(o, is_text
                       ? "of texts email, hostname, ipv4, ipv6, uri, uri-reference and uuid are; "
                         "others may be said as a pattern"
                   : strcmp(o->e->type, "number") == 0
                       ? "the structure says how exact a number is"
                       : "a date or time has no format of its own in an event");
}

static void put_pattern(struct option *o)
{
    struct buf ours = BUF_INIT;
    const char *why = NULL;
    size_t at = 0;
    if (o->node->len > SCH_MAX_PATTERN_BYTES) {
        finding_error(o->e->r->findings, o->node, "a pattern has at most %d bytes, not %zu",
                      SCH_MAX_PATTERN_BYTES, o->node->len);
    } else if (!ecma_translate(o->node->text, o->node->len, &ours, &at, &why)) {
        finding_error(o->e->r->findings, o->node,
                      "the pattern is read as JSON Schema has it (ECMA-262): at its byte %zu: %s",
                      at + 1, why);
    } else {
        buf_printf(&o->expr, "%s.matches(", o->e->value);
        sch_put_literal(&o->expr, buf_cstr(&ours));
        buf_put_str(&o->expr, ")");
        o->searches = true;
    }
    buf_fini(&ours);
}

/* ---- sizes ---- */

static void put_size(struct option *o)
{
    bool is_least = strncmp(o->node->key, "min", 3) == 0;
    buf_printf(&o->expr, "size(%s) %s %s", o->e->value, is_least ? ">=" : "<=", o->node->text);
}

static void put_distinct(struct option *o)
{
    bool wanted;
    if (yaml_is_bool(o->node, &wanted) && wanted) {
        buf_printf(&o->expr, "size(%s.distinct()) == size(%s)", o->e->value, o->e->value);
    }
}

/* ---- objects ---- */

/* Of the element: its properties, whose path is one step longer. */
static bool is_member(const struct option *o, size_t i)
{
    const struct sch_property *p = &o->e->r->contract->properties[i];
    return p->parent == o->e->property;
}

/* A field that is null is not there, as the register has it. Of an object whose members are not said it is a map's size. */
static void put_member_count(struct option *o)
{
    const struct sch_contract *c = o->e->r->contract;
    bool any = false;
    for (size_t i = 0; i < c->property_count; i++) {
        if (is_member(o, i)) {
            buf_printf(&o->expr, "%sdyn(%s.`%s`)", any ? ", " : "size([", o->e->value,
                       c->properties[i].name);
            any = true;
        }
    }
    bool is_least = strncmp(o->node->key, "min", 3) == 0;
    if (any) {
        buf_printf(&o->expr, "].filter(v, v != null)) %s %s",
                   is_least ? ">=" : "<=", o->node->text);
    } else {
        put_size(o);
    }
}

static void put_required(struct option *o)
{
    const struct sch_contract *c = o->e->r->contract;
    for (const struct yaml_node *item = o->node->first; item != NULL; item = item->next) {
        size_t i = 0;
        while (i < c->property_count && !(is_member(o, i) && item->kind == YAML_VALUE &&
                                          strcmp(c->properties[i].name, item->text) == 0)) {
            i++;
        }
        if (i == c->property_count) {
            finding_error(o->e->r->findings, item, "the object has no property " SHOWN,
                          item->kind == YAML_VALUE ? item->text : shape_kind_of(item));
            return;
        }
        char why[SCH_CONTRACT_TEXT_BYTES + 32];
        snprintf(why, sizeof(why), "%s has no value", item->text);
        buf_printf(&o->expr, "dyn(%s.`%s`) == null ? ", o->e->value, item->text);
        sch_put_literal(&o->expr, why);
        buf_put_str(&o->expr, " : ");
    }
    buf_put_str(&o->expr, "\"\"");
}

static void put_no_zone(struct option *o)
{
    not_applied(o, "the structure says whether a time has a zone");
}

/* ---- the whole ---- */

static const struct {
    const char *key;
    enum { WORD, NUMBER, LIST } kind; /* what shape.c has let pass; another one is left to it */
    void (*put)(struct option *o);
} rules[] = {
    {"minimum", WORD, option_put_bound},
    {"maximum", WORD, option_put_bound},
    {"exclusiveMinimum", WORD, option_put_bound},
    {"exclusiveMaximum", WORD, option_put_bound},
    {"multipleOf", NUMBER, option_put_multiple},
    {"minLength", NUMBER, put_size},
    {"maxLength", NUMBER, put_size},
    {"pattern", WORD, put_pattern},
    {"format", WORD, put_format},
    {"minItems", NUMBER, put_size},
    {"maxItems", NUMBER, put_size},
    {"uniqueItems", WORD, put_distinct},
    {"minProperties", NUMBER, put_member_count},
    {"maxProperties", NUMBER, put_member_count},
    {"required", LIST, put_required},
    {"timezone", WORD, put_no_zone},
    {"defaultTimezone", WORD, put_no_zone},
};

static bool is_readable(const struct element *e, const struct yaml_node *node, int kind)
{
    bool of_number = strcmp(e->type, "integer") == 0 || strcmp(e->type, "number") == 0;
    bool numeric = kind == NUMBER || (of_number && option_operator(node->key) != NULL);
    return kind == LIST ? node->kind == YAML_LIST
                        : node->kind == YAML_VALUE && !yaml_is_null(node) &&
                              (!numeric || shape_is_number(node));
}

static void read_option(const struct element *e, const struct yaml_node *node)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        struct option o = {.e = e, .node = node, .expr = BUF_INIT};
        if (strcmp(rules[i].key, node->key) == 0 && is_readable(e, node, rules[i].kind)) {
            rules[i].put(&o);
            if (o.expr.len > 0) {
                add_rule(&o);
            }
        }
        buf_fini(&o.expr);
    }
}

static void read_element_options(struct reader *r, const struct yaml_node *node, int32_t property,
                                 const char *path, const char *value)
{
    const struct yaml_node *type = yaml_member(node, "logicalType");
    const struct yaml_node *options = yaml_member(node, "logicalTypeOptions");
    const struct element e = {.r = r,
                              .property = property,
                              .path = path,
                              .type = type != NULL && type->kind == YAML_VALUE ? type->text : "",
                              .value = value};
    const struct yaml_node *option =
        options != NULL && options->kind == YAML_OBJECT ? options->first : NULL;
    for (; option != NULL && !r->failed && !r->too_many_rules; option = option->next) {
        read_option(&e, option);
    }
}

/* Values as texts, as validValues has them. */
static void read_enum(struct reader *r, const struct yaml_node *list, int32_t property,
                      const char *path)
{
    struct sch_quality q = {.kind = SCH_QUALITY_METRIC,
                            .property = property,
                            .path = path,
                            .severity = SCH_SEVERITY_ERROR,
                            .dimension = SCH_DIMENSION_CONFORMITY,
                            .description = "",
                            .is_per_event = true,
                            .metric = SCH_METRIC_INVALID,
                            .name = rule_name(r, "enum", path + 1, ""),
                            .values = reader_alloc(r, list->count + 1, sizeof(*q.values))};
    for (const struct yaml_node *item = list->first; !r->failed && item != NULL;
         item = item->next) {
        const struct yaml_node *value = yaml_member(item, "value");
        if (value != NULL && value->kind == YAML_VALUE) {
            q.values[q.value_count++] = yaml_is_null(value) ? NULL : value->text;
        }
    }
    rule_set_place(r, &q, list);
    if (!r->failed && q.value_count > 0) {
        rule_add(r, &q, list);
    }
}

static void read_unique(struct reader *r, const struct yaml_node *node, int32_t property,
                        const char *path)
{
    struct sch_quality q = {.kind = SCH_QUALITY_METRIC,
                            .property = property,
                            .path = path,
                            .severity = SCH_SEVERITY_WARNING,
                            .dimension = SCH_DIMENSION_UNIQUENESS,
                            .description = "",
                            .metric = SCH_METRIC_DUPLICATES,
                            .threshold = {.comparison = SCH_MUST_BE},
                            .name = rule_name(r, "unique", path + 1, "")};
    if (r->failed || !reader_flag(node, "unique")) {
        return;
    }
    if (strchr(path + 1, '/') != NULL) {
        finding_warning(
            r->findings, yaml_member(node, "unique"),
            "unique is kept and not checked: the register counts values of the row's own "
            "fields, and uniqueItems tells a list's from each other");
        return;
    }
    rule_set_place(r, &q, yaml_member(node, "unique"));
    rule_add(r, &q, node);
}

void rule_read_options(struct reader *r, const struct yaml_node *node, int32_t property,
                       const char *path)
{
    const struct yaml_node *list = yaml_member(node, "enum");
    read_element_options(r, node, property, path, "this");
    read_element_options(r, yaml_member(yaml_member(node, "map"), "key"), property, path, "k");
    if (list != NULL && list->kind == YAML_LIST && !r->failed) {
        read_enum(r, list, property, path);
    }
    if (yaml_member(node, "unique") != NULL && !r->failed) {
        read_unique(r, node, property, path);
    }
}
