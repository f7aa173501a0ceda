/* SPDX-License-Identifier: Apache-2.0
 * registry/settle.c - what a registration is about: the mode, what its body leaves out, and whether the subject has the schema
 * already. */
#include <string.h>

#include "registry/compatibility.h"
#include "registry/ground.h"
#include "registry/merge.h"
#include "registry/registration_priv.h"
#include "storage/conn/conn.h"
#include "storage/subject/config.h"

bool reg_attempt_is_import(const struct reg_attempt *a)
{
    return strcmp(a->scope.mode, "IMPORT") == 0 || strcmp(a->scope.mode, "FORWARD") == 0;
}

static int check_mode(const struct reg_attempt *a, struct err *err)
{
    const char *why = NULL;
    if (strncmp(a->scope.mode, "READONLY", 8) == 0) {
        why = "is in read-only mode";
    } else if (a->submission->body->id >= 0 && !reg_attempt_is_import(a)) {
        why = "is not in import mode";
    } else if (a->submission->body->id < 0 && strcmp(a->scope.mode, "READWRITE") != 0) {
        why = "is not in read-write mode";
    }
    return why == NULL ? 0 : sto_mode_refuse(a->submission->subject, why, err);
}

static const struct sto_registered *last_live(const struct reg_attempt *a)
{
    for (size_t i = a->row_count; i > 0; i--) {
        if (!a->rows[i - 1].deleted && a->rows[i - 1].state != STO_STRUCTURE_PENDING) {
            return &a->rows[i - 1];
        }
    }
    return NULL;
}

/* A request without a schema asks for the last one again, with other metadata or rules. */
static int take_schema_of(struct reg_attempt *a, const struct sto_registered *last, struct err *err)
{
    if (last == NULL || reg_attempt_is_import(a)) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "Empty schema");
    }
    struct reg_body body = *a->submission->body;
    struct sto_registered row;
    bool found;
    if (sto_registered_get(a->conn, a->submission->subject, last->version, false, a->arena, &row,
                           &found, err) != 0) {
        return -1;
    }
    body.schema = row.text;
    body.schema_len = strlen(row.text);
    return reg_references_parse(row.references, a->arena, &body.references, &body.reference_count,
                                err) != 0
               ? -1
               : reg_candidate_make(a->conn, a->submission->subject, &body, true, a->arena,
                                    &a->candidate, err);
}

static int read_subject(struct reg_attempt *a, struct err *err)
{
    if (sto_scope_load(a->conn, a->submission->subject, a->arena, &a->scope, err) != 0 ||
        check_mode(a, err) != 0 ||
        (a->scope.has_versions &&
         sto_registered_list(a->conn, a->submission->subject,
                             reg_level_is_transitive(a->scope.level) || a->scope.group != NULL,
                             a->arena, &a->rows, &a->row_count, err) != 0)) {
        return -1;
    }
    a->last = last_live(a);
    const struct reg_body *body = a->submission->body;
    int rc = a->candidate.schema == NULL
                 ? take_schema_of(a, a->last, err)
                 : reg_candidate_set(&a->candidate, body->metadata, body->rule_set, err);
    if (rc != 0) {
        return -1;
    }
    /* An import is stored as it was where it comes from. */
    bool normalize = !reg_attempt_is_import(a) && (a->submission->normalize || a->scope.normalize);
    a->form = normalize ? &a->candidate.normalized : &a->candidate.plain;
    return 0;
}

/* A request for the latest version is not answered by another. */
static bool may_be(const struct reg_attempt *a, const struct sto_registered *row)
{
    return !row->deleted && (a->submission->body->version != -1 || row == a->last);
}

/* The newest live version that is printed as the candidate, or else means the same. */
static const struct sto_registered *same_row(const struct reg_attempt *a, bool exactly)
{
    for (size_t i = a->row_count; i > 0; i--) {
        const struct sto_registered *row = &a->rows[i - 1];
        if (may_be(a, row) && reg_candidate_is(&a->candidate, a->form, row, exactly)) {
            return row;
        }
    }
    return NULL;
}

/* The newest live version that is the candidate but for its "confluent:version". */
static int find_numbered(struct reg_attempt *a, const struct sto_registered **out, struct err *err)
{
    bool same = false;
    *out = NULL;
    for (size_t i = a->row_count; i > 0 && !same; i--) {
        const struct sto_registered *row = &a->rows[i - 1];
        if (may_be(a, row) &&
            reg_candidate_match_numbered(&a->candidate, row, a->arena, &same, err) != 0) {
            return -1;
        }
        *out = same ? row : NULL;
    }
    return 0;
}

/* The schema is a version that no data may have. */
static int refuse_standing(struct reg_attempt *a, const struct sto_registered *row, struct err *err)
{
    static const enum err_code codes[] = {
        [STO_STRUCTURE_PENDING] = ERR_NOT_YET_ACTIVE,
        [STO_STRUCTURE_APPROVED] = ERR_NOT_YET_ACTIVE,
        [STO_STRUCTURE_REJECTED] = ERR_STRUCTURE_REJECTED,
        [STO_STRUCTURE_RETIRED] = ERR_STRUCTURE_RETIRED,
    };
    const char *standing;
    if (sto_standing(a->conn, row->subject, row->version, a->arena, &standing, err) != 0) {
        return -1;
    }
    a->out->message = arena_printf(a->arena, "The schema is version %d of %s, which %s",
                                   (int)row->version, row->subject, standing);
    return err_set(err, ERR_KIND_FATAL, codes[row->state], "%s",
                   a->out->message != NULL ? a->out->message : "out of memory");
}

/* A rejected structure may be asked for again, by a person. */
static bool is_asked_again(const struct reg_attempt *a, const struct sto_registered *row)
{
    return row->state == STO_STRUCTURE_REJECTED && a->submission->request != NULL;
}

/* The version that is this schema already: the order of attributes makes no other schema. */
static int find_known(struct reg_attempt *a, bool *found, struct err *err)
{
    const struct sto_registered *exact = same_row(a, true);
    const struct sto_registered *row = exact != NULL ? exact : same_row(a, false);
    if (row == NULL && !reg_attempt_is_import(a) && find_numbered(a, &row, err) != 0) {
        return -1;
    }
    *found = row != NULL && !is_asked_again(a, row);
    if (*found && row->state != STO_STRUCTURE_ACTIVE) {
        return refuse_standing(a, row, err);
    }
    if (row != NULL && !*found) {
        return 0;
    }
    if (row != NULL) {
        a->out->row = *row;
    }
    const struct reg_body *body = a->submission->body;
    const struct reg_lookup lookup = {
        .conn = a->conn, .submission = a->submission, .arena = a->arena};
    if (!*found && a->row_count > 0 && body->version != -1 &&
        reg_lookup_resolved(&lookup, &a->candidate, &a->out->row, found, err) != 0) {
        return -1;
    }
    /* An import may bring versions that mean the same: each has its own id. */
    a->known_as = *found && (row == NULL || row == exact) ? a->out->row.version : 0;
    if (*found && a->scope.dataset_id != 0 && !a->out->row.is_attached) {
        a->is_adopted = true;
        *found = false;
    }
    *found =
        *found && (body->version == -1 || reg_numbers_match(body->id, body->version, &a->out->row));
    return 0;
}

/* As it was sent. Where settings add something, nothing is stored as it is sent; and a version that is asked for by its number
 * is another one than all before. */
static bool may_be_as_sent(const struct reg_attempt *a)
{
    return a->submission->body->version <= 0 && !reg_ground_has_layers(&a->scope);
}

/* Given a version that is older than its dataset and than the settings, then events of it are in the topic, therefore it becomes
 * the dataset's as it is. The next registration gets what the settings add. */
static bool adopt(struct reg_attempt *a)
{
    const struct sto_registered *row = same_row(a, true);
    a->is_adopted = row != NULL && row->state == STO_STRUCTURE_ACTIVE && !row->is_attached &&
                    a->scope.dataset_id != 0 && a->submission->body->version <= 0;
    if (a->is_adopted) {
        a->out->row = *row;
        a->known_as = row->version;
    }
    return a->is_adopted;
}

/* Takes away a "confluent:version" that is not the client's: it is of the version before. */
static int find_merged(struct reg_attempt *a, bool changed, bool *found, struct err *err)
{
    const struct reg_body *body = a->submission->body;
    bool is_sent = reg_version_property(body->metadata, a->arena) != NULL;
    bool is_numbered =
        body->version != 0 || reg_version_property(a->candidate.metadata, a->arena) != NULL;
    if (is_numbered && !is_sent && reg_candidate_number(&a->candidate, 0, a->arena, err) != 0) {
        return -1;
    }
    if (changed && body->version <= 0 && find_known(a, found, err) != 0) {
        return -1;
    }
    return !*found && !a->is_adopted && is_numbered
               ? reg_candidate_number(&a->candidate, reg_attempt_next_version(a), a->arena, err)
               : 0;
}

int32_t reg_attempt_next_version(const struct reg_attempt *a)
{
    int32_t last = a->row_count > 0 ? a->rows[a->row_count - 1].version : 0;
    return last < INT32_MAX ? last + 1 : 0;
}

int reg_attempt_settle(struct reg_attempt *a, bool *found, struct err *err)
{
    *found = false;
    if (read_subject(a, err) != 0) {
        return -1;
    }
    if (reg_attempt_is_import(a)) {
        return find_known(a, found, err);
    }
    const struct reg_ground ground = {a->submission->body, &a->scope, a->last};
    bool changed;
    if (may_be_as_sent(a) && find_known(a, found, err) != 0) {
        return -1;
    }
    if (*found || a->is_adopted || adopt(a)) {
        return 0;
    }
    if (reg_candidate_merge(&a->candidate, &ground, a->arena, &changed, err) != 0) {
        return -1;
    }
    return find_merged(a, changed || !may_be_as_sent(a), found, err);
}
