/* SPDX-License-Identifier: Apache-2.0
 * registry/contracts.c - /nrc/v1/datasets/{dataset}/contracts: what an agency promises of a dataset. What `nrc contract` does,
 * by the same calls; a producer's account applies contracts of its own agency alone. */
#include <jansson.h>
#include <string.h>

#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/handlers.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/report_answer.h"
#include "registry/worker.h"
#include "schema/contract/contract.h"
#include "schema/ruleset/contract_rules.h"
#include "storage/admin/contract.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

int reg_get_contracts(struct http_request *req, struct err *err)
{
    const char *dataset = http_param(req, "dataset");
    const char *const params[] = {dataset, "all", "1000"};
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_DATASET, &dataset, 1, err) : NULL;
    bool is_there = grid != NULL && grid->rows > 0;
    if (grid != NULL && !is_there) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.100s", dataset);
    }
    sto_grid_free(&grid);
    return is_there ? reg_answer_report(req, STO_REPORT_CONTRACTS, params, COUNT_OF(params), err)
                    : -1;
}

int reg_get_contract(struct http_request *req, struct err *err)
{
    const char *version = http_param(req, "contract");
    const char *const params[] = {http_param(req, "dataset"),
                                  strcmp(version, "latest") != 0 ? version : NULL};
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_CONTRACT, params, 2, err) : NULL;
    int rc = -1;
    if (grid != NULL && grid->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no contract %.100s of %.100s",
                version, params[0]);
    } else if (grid != NULL) {
        struct jsonw w = jsonw_to(http_out(req));
        sto_grid_json_record(grid, 0, &w);
        http_ok(req, 200, "application/json");
        rc = 0;
    }
    sto_grid_free(&grid);
    return rc;
}

/* ---- applying ---- */

struct posted {
    json_t *json;
    const char *text;
    const char *why;
    bool is_dry;
    struct sch_findings findings;
    struct sch_contract *contract; /* NULL: it has errors */
    struct sto_contract_applied applied;
};

static void answer(struct http_request *req, const struct posted *p)
{
    const struct sch_contract *c = p->contract;
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_key(&w, "dataset");
    jsonw_str(&w, c != NULL ? c->dataset : NULL);
    jsonw_key(&w, "version");
    jsonw_str(&w, c != NULL ? c->version : NULL);
    jsonw_key(&w, "was");
    jsonw_str(&w, *p->applied.was != '\0' ? p->applied.was : NULL);
    jsonw_key(&w, "valid");
    jsonw_bool(&w, c != NULL);
    jsonw_key(&w, "changed");
    jsonw_bool(&w, p->applied.is_changed && !p->is_dry);
    jsonw_key(&w, "dry_run");
    jsonw_bool(&w, p->is_dry);
    jsonw_key(&w, "findings");
    sch_findings_json(&p->findings, &w);
    jsonw_close(&w, '}');
    http_ok(req, p->applied.is_changed && !p->is_dry ? 201 : 200, "application/json");
}

/* Holds the rules against the dataset's newest structure, if it has one. */
static int judge(struct http_request *req, struct posted *p, struct err *err)
{
    struct sto_conn *conn = reg_conn(req, err);
    struct buf structure = BUF_INIT;
    bool found = false;
    int rc = conn != NULL
                 ? sto_contract_structure(conn, p->contract->dataset, &structure, &found, err)
                 : -1;
    if (rc == 0 && found) {
        rc = sch_contract_judge(p->text, strlen(p->text), &structure, &p->contract, &p->findings,
                                err);
    }
    buf_fini(&structure);
    return rc;
}

static int store(struct http_request *req, struct posted *p, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    struct buf model = BUF_INIT;
    sch_contract_json(p->contract, &model);
    const struct sto_contract_spec spec = {.dataset = p->contract->dataset,
                                           .text = p->text,
                                           .contract = buf_cstr(&model),
                                           .why = p->why,
                                           .agency = who != NULL ? who->agency : NULL,
                                           .try_only = p->is_dry};
    struct sto_conn *conn = reg_conn_to_change(req, err);
    int rc = conn != NULL ? sto_contract_apply(conn, &spec, &p->applied, err) : -1;
    buf_fini(&model);
    return rc;
}

/* What is wrong is the answer of a trial, and an error otherwise. */
static int apply(struct http_request *req, struct posted *p, struct err *err)
{
    const char *dataset = http_param(req, "dataset");
    p->contract = sch_contract_read(p->text, strlen(p->text), NULL, &p->findings, err);
    if (p->contract == NULL || judge(req, p, err) < 0) {
        if (err->code == ERR_BAD_CONTRACT && p->findings.errors > 1) {
            err_add(err, "reading a contract with %zu errors: dry_run tells all",
                    p->findings.errors);
        }
        return p->is_dry && err->code == ERR_BAD_CONTRACT ? 0 : -1;
    }
    if (strcmp(p->contract->dataset, dataset) != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_CONTRACT,
                       "the contract is for %.100s, and the path names %.100s",
                       p->contract->dataset, dataset);
    }
    return store(req, p, err);
}

int reg_post_contract(struct http_request *req, struct err *err)
{
    struct posted p = {.findings = SCH_FINDINGS_INIT};
    bool ok = true;
    p.json = reg_body_object(req, err);
    if (p.json == NULL) {
        return -1;
    }
    p.text = reg_json_text(p.json, "text", &ok, err);
    p.why = reg_json_text(p.json, "why", &ok, err);
    p.is_dry = reg_json_flag(p.json, "dry_run");
    if (ok && p.text == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "text is missing: the contract");
        ok = false;
    }
    int rc = ok ? apply(req, &p, err) : -1;
    if (rc == 0) {
        if (p.applied.is_changed && !p.is_dry) {
            reg_changed(req);
        }
        answer(req, &p);
    }
    sch_contract_free(&p.contract);
    sch_findings_fini(&p.findings);
    json_decref(p.json);
    return rc;
}
