/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/shape_common.c - the standard's structure: what many of its objects have, such as custom properties. */
#include "schema/contract/shape_priv.h"

static const struct shape_field definition[] = {
    SHAPE_STABLE_ID,
    SHAPE_IS("url", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("type", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("description", SHAPE_TEXT, 0),
};
const struct shape shape_definition = {"a definition", SHAPE_FIELDS(definition), NULL};

static const struct shape_field custom_property[] = {
    SHAPE_STABLE_ID,
    SHAPE_IS("property", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("value", SHAPE_ANY, SHAPE_NEEDED),
    SHAPE_IS("description", SHAPE_TEXT, 0),
    SHAPE_IS("vendor", SHAPE_TEXT, SHAPE_SINCE_3_2),
};
const struct shape shape_custom_property = {"a custom property", SHAPE_FIELDS(custom_property),
                                            NULL};

/* ---- context, of 3.2 ---- */

static const struct shape_field statement[] = {
    SHAPE_IS("id", SHAPE_TEXT, 0),
    SHAPE_IS("question", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("answer", SHAPE_TEXT, 0),
    SHAPE_DEFINITIONS,
    SHAPE_TAGS,
    SHAPE_CUSTOM,
};
static const struct shape shape_statement = {"a statement", SHAPE_FIELDS(statement), NULL};

static const struct shape_field constraint[] = {
    SHAPE_IS("id", SHAPE_TEXT, 0),
    SHAPE_IS("constraint", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_DEFINITIONS,
    SHAPE_TAGS,
    SHAPE_CUSTOM,
};
static const struct shape shape_constraint = {"a constraint", SHAPE_FIELDS(constraint), NULL};

static const struct shape_field context[] = {
    SHAPE_IS("instructions", SHAPE_TEXT, 0),
    {"verifiedStatements", SHAPE_OBJECTS, 0, &shape_statement, NULL, NULL},
    {"constraints", SHAPE_OBJECTS, 0, &shape_constraint, NULL, NULL},
};
const struct shape shape_context = {"the context", SHAPE_FIELDS(context), NULL};

void shape_check_context(struct shape_check *c, const struct yaml_node *node)
{
    static const struct shape_field text = SHAPE_IS("context", SHAPE_TEXT, 0);
    if (node->kind == YAML_VALUE) {
        shape_check_value(c, node, &text);
    } else {
        shape_check_object(c, node, &shape_context);
    }
}
