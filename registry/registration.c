/* SPDX-License-Identifier: Apache-2.0
 * registry/registration.c - the steps of a registration.
 *
 *   known?    by (subject, hash), as it was sent or with what settings add, without a lock: most end here
 *   lock      the subject, and its dataset's row: from here on nobody else registers in it
 *   declare   the dataset itself, where it comes with its first structure: both or neither
 *   settle    mode; the version before gives what is left out, settings add theirs; known after all?
 *   judge     the level against the versions in force; a dataset's tables; what it changes, and who must agree
 *   store     one function of the register (nrc.register_version), COMMIT: active at once, or pending
 *
 * A registration that lost a lock or a deadlock begins again from the top; so does the client whose
 * COMMIT was not answered: what was stored is then known. */
#include "registry/registration_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "registry/attempts.h"
#include "registry/compatibility.h"
#include "registry/ground.h"
#include "registry/rule_set.h"
#include "registry/structure.h"
#include "storage/admin/admin.h"
#include "storage/conn/conn.h"
#include "storage/subject/add.h"

/* The highest id or version of an import: half of all numbers are left for later ones. */
enum { NUMBER_MAX = 1 << 30 };

static bool wants_version(const struct reg_body *body)
{
    return body->version > 0;
}

/* ---- judge ---- */

static int refuse(struct reg_attempt *a, const struct reg_reasons *reasons, struct err *err)
{
    struct buf text = BUF_INIT;
    buf_printf(&text,
               "Schema being registered is incompatible with an earlier schema for subject "
               "\"%s\", details: [",
               a->submission->subject);
    for (size_t i = 0; i < reasons->count; i++) {
        buf_put_str(&text, i > 0 ? ", " : "");
        buf_put_str(&text, reasons->items[i]);
    }
    buf_put_str(&text, "]");
    a->out->message = buf_failed(&text) ? NULL : arena_strdup(a->arena, buf_cstr(&text));
    a->out->reasons = reasons->items;
    a->out->reason_count = reasons->count;
    err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "%s", buf_cstr(&text));
    buf_fini(&text);
    return -1;
}

/* The level, and what is reserved. People who decide stand in for the level alone. */
static int check_level(struct reg_attempt *a, bool people_decide, struct err *err)
{
    struct reg_reasons reasons = {.arena = a->arena};
    if (a->submission->force || reg_attempt_is_import(a) || a->is_adopted) {
        return 0;
    }
    if ((people_decide
             ? reg_reserved(&a->scope, &a->candidate, a->rows, a->row_count, &reasons, err)
             : reg_compatible(&a->scope, &a->candidate, a->rows, a->row_count, &reasons, err)) !=
        0) {
        return -1;
    }
    return reasons.count == 0 ? 0 : refuse(a, &reasons, err);
}

/* An imported id raises the sequence that all later ids come from. */
static int check_id(const struct reg_attempt *a, struct err *err)
{
    int32_t id = a->submission->body->id;
    if (id >= 0 && !a->submission->may_import) {
        return err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                       "a registration with an id is an import: only the role steward may import");
    }
    return id <= NUMBER_MAX ? 0
                            : err_set(err, ERR_KIND_FATAL, ERR_NOT_PERMITTED,
                                      "id %d is too high: imported ids go up to %d, so that later "
                                      "ids have room",
                                      (int)id, NUMBER_MAX);
}

static int check_version(const struct reg_attempt *a, struct err *err)
{
    const struct reg_body *body = a->submission->body;
    int32_t next = reg_attempt_next_version(a);
    if (wants_version(body) && !reg_attempt_is_import(a) && body->version != next) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                       "Version is not one more than previous version");
    }
    if (wants_version(body) && body->version > NUMBER_MAX) {
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_PERMITTED,
                       "version %d is too high: imported versions go up to %d, so that later "
                       "versions have room",
                       (int)body->version, NUMBER_MAX);
    }
    if (!wants_version(body) && next == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_PERMITTED,
                       "there is no version after %d for %.160s", (int)INT32_MAX,
                       a->submission->subject);
    }
    bool same_id = body->id < 0 || body->id == a->out->row.schema_id;
    if (wants_version(body) && a->known_as != 0 && a->known_as != body->version && same_id) {
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_PERMITTED,
                       "The schema is version %d of %.160s: it cannot be version %d too",
                       (int)a->known_as, a->submission->subject, (int)body->version);
    }
    return 0;
}

/* ---- store ---- */

static bool waits(const struct reg_attempt *a)
{
    return a->changes && a->change.people > 0;
}

/* What is stored now, without reading it. */
static int fill_row(struct reg_attempt *a, struct err *err)
{
    const struct reg_candidate *c = &a->candidate;
    struct sto_registered *row = &a->out->row;
    struct buf references = BUF_INIT;
    char guid[REG_GUID_BYTES];
    reg_guid_of(a->form->sha256, guid);
    memcpy(row->sha256, a->form->sha256, SHA256_BYTES);
    sto_references_put(&references, a->form->references, c->reference_count);
    row->state = waits(a) ? STO_STRUCTURE_PENDING : STO_STRUCTURE_ACTIVE;
    row->subject = a->submission->subject;
    row->metadata = c->metadata;
    row->rule_set = c->rule_set;
    row->references = c->reference_count > 0 ? arena_strdup(a->arena, buf_cstr(&references)) : NULL;
    row->guid = arena_strdup(a->arena, guid);
    row->text = arena_memdup(a->arena, a->form->text.data, a->form->text.len);
    bool failed = buf_failed(&references) || row->guid == NULL || row->text == NULL;
    buf_fini(&references);
    return failed ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory") : 0;
}

static int store(struct reg_attempt *a, const struct reg_judgement *judgement, struct err *err)
{
    const struct reg_candidate *c = &a->candidate;
    const struct sto_version_spec spec = {
        .subject = a->submission->subject,
        .dataset_id = a->scope.dataset_id,
        .is_key = a->scope.is_key,
        .text = buf_cstr(&a->form->text),
        .resolved = c->reference_count > 0 ? (const char *)c->resolved.data : NULL,
        .sha256 = a->form->sha256,
        .normalized = c->normalized.sha256,
        .crc64 = sch_fingerprint_crc64(c->schema),
        .metadata = c->metadata,
        .rule_set = c->rule_set,
        .references = a->form->references,
        .reference_count = c->reference_count,
        .columns = judgement->columns,
        .column_count = judgement->column_count,
        .column_of = judgement->column_of,
        .names = judgement->names,
        .field_count = judgement->field_count,
        .change = a->changes ? &a->change.stored : NULL,
        .want_id = a->submission->body->id,
        .want_version = wants_version(a->submission->body) ? a->submission->body->version : 0,
        .by = a->submission->by,
        .patient = a->patient,
    };
    struct sto_version_added added;
    if (sto_version_add(a->conn, &spec, &added, err) != 0 ||
        sto_register_commit(a->conn, err) != 0) {
        return -1;
    }
    a->out->row.schema_id = added.schema_id;
    a->out->row.version = added.version;
    a->out->is_new = true;
    a->out->request = added.request;
    a->out->people = a->change.people;
    a->out->class = a->change.stored.class;
    return fill_row(a, err);
}

/* A client must not take an id for leave to send: what it asked for is kept as a request, and the answer is no. */
static int refuse_for_now(const struct reg_attempt *a, struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NOT_YET_ACTIVE,
                   "The schema was filed as request %lld: it is a %s change of %.160s, and %d "
                   "must approve it. Send no data with it until then",
                   (long long)a->out->request, a->out->class, a->scope.dataset, a->out->people);
}

/* An err keeps the field's path apart from its text; a client gets both in one. */
static int judge_tables(struct reg_attempt *a, bool may_change_types,
                        struct reg_judgement *judgement, struct err *err)
{
    const struct reg_case asked = {
        .dataset_id = a->scope.dataset_id,
        .is_key = a->scope.is_key,
        .schema = a->candidate.schema,
        .sha256 = a->form->sha256,
        .may_change_types = may_change_types,
    };
    a->out->message = NULL;
    if (asked.dataset_id == 0 || reg_structure_judge(a->conn, &asked, judgement, err) == 0) {
        return 0;
    }
    if (err->path[0] != '\0' && err_http_status(err->code) < 500) {
        a->out->message = arena_printf(a->arena, "%s: %s", err->path, err->text);
    }
    return -1;
}

/* An import is a steward's, and what was registered before its dataset was declared is there already. A key structure
 * changes nothing: its plan gives the key's columns, or it is refused. */
static int find_change(struct reg_attempt *a, const struct reg_judgement *judgement,
                       struct err *err)
{
    if (a->scope.dataset_id == 0 || a->scope.is_key || reg_attempt_is_import(a) || a->is_adopted) {
        return 0;
    }
    return reg_change_find(&a->scope, &judgement->roles, a->rows, a->row_count, a->candidate.schema,
                           a->submission->request, a->arena, &a->change, &a->changes, err);
}

/* Types change by a breaking change alone: that is what people agree to and readers are told of. */
static int judge_change(struct reg_attempt *a, struct reg_judgement *judgement, struct err *err)
{
    int rc = judge_tables(a, false, judgement, err);
    if (rc != 0 && err->code != ERR_INCOMPATIBLE) {
        return -1;
    }
    struct err refusal = *err;
    if (find_change(a, judgement, err) != 0) {
        return -1;
    }
    if (rc == 0) {
        return 0;
    }
    if (!a->changes || strcmp(a->change.stored.class, "breaking") != 0) {
        *err = refusal;
        return -1;
    }
    err_reset(err);
    reg_judgement_fini(judgement);
    return judge_tables(a, true, judgement, err);
}

/* Given a subject that is older than its dataset, then its structure may be a change that people must agree to; it cannot
 * wait for them while its dataset is not there. */
static int check_declared(const struct reg_attempt *a, struct err *err)
{
    return a->submission->declares == NULL || !waits(a)
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_REFUSED,
                         "the subject %.160s has version %d already, and the structure is a %s "
                         "change of it: declare the dataset without a structure, then register "
                         "that one and ask for this one",
                         a->submission->subject, (int)a->change.stored.compared_with,
                         a->change.stored.class);
}

/* People who decide on a request stand in for the level; where nobody must, the level decides. */
static int judge(struct reg_attempt *a, struct reg_judgement *judgement, struct err *err)
{
    const bool is_request = a->submission->request != NULL;
    if (check_id(a, err) != 0 || check_version(a, err) != 0 ||
        reg_attempt_check_rules(a, err) != 0 || check_level(a, is_request, err) != 0 ||
        judge_change(a, judgement, err) != 0 || check_declared(a, err) != 0) {
        return -1;
    }
    return is_request && !waits(a) ? check_level(a, false, err) : 0;
}

static int judge_and_store(struct reg_attempt *a, struct err *err)
{
    struct reg_judgement judgement = {0};
    int rc = judge(a, &judgement, err);
    if (rc == 0) {
        rc = store(a, &judgement, err);
    }
    reg_judgement_fini(&judgement);
    return rc == 0 && waits(a) && a->submission->request == NULL ? refuse_for_now(a, err) : rc;
}

static int declare(struct reg_attempt *a, struct err *err)
{
    const struct sto_dataset_spec *spec = a->submission->declares;
    return spec != NULL ? sto_dataset_add(a->conn, spec, &a->out->dataset_id, err) : 0;
}

static int run_locked(struct reg_attempt *a, struct err *err)
{
    bool found;
    const char *by = a->submission->by;
    if ((by != NULL && sto_conn_act_as(a->conn, by, err) != 0) ||
        sto_register_begin(a->conn, a->submission->subject, err) != 0 || declare(a, err) != 0 ||
        reg_attempt_settle(a, &found, err) != 0) {
        return -1;
    }
    if (!found || a->submission->declares != NULL) {
        return judge_and_store(a, err);
    }
    sto_register_abort(a->conn); /* nothing was written */
    bool complete = a->out->row.text != NULL;
    return complete ? 0
                    : sto_registered_get(a->conn, a->submission->subject, a->out->row.version, true,
                                         a->arena, &a->out->row, &found, err);
}

/* With what settings add, still without the lock: a producer that starts again waits for nobody. */
static int find_merged(struct reg_attempt *a, struct reg_lookup *lookup, bool *found,
                       struct err *err)
{
    const struct reg_body *body = a->submission->body;
    struct sto_scope scope;
    bool changed;
    if (sto_scope_load(a->conn, a->submission->subject, a->arena, &scope, err) != 0) {
        return -1;
    }
    if (!reg_ground_has_layers(&scope) || body->version != 0 || body->id >= 0) {
        return 0;
    }
    lookup->is_merged = true;
    return reg_lookup_merge(lookup, &a->candidate, &scope, &changed, err) != 0
               ? -1
               : reg_lookup_candidate(lookup, &a->candidate, &a->out->row, found, err);
}

/* Most requests end here: a row is found without a lock. */
static int find_unlocked(struct reg_attempt *a, bool *found, struct err *err)
{
    const struct reg_body *body = a->submission->body;
    struct reg_lookup lookup = {
        .conn = a->conn, .submission = a->submission, .arena = a->arena, .attached = true};
    /* An imported schema may refer to versions that are deleted in the registry it comes from. */
    if (reg_candidate_make(a->conn, a->submission->subject, body, body->id >= 0, a->arena,
                           &a->candidate, err) != 0) {
        return -1;
    }
    if (a->submission->declares != NULL) { /* a dataset that is not there has no versions */
        return 0;
    }
    reg_lookup_key_set(a->submission, &a->candidate, true);
    if (reg_lookup_candidate(&lookup, &a->candidate, &a->out->row, found, err) != 0) {
        return -1;
    }
    return *found ? 0 : find_merged(a, &lookup, found, err);
}

static int run(struct reg_attempt *a, struct err *err)
{
    bool found = false;
    if (a->submission->body->schema != NULL && find_unlocked(a, &found, err) != 0) {
        return -1;
    }
    if (found) {
        return 0;
    }
    a->out->row = (struct sto_registered){0};
    int rc = run_locked(a, err);
    if (rc != 0) {
        sto_register_abort(a->conn);
    }
    return rc;
}

int reg_register(struct sto_conn *conn, const struct reg_submission *submission,
                 struct arena *arena, struct reg_outcome *out, struct err *err)
{
    struct reg_attempts attempts = reg_attempts_begin();
    int rc;
    if (reg_rule_set_check(submission->body->rule_set, err) != 0) {
        return -1;
    }
    do {
        struct reg_attempt attempt = {.conn = conn,
                                      .submission = submission,
                                      .arena = arena,
                                      .out = out,
                                      .patient = attempts.patient};
        *out = (struct reg_outcome){0};
        rc = run(&attempt, err);
        reg_candidate_fini(&attempt.candidate);
    } while (rc != 0 && reg_attempts_again(&attempts, conn, err));
    return rc;
}
