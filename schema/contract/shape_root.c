/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/shape_root.c - the standard's structure: a contract's own members, its team, support, servers, service.
 *
 * Of the standard's server types those are taken that an agency sends from or the Center reads; the others can be said as
 * custom. */
#include <string.h>

#include "schema/contract/shape_priv.h"

/* ---- people ---- */

static const struct shape_field member[] = {
    SHAPE_STABLE_ID,
    SHAPE_IS("username", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("name", SHAPE_TEXT, 0),
    SHAPE_IS("description", SHAPE_TEXT, 0),
    SHAPE_IS("role", SHAPE_TEXT, 0),
    SHAPE_IS("dateIn", SHAPE_DAY, 0),
    SHAPE_IS("dateOut", SHAPE_DAY, 0),
    SHAPE_IS("replacedByUsername", SHAPE_TEXT, 0),
    SHAPE_TAGS,
    SHAPE_CUSTOM,
    SHAPE_DEFINITIONS,
};
static const struct shape shape_member = {"a member of the team", SHAPE_FIELDS(member), NULL};

static const struct shape_field team[] = {
    SHAPE_STABLE_ID,
    SHAPE_IS("name", SHAPE_TEXT, 0),
    SHAPE_IS("description", SHAPE_TEXT, 0),
    {"members", SHAPE_OBJECTS, 0, &shape_member, NULL, NULL},
    SHAPE_TAGS,
    SHAPE_CUSTOM,
    SHAPE_DEFINITIONS,
};
static const struct shape shape_team = {"the team", SHAPE_FIELDS(team), NULL};

/* An object, or as the standard had it before 3.1 the list of its members. */
static void check_team(struct shape_check *c, const struct yaml_node *node)
{
    static const struct shape_field members = {"team", SHAPE_OBJECTS, 0, &shape_member, NULL, NULL};
    if (node->kind == YAML_LIST) {
        shape_check_value(c, node, &members);
    } else {
        shape_check_object(c, node, &shape_team);
    }
}

static const struct shape_field support[] = {
    SHAPE_STABLE_ID,
    SHAPE_IS("channel", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("url", SHAPE_TEXT, 0),
    SHAPE_IS("description", SHAPE_TEXT, 0),
    SHAPE_IS("tool", SHAPE_TEXT, 0),
    SHAPE_IS("scope", SHAPE_TEXT, 0),
    SHAPE_IS("invitationUrl", SHAPE_TEXT, 0),
    SHAPE_CUSTOM,
};
static const struct shape shape_support = {"a support channel", SHAPE_FIELDS(support), NULL};

static const struct shape_field role[] = {
    SHAPE_STABLE_ID,
    SHAPE_IS("role", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("description", SHAPE_TEXT, 0),
    SHAPE_IS("access", SHAPE_TEXT, 0),
    SHAPE_IS("firstLevelApprovers", SHAPE_TEXT, 0),
    SHAPE_IS("secondLevelApprovers", SHAPE_TEXT, 0),
    SHAPE_CUSTOM,
};
static const struct shape shape_role = {"a role", SHAPE_FIELDS(role), NULL};

/* ---- servers ---- */

#define SERVER_FIELDS                                                                              \
    SHAPE_STABLE_ID, SHAPE_IS("server", SHAPE_TEXT, SHAPE_NEEDED),                                 \
        {"type", SHAPE_OTHER, SHAPE_NEEDED, NULL, NULL, check_server_type},                        \
        SHAPE_IS("description", SHAPE_TEXT, 0), SHAPE_IS("environment", SHAPE_TEXT, 0),            \
        {"roles", SHAPE_OBJECTS, 0, &shape_role, NULL, NULL}, SHAPE_CUSTOM

static void check_server_type(struct shape_check *c, const struct yaml_node *node);

static const struct shape_field kafka[] = {
    SERVER_FIELDS, SHAPE_IS("host", SHAPE_TEXT, SHAPE_NEEDED), SHAPE_IS("format", SHAPE_TEXT, 0),
    SHAPE_IS("encoding", SHAPE_TEXT, SHAPE_SINCE_3_2)};
static const struct shape_field postgres[] = {
    SERVER_FIELDS, SHAPE_IS("host", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("port", SHAPE_INTEGER, SHAPE_NEEDED), SHAPE_IS("database", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("schema", SHAPE_TEXT, SHAPE_NEEDED)};
static const struct shape_field oracle[] = {SERVER_FIELDS,
                                            SHAPE_IS("host", SHAPE_TEXT, SHAPE_NEEDED),
                                            SHAPE_IS("port", SHAPE_INTEGER, SHAPE_NEEDED),
                                            SHAPE_IS("serviceName", SHAPE_TEXT, SHAPE_NEEDED)};
static const struct shape_field sqlserver[] = {
    SERVER_FIELDS, SHAPE_IS("host", SHAPE_TEXT, SHAPE_NEEDED), SHAPE_IS("port", SHAPE_INTEGER, 0),
    SHAPE_IS("database", SHAPE_TEXT, SHAPE_NEEDED), SHAPE_IS("schema", SHAPE_TEXT, SHAPE_NEEDED)};
static const struct shape_field mysql[] = {
    SERVER_FIELDS, SHAPE_IS("host", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("port", SHAPE_INTEGER, SHAPE_NEEDED), SHAPE_IS("database", SHAPE_TEXT, SHAPE_NEEDED)};
static const struct shape_field api[] = {SERVER_FIELDS,
                                         SHAPE_IS("location", SHAPE_TEXT, SHAPE_NEEDED)};
static const struct shape_field sftp[] = {
    SERVER_FIELDS, SHAPE_IS("location", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("format", SHAPE_TEXT, 0), SHAPE_IS("encoding", SHAPE_TEXT, SHAPE_SINCE_3_2),
    SHAPE_IS("delimiter", SHAPE_TEXT, 0)};
static const struct shape_field custom[] = {SERVER_FIELDS,
                                            SHAPE_IS("host", SHAPE_TEXT, 0),
                                            SHAPE_IS("port", SHAPE_INTEGER, 0),
                                            SHAPE_IS("database", SHAPE_TEXT, 0),
                                            SHAPE_IS("schema", SHAPE_TEXT, 0),
                                            SHAPE_IS("dataset", SHAPE_TEXT, 0),
                                            SHAPE_IS("location", SHAPE_TEXT, 0),
                                            SHAPE_IS("path", SHAPE_TEXT, 0),
                                            SHAPE_IS("format", SHAPE_TEXT, 0),
                                            SHAPE_IS("delimiter", SHAPE_TEXT, 0),
                                            SHAPE_IS("encoding", SHAPE_TEXT, SHAPE_SINCE_3_2)};

static const struct {
    const char *type;
    struct shape shape;
} servers[] = {
    {"kafka", {"a kafka server", SHAPE_FIELDS(kafka), NULL}},
    {"postgresql", {"a postgresql server", SHAPE_FIELDS(postgres), NULL}},
    {"postgres", {"a postgres server", SHAPE_FIELDS(postgres), NULL}},
    {"oracle", {"an oracle server", SHAPE_FIELDS(oracle), NULL}},
    {"sqlserver", {"a sqlserver server", SHAPE_FIELDS(sqlserver), NULL}},
    {"mysql", {"a mysql server", SHAPE_FIELDS(mysql), NULL}},
    {"api", {"an api server", SHAPE_FIELDS(api), NULL}},
    {"sftp", {"an sftp server", SHAPE_FIELDS(sftp), NULL}},
    {"custom", {"a custom server", SHAPE_FIELDS(custom), NULL}},
};

static const struct shape *server_of(const struct yaml_node *type)
{
    for (size_t i = 0; type != NULL && type->kind == YAML_VALUE && i < COUNT_OF(servers); i++) {
        if (strcmp(servers[i].type, type->text) == 0) {
            return &servers[i].shape;
        }
    }
    return NULL;
}

static void check_server_type(struct shape_check *c, const struct yaml_node *node)
{
    if (server_of(node) == NULL) {
        finding_error(c->findings, node,
                      "type is kafka, postgresql, postgres, oracle, sqlserver, mysql, api, sftp or "
                      "custom, not " SHOWN,
                      node->kind == YAML_VALUE ? node->text : shape_kind_of(node));
    }
}

static void check_servers(struct shape_check *c, const struct yaml_node *node)
{
    static const struct shape_field list = SHAPE_IS("servers", SHAPE_ANYS, 0);
    shape_check_value(c, node, &list);
    for (const struct yaml_node *item = node->kind == YAML_LIST ? node->first : NULL; item != NULL;
         item = item->next) {
        const struct shape *shape = server_of(yaml_member(item, "type"));
        shape_check_object(c, item, shape != NULL ? shape : &servers[COUNT_OF(servers) - 1].shape);
    }
}

/* ---- the whole ---- */

static const struct shape_field sla[] = {
    SHAPE_STABLE_ID,
    SHAPE_IS("property", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("value", SHAPE_SCALAR, SHAPE_NEEDED),
    SHAPE_IS("valueExt", SHAPE_SCALAR, 0),
    SHAPE_IS("unit", SHAPE_TEXT, 0),
    SHAPE_IS("element", SHAPE_TEXT, 0),
    SHAPE_IS("driver", SHAPE_TEXT, 0),
    SHAPE_IS("description", SHAPE_TEXT, 0),
    SHAPE_IS("scheduler", SHAPE_TEXT, 0),
    SHAPE_IS("schedule", SHAPE_TEXT, 0),
    {"customProperties", SHAPE_OBJECTS, SHAPE_SINCE_3_2, &shape_custom_property, NULL, NULL},
    {"authoritativeDefinitions", SHAPE_OBJECTS, SHAPE_SINCE_3_2, &shape_definition, NULL, NULL},
};
static const struct shape shape_sla = {"a service level", SHAPE_FIELDS(sla), NULL};

static const struct shape_field description[] = {
    SHAPE_IS("usage", SHAPE_TEXT, 0), SHAPE_IS("purpose", SHAPE_TEXT, 0),
    SHAPE_IS("limitations", SHAPE_TEXT, 0), SHAPE_DEFINITIONS, SHAPE_CUSTOM};
static const struct shape shape_description = {"the description", SHAPE_FIELDS(description), NULL};

static const struct shape_field price[] = {
    SHAPE_STABLE_ID, SHAPE_IS("priceAmount", SHAPE_NUMBER, 0),
    SHAPE_IS("priceCurrency", SHAPE_TEXT, 0), SHAPE_IS("priceUnit", SHAPE_TEXT, 0)};
static const struct shape shape_price = {"the price", SHAPE_FIELDS(price), NULL};

static const char *const contract_kinds[] = {"DataContract", NULL};
static const char *const states[] = {"proposed", "draft", "active", "deprecated", "retired", NULL};

static void check_api_version(struct shape_check *c, const struct yaml_node *node)
{
    const char *text = node->kind == YAML_VALUE ? node->text : "";
    if (strcmp(text, "v3.2.0") != 0 && strcmp(text, "v3.1.0") != 0) {
        finding_error(c->findings, node,
                      "apiVersion is v3.1.0 or v3.2.0, not " SHOWN
                      "; earlier versions of the standard (v3.0, v2) are not taken",
                      node->kind == YAML_VALUE ? text : shape_kind_of(node));
    }
}

static const struct shape_field root[] = {
    SHAPE_IS("version", SHAPE_TEXT, SHAPE_NEEDED),
    {"kind", SHAPE_WORD, SHAPE_NEEDED, NULL, contract_kinds, NULL},
    {"apiVersion", SHAPE_OTHER, SHAPE_NEEDED, NULL, NULL, check_api_version},
    SHAPE_IS("id", SHAPE_TEXT, SHAPE_NEEDED),
    SHAPE_IS("name", SHAPE_TEXT, 0),
    SHAPE_IS("tenant", SHAPE_TEXT, 0),
    SHAPE_TAGS,
    {"status", SHAPE_WORD, SHAPE_NEEDED, NULL, states, NULL},
    {"servers", SHAPE_OTHER, 0, NULL, NULL, check_servers},
    SHAPE_IS("dataProduct", SHAPE_TEXT, 0),
    {"description", SHAPE_OBJECT, 0, &shape_description, NULL, NULL},
    SHAPE_IS("domain", SHAPE_TEXT, 0),
    {"context", SHAPE_OTHER, SHAPE_SINCE_3_2, NULL, NULL, shape_check_context},
    {"schema", SHAPE_OBJECTS, 0, &shape_schema_object, NULL, NULL},
    {"support", SHAPE_OBJECTS, 0, &shape_support, NULL, NULL},
    {"price", SHAPE_OBJECT, 0, &shape_price, NULL, NULL},
    {"team", SHAPE_OTHER, 0, NULL, NULL, check_team},
    {"roles", SHAPE_OBJECTS, 0, &shape_role, NULL, NULL},
    SHAPE_IS("slaDefaultElement", SHAPE_TEXT, 0),
    {"slaProperties", SHAPE_OBJECTS, 0, &shape_sla, NULL, NULL},
    SHAPE_DEFINITIONS,
    SHAPE_CUSTOM,
    SHAPE_IS("contractCreatedTs", SHAPE_TEXT, 0),
};
const struct shape shape_root = {"a contract", SHAPE_FIELDS(root), NULL};
