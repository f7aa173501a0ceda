/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/contract.c - a contract from its text.
 *
 * The text becomes a tree (yaml.c), the tree is held against the standard's structure (shape*.c), filled up from its template
 * (template.c), and read (read*.c). Each step adds what it finds; only a text that is no tree ends it early. */
#include "schema/contract/contract.h"

#include <stdlib.h>
#include <string.h>

#include "schema/contract/reader_priv.h"
#include "schema/contract/shape_priv.h"
#include "schema/contract/template_priv.h"

enum { LONG_TEXT_BYTES = 4000 };

/* The contract comes first, so that its address is the body's. */
struct body {
    struct sch_contract contract;
    struct arena arena;
};

static const char *const root_customs[] = {
    "template",     "legalBasis", "controller",     "processors",   "collectionPoints",
    "reviewDate",   "orderField", "eventTimeField", "timeZone",     "workingWeek",
    "workingHours", "otherHours", "sequenceField",  "sequenceFrom", NULL};

const char *sch_status_name(enum sch_status status)
{
    static const char *const names[] = {"proposed", "draft", "active", "deprecated", "retired"};
    return names[status];
}

static void read_status(struct reader *r)
{
    const char *status = reader_text(r, r->root, "status", LONG_TEXT_BYTES);
    for (int i = SCH_STATUS_PROPOSED; i <= SCH_STATUS_RETIRED; i++) {
        if (strcmp(sch_status_name((enum sch_status)i), status) == 0) {
            r->contract->status = (enum sch_status)i;
        }
    }
}

/* One to four numbers with dots between them. */
static bool parse_version(const char *text, int32_t parts[SCH_VERSION_PARTS])
{
    size_t count = 0;
    memset(parts, 0, SCH_VERSION_PARTS * sizeof(*parts));
    for (;;) {
        size_t len = strspn(text, "0123456789");
        if (len == 0 || len > 9 || (len > 1 && *text == '0') || count == SCH_VERSION_PARTS) {
            return false;
        }
        for (size_t i = 0; i < len; i++) {
            parts[count] = parts[count] * 10 + (text[i] - '0');
        }
        count++;
        if (text[len] == '\0') {
            return true;
        }
        if (text[len] != '.') {
            return false;
        }
        text += len + 1;
    }
}

static void read_version(struct reader *r)
{
    struct sch_contract *c = r->contract;
    const struct yaml_node *node = yaml_member(r->root, "version");
    c->version = reader_text(r, r->root, "version", SCH_CONTRACT_TEXT_BYTES);
    if (*c->version != '\0' && !parse_version(c->version, c->version_parts)) {
        finding_error(r->findings, node,
                      "a version is one to four numbers with dots between them, such as 1.2.0, "
                      "not " SHOWN,
                      c->version);
    }
}

static void read_head(struct reader *r)
{
    struct sch_contract *c = r->contract;
    const struct yaml_node *description = yaml_member(r->root, "description");
    c->api_version = reader_text(r, r->root, "apiVersion", SCH_CONTRACT_TEXT_BYTES);
    c->id = reader_text(r, r->root, "id", SCH_CONTRACT_TEXT_BYTES);
    c->name = reader_text(r, r->root, "name", SCH_CONTRACT_TEXT_BYTES);
    c->domain = reader_text(r, r->root, "domain", SCH_CONTRACT_TEXT_BYTES);
    c->data_product = reader_text(r, r->root, "dataProduct", SCH_CONTRACT_TEXT_BYTES);
    c->purpose = reader_text(r, description, "purpose", LONG_TEXT_BYTES);
    c->limitations = reader_text(r, description, "limitations", LONG_TEXT_BYTES);
    c->usage = reader_text(r, description, "usage", LONG_TEXT_BYTES);
    if (*c->purpose == '\0') {
        finding_error(r->findings, description != NULL ? description : r->root,
                      "the contract says its purpose, in description.purpose");
    }
    read_status(r);
    read_version(r);
}

static void read_contract(struct reader *r)
{
    reader_custom_check(r, r->root, root_customs);
    read_head(r);
    read_team(r);
    read_schema(r);
    read_key(r);
    read_personal(r);
    read_collections(r);
    read_relationships(r);
    read_quality(r);
    read_service(r);
    read_calendar(r);
}

/* Expressions are judged when all that they may name is known. */
static void check_expressions(const struct reader *r, const struct sch_contract_options *options)
{
    for (size_t i = 0;
         options != NULL && options->check_expression != NULL && i < r->contract->quality_count;
         i++) {
        const struct sch_quality *rule = &r->contract->quality[i];
        struct err err = ERR_INIT;
        if (rule->kind != SCH_QUALITY_NOT_RUN &&
            options->check_expression(options->arg, r->contract, rule, &err) != 0) {
            finding_rule_error(r->findings, rule, err.text);
        }
    }
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory to read a contract");
}

static int read_text(struct body *body, const char *text, size_t len,
                     const struct sch_contract_options *options, struct sch_findings *findings,
                     struct err *err)
{
    struct yaml_fault fault;
    struct yaml_node *root = yaml_read(text, len, &body->arena, &fault, err);
    if (root == NULL) {
        if (err->code == ERR_BAD_CONTRACT) {
            finding_fault(findings, &fault, err->text);
        }
        return -1;
    }
    const struct yaml_node *api = yaml_member(root, "apiVersion");
    struct shape_check check = {findings, api == NULL || api->kind != YAML_VALUE ||
                                              strcmp(api->text, "v3.1.0") != 0};
    shape_check_object(&check, root, &shape_root);
    struct reader r = {
        .contract = &body->contract, .arena = &body->arena, .findings = findings, .root = root};
    r.failed = template_apply(root, &body->arena, findings, &body->contract.template_name) != 0;
    if (root->kind == YAML_OBJECT && !r.failed) {
        read_contract(&r);
        check_expressions(&r, options);
    }
    return r.failed || findings->failed ? no_memory(err) : 0;
}

/* The first error, for those who show no findings. */
static int refuse(const struct sch_findings *findings, struct err *err)
{
    const struct sch_finding *first = NULL;
    for (size_t i = 0; first == NULL && i < findings->count; i++) {
        first = findings->items[i].level == SCH_FINDING_ERROR ? &findings->items[i] : NULL;
    }
    if (first == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_CONTRACT, "it has %zu errors",
                       findings->errors);
    }
    err_set(err, ERR_KIND_FATAL, ERR_BAD_CONTRACT, "%s%sline %u, column %u: %s: %s",
            first->template_name != NULL ? first->template_name : "",
            first->template_name != NULL ? ", " : "", first->line, first->column, first->path,
            first->text);
    return -1;
}

struct sch_contract *sch_contract_read(const char *text, size_t len,
                                       const struct sch_contract_options *options,
                                       struct sch_findings *findings, struct err *err)
{
    struct body *body = calloc(1, sizeof(*body));
    if (body == NULL) {
        (void)no_memory(err);
        return NULL;
    }
    int rc = read_text(body, text, len, options, findings, err);
    findings_name_template(findings, body->contract.template_name);
    findings_sort(findings);
    if (findings->errors > 0 && (rc == 0 || err->code == ERR_BAD_CONTRACT)) {
        rc = refuse(findings, err);
    }
    struct sch_contract *contract = &body->contract;
    if (rc != 0) {
        sch_contract_free(&contract);
    }
    return contract;
}

void sch_contract_free(struct sch_contract **taken)
{
    struct body *body = (struct body *)*taken;
    *taken = NULL;
    if (body != NULL) {
        arena_fini(&body->arena);
        free(body);
    }
}
