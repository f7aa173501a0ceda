/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/shape_schema.c - the standard's structure: the dataset, its properties and their relationships.
 *
 * A property says its logicalType: the schema that the standard publishes for 3.2 takes one without for a map. */
#include <string.h>

#include "schema/contract/shape_priv.h"

static const char *const logical_types[] = {"string",  "date",    "timestamp", "time",
                                            "number",  "integer", "object",    "array",
                                            "boolean", "map",     NULL};

/* ---- options of a logical type ---- */

static const char *const integer_formats[] = {"i8",  "i16", "i32", "i64",  "i128", "u8",
                                              "u16", "u32", "u64", "u128", NULL};
static const char *const number_formats[] = {"f32", "f64", NULL};

static const struct shape_field string_options[] = {
    SHAPE_IS("minLength", SHAPE_INTEGER, SHAPE_POSITIVE),
    SHAPE_IS("maxLength", SHAPE_INTEGER, SHAPE_POSITIVE), SHAPE_IS("pattern", SHAPE_TEXT, 0),
    SHAPE_IS("format", SHAPE_TEXT, 0)};
#define RANGE(kind)                                                                                \
    SHAPE_IS("exclusiveMaximum", kind, 0), SHAPE_IS("maximum", kind, 0),                           \
        SHAPE_IS("exclusiveMinimum", kind, 0), SHAPE_IS("minimum", kind, 0)
static const struct shape_field date_options[] = {SHAPE_IS("format", SHAPE_TEXT, 0),
                                                  RANGE(SHAPE_TEXT)};
static const struct shape_field time_options[] = {
    SHAPE_IS("format", SHAPE_TEXT, 0), RANGE(SHAPE_TEXT), SHAPE_IS("timezone", SHAPE_BOOL, 0),
    SHAPE_IS("defaultTimezone", SHAPE_TEXT, 0)};
static const struct shape_field integer_options[] = {
    SHAPE_IS("multipleOf", SHAPE_NUMBER, SHAPE_POSITIVE),
    RANGE(SHAPE_NUMBER),
    {"format", SHAPE_WORD, 0, NULL, integer_formats, NULL}};
static const struct shape_field number_options[] = {
    SHAPE_IS("multipleOf", SHAPE_NUMBER, SHAPE_POSITIVE),
    RANGE(SHAPE_NUMBER),
    {"format", SHAPE_WORD, 0, NULL, number_formats, NULL}};
static const struct shape_field object_options[] = {
    SHAPE_IS("maxProperties", SHAPE_INTEGER, SHAPE_POSITIVE),
    SHAPE_IS("minProperties", SHAPE_INTEGER, SHAPE_POSITIVE),
    SHAPE_IS("required", SHAPE_TEXTS, SHAPE_NOT_EMPTY | SHAPE_DISTINCT)};
static const struct shape_field array_options[] = {
    SHAPE_IS("maxItems", SHAPE_INTEGER, SHAPE_POSITIVE),
    SHAPE_IS("minItems", SHAPE_INTEGER, SHAPE_POSITIVE), SHAPE_IS("uniqueItems", SHAPE_BOOL, 0)};

static void check_multiple(struct shape_check *c, const struct yaml_node *node)
{
    const struct yaml_node *multiple = yaml_member(node, "multipleOf");
    if (multiple != NULL && shape_is_number(multiple) &&
        strspn(multiple->text, "0.") == multiple->len) {
        finding_error(c->findings, multiple, "multipleOf is above 0");
    }
}

static const struct {
    const char *type;
    struct shape shape;
} options[] = {
    {"string", {"a string's logicalTypeOptions", SHAPE_FIELDS(string_options), NULL}},
    {"date", {"a date's logicalTypeOptions", SHAPE_FIELDS(date_options), NULL}},
    {"timestamp", {"a timestamp's logicalTypeOptions", SHAPE_FIELDS(time_options), NULL}},
    {"time", {"a time's logicalTypeOptions", SHAPE_FIELDS(time_options), NULL}},
    {"integer", {"an integer's logicalTypeOptions", SHAPE_FIELDS(integer_options), check_multiple}},
    {"number", {"a number's logicalTypeOptions", SHAPE_FIELDS(number_options), check_multiple}},
    {"object", {"an object's logicalTypeOptions", SHAPE_FIELDS(object_options), NULL}},
    {"array", {"an array's logicalTypeOptions", SHAPE_FIELDS(array_options), NULL}},
};

static void check_options(struct shape_check *c, const struct yaml_node *node, const char *type)
{
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        if (strcmp(options[i].type, type) == 0) {
            shape_check_object(c, node, &options[i].shape);
            return;
        }
    }
    finding_key_error(c->findings, node, "a %s has no logicalTypeOptions", type);
}

/* ---- relationships ---- */

static const char *const relationship_types[] = {"foreignKey", NULL};

/* schema.property: parts of letters, digits, _ and -, which begin with a letter or _. */
static bool is_reference(const struct yaml_node *node)
{
    const char *p = node->kind == YAML_VALUE ? node->text : "";
    size_t parts = 0;
    do {
        p += parts > 0; /* the dot */
        if (*p == '-' || (*p >= '0' && *p <= '9')) {
            return false;
        }
        size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
        if (len == 0) {
            return false;
        }
        p += len;
        parts++;
    } while (*p == '.');
    return *p == '\0' && parts > 1;
}

static void check_reference(struct shape_check *c, const struct yaml_node *node)
{
    if (!is_reference(node)) {
        finding_error(c->findings, node,
                      "a reference is written AGENCY.DATASET.FIELD, such as moci.companies.cr_no, "
                      "not " SHOWN,
                      node->kind == YAML_VALUE ? node->text : shape_kind_of(node));
    } else if (!c->is_3_2) {
        finding_error(c->findings, node,
                      "a reference to another agency's dataset is of the standard's version 3.2: "
                      "say apiVersion: v3.2.0");
    }
}

/* One, or a list with one at least. */
static void check_references(struct shape_check *c, const struct yaml_node *node)
{
    if (node->kind != YAML_LIST) {
        check_reference(c, node);
        return;
    }
    if (node->count == 0) {
        finding_error(c->findings, node, "the list has no item");
    }
    for (const struct yaml_node *item = node->first; item != NULL; item = item->next) {
        check_reference(c, item);
    }
}

static void check_both(struct shape_check *c, const struct yaml_node *node)
{
    const struct yaml_node *from = yaml_member(node, "from");
    const struct yaml_node *to = yaml_member(node, "to");
    if (from != NULL && to != NULL && (from->kind != to->kind || from->count != to->count)) {
        finding_error(c->findings, node, "from and to are one reference each, or lists as long");
    }
}

#define RELATIONSHIP_FIELDS                                                                        \
    {"id", SHAPE_TEXT, SHAPE_SINCE_3_2, NULL, NULL, NULL},                                         \
        {"type", SHAPE_WORD, 0, NULL, relationship_types, NULL}, SHAPE_CUSTOM

static const struct shape_field of_object[] = {
    RELATIONSHIP_FIELDS,
    {"from", SHAPE_OTHER, SHAPE_NEEDED, NULL, NULL, check_references},
    {"to", SHAPE_OTHER, SHAPE_NEEDED, NULL, NULL, check_references}};
static const struct shape relationship_of_object = {"a relationship of the dataset",
                                                    SHAPE_FIELDS(of_object), check_both};

static const struct shape_field of_property[] = {
    RELATIONSHIP_FIELDS, {"to", SHAPE_OTHER, SHAPE_NEEDED, NULL, NULL, check_reference}};
static const struct shape relationship_of_property = {"a relationship of a property",
                                                      SHAPE_FIELDS(of_property), NULL};

/* ---- properties ---- */

static const struct shape_field synonym[] = {
    SHAPE_STABLE_ID,
    SHAPE_IS("synonym", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("description", SHAPE_TEXT, 0),
    SHAPE_IS("locale", SHAPE_TEXT, 0),
    SHAPE_IS("source", SHAPE_TEXT, 0),
    SHAPE_IS("status", SHAPE_TEXT, 0),
    SHAPE_CUSTOM,
};
static const struct shape shape_synonym = {"a synonym", SHAPE_FIELDS(synonym), NULL};

static const struct shape_field enum_value[] = {
    SHAPE_STABLE_ID,
    SHAPE_IS("value", SHAPE_SCALAR, SHAPE_NEEDED),
    SHAPE_IS("label", SHAPE_TEXT, 0),
    SHAPE_IS("description", SHAPE_TEXT, 0),
    SHAPE_CUSTOM,
    SHAPE_DEFINITIONS,
    SHAPE_TAGS,
};
static const struct shape shape_enum_value = {"a value of an enum", SHAPE_FIELDS(enum_value), NULL};

static void check_enum(struct shape_check *c, const struct yaml_node *node)
{
    static const struct shape_field list = {
        "enum", SHAPE_OBJECTS, SHAPE_NOT_EMPTY, &shape_enum_value, NULL, NULL};
    shape_check_value(c, node, &list);
    if (node->kind != YAML_LIST || node->count > YAML_MAX_MEMBERS) {
        return;
    }
    for (const struct yaml_node *item = node->first; item != NULL; item = item->next) {
        const struct yaml_node *value = yaml_member(item, "value");
        for (const struct yaml_node *other = node->first; value != NULL && other != item;
             other = other->next) {
            const struct yaml_node *earlier = yaml_member(other, "value");
            if (earlier != NULL && earlier->kind == YAML_VALUE && value->kind == YAML_VALUE &&
                strcmp(earlier->text, value->text) == 0) {
                finding_error(c->findings, value, "the value is in the enum twice");
                break;
            }
        }
    }
}

static const char *const semantic_types[] = {"column", "measure", "dimension", NULL};
static void check_property(struct shape_check *c, const struct yaml_node *node);
static void check_items(struct shape_check *c, const struct yaml_node *node);
static void check_map(struct shape_check *c, const struct yaml_node *node);
static const struct shape shape_property;

#define ELEMENT_FIELDS                                                                             \
    SHAPE_STABLE_ID, SHAPE_IS("physicalType", SHAPE_TEXT, 0),                                      \
        SHAPE_IS("description", SHAPE_TEXT, 0), SHAPE_IS("businessName", SHAPE_TEXT, 0),           \
        SHAPE_IS("deprecated", SHAPE_BOOL, SHAPE_SINCE_3_2),                                       \
        {"synonyms", SHAPE_OBJECTS, SHAPE_SINCE_3_2, &shape_synonym, NULL, NULL},                  \
        SHAPE_DEFINITIONS, SHAPE_TAGS, SHAPE_CUSTOM, SHAPE_IS("physicalName", SHAPE_TEXT, 0),      \
    {                                                                                              \
        "quality", SHAPE_OBJECTS, 0, &shape_quality, NULL, NULL                                    \
    }

#define PROPERTY_FIELDS                                                                            \
    ELEMENT_FIELDS, {"logicalType", SHAPE_WORD, SHAPE_NEEDED, NULL, logical_types, NULL},          \
        SHAPE_IS("logicalTypeOptions", SHAPE_ANY, 0), SHAPE_IS("primaryKey", SHAPE_BOOL, 0),       \
        SHAPE_IS("primaryKeyPosition", SHAPE_INTEGER, 0), SHAPE_IS("required", SHAPE_BOOL, 0),     \
        SHAPE_IS("unique", SHAPE_BOOL, 0),                                                         \
        {"semanticType", SHAPE_WORD, SHAPE_SINCE_3_2, NULL, semantic_types, NULL},                 \
        SHAPE_IS("partitioned", SHAPE_BOOL, 0),                                                    \
        SHAPE_IS("partitionKeyPosition", SHAPE_INTEGER, 0),                                        \
        SHAPE_IS("classification", SHAPE_TEXT, 0), SHAPE_IS("encryptedName", SHAPE_TEXT, 0),       \
        SHAPE_IS("transformSourceObjects", SHAPE_TEXTS, 0),                                        \
        SHAPE_IS("transformLogic", SHAPE_TEXT, 0),                                                 \
        SHAPE_IS("transformDescription", SHAPE_TEXT, 0), SHAPE_IS("examples", SHAPE_ANYS, 0),      \
        {"enum", SHAPE_OTHER, SHAPE_SINCE_3_2, NULL, NULL, check_enum},                            \
        SHAPE_IS("criticalDataElement", SHAPE_BOOL, 0),                                            \
        {"relationships", SHAPE_OBJECTS, 0, &relationship_of_property, NULL, NULL},                \
        {"properties", SHAPE_OBJECTS, 0, &shape_property, NULL, NULL},                             \
        {"items", SHAPE_OTHER, 0, NULL, NULL, check_items},                                        \
    {                                                                                              \
        "map", SHAPE_OTHER, SHAPE_SINCE_3_2, NULL, NULL, check_map                                 \
    }

static const struct shape_field property[] = {SHAPE_IS("name", SHAPE_TEXT, SHAPE_NEEDED),
                                              PROPERTY_FIELDS};
static const struct shape shape_property = {"a property", SHAPE_FIELDS(property), check_property};

static const struct shape_field item[] = {SHAPE_IS("name", SHAPE_TEXT, 0), PROPERTY_FIELDS};
static const struct shape shape_item = {"an item", SHAPE_FIELDS(item), check_property};

static const struct shape_field map[] = {
    {"key", SHAPE_OBJECT, SHAPE_NEEDED, &shape_item, NULL, NULL},
    {"value", SHAPE_OBJECT, SHAPE_NEEDED, &shape_item, NULL, NULL}};
static const struct shape shape_map = {"a map", SHAPE_FIELDS(map), NULL};

static void check_items(struct shape_check *c, const struct yaml_node *node)
{
    shape_check_object(c, node, &shape_item);
}

static void check_map(struct shape_check *c, const struct yaml_node *node)
{
    shape_check_object(c, node, &shape_map);
}

/* A member that only one logical type has. */
static void check_owner(struct shape_check *c, const struct yaml_node *node, const char *type,
                        const char *key, const char *owner)
{
    const struct yaml_node *member = yaml_member(node, key);
    if (member != NULL && strcmp(type, owner) != 0) {
        finding_key_error(c->findings, member, "%s is for logicalType %s, and this is %s", key,
                          owner, type);
    }
}

static void check_property(struct shape_check *c, const struct yaml_node *node)
{
    const struct yaml_node *type = yaml_member(node, "logicalType");
    const struct yaml_node *given = yaml_member(node, "logicalTypeOptions");
    if (type == NULL || type->kind != YAML_VALUE) {
        return;
    }
    check_owner(c, node, type->text, "properties", "object");
    check_owner(c, node, type->text, "items", "array");
    check_owner(c, node, type->text, "map", "map");
    if (given != NULL) {
        check_options(c, given, type->text);
    }
    if (strcmp(type->text, "map") == 0 && yaml_member(node, "map") == NULL) {
        finding_error(c->findings, node,
                      "a map says its key and its value: map: {key: …, value: …}");
    }
    if (strcmp(type->text, "map") == 0 && !c->is_3_2) {
        finding_error(c->findings, type,
                      "map is of the standard's version 3.2: say apiVersion: v3.2.0");
    }
}

static const char *const object_types[] = {"object", NULL};

static const struct shape_field object[] = {
    SHAPE_IS("name", SHAPE_TEXT, SHAPE_NEEDED),
    ELEMENT_FIELDS,
    {"logicalType", SHAPE_WORD, 0, NULL, object_types, NULL},
    SHAPE_IS("dataGranularityDescription", SHAPE_TEXT, 0),
    {"properties", SHAPE_OBJECTS, 0, &shape_property, NULL, NULL},
    {"relationships", SHAPE_OBJECTS, 0, &relationship_of_object, NULL, NULL},
    {"context", SHAPE_OTHER, SHAPE_SINCE_3_2, NULL, NULL, shape_check_context},
};
const struct shape shape_schema_object = {"an object of schema", SHAPE_FIELDS(object), NULL};
