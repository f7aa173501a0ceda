/* SPDX-License-Identifier: Apache-2.0
 * registry/lookup.c - see the header. */
#include "registry/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "registry/ground.h"
#include "registry/merge.h"
#include "storage/subject/write.h"

bool reg_numbers_match(int32_t id, int32_t version, const struct sto_registered *row)
{
    bool same_id = id == row->schema_id;
    return version > 0 ? same_id && version == row->version : id < 0 || same_id;
}

static struct reg_lookup_key key_of(const struct reg_body *body,
                                    const struct reg_candidate *candidate)
{
    struct reg_lookup_key key = {.id = body->id, .version = body->version, .is_known = true};
    memcpy(key.plain, candidate->plain.sha256, SHA256_BYTES);
    memcpy(key.normalized, candidate->normalized.sha256, SHA256_BYTES);
    return key;
}

void reg_lookup_key_set(const struct reg_submission *submission,
                        const struct reg_candidate *candidate, bool rules_are_checked)
{
    if (submission->key != NULL && candidate->reference_count == 0 &&
        (rules_are_checked || candidate->rule_set == NULL)) {
        *submission->key = key_of(submission->body, candidate);
    }
}

int reg_lookup_by_key(const struct reg_lookup *lookup, const struct reg_lookup_key *key,
                      struct sto_registered *row, bool *found, struct err *err)
{
    const struct sto_lookup by = {
        .subject = lookup->submission->subject,
        .plain = lookup->submission->normalize ? key->normalized : key->plain,
        .normalized = key->normalized,
        .deleted = lookup->deleted,
        .attached = lookup->attached,
        .as_sent = lookup->attached && !lookup->is_merged,
    };
    int rc = sto_registered_find(lookup->conn, &by, lookup->arena, row, found, err);
    /* Whether it is the latest is known under the subject's lock alone. */
    *found = rc == 0 && *found &&
             (!lookup->attached ||
              (key->version != -1 && reg_numbers_match(key->id, key->version, row)));
    return rc;
}

int reg_lookup_candidate(const struct reg_lookup *lookup, const struct reg_candidate *candidate,
                         struct sto_registered *row, bool *found, struct err *err)
{
    const struct reg_lookup_key key = key_of(lookup->submission->body, candidate);
    return reg_lookup_by_key(lookup, &key, row, found, err);
}

int reg_lookup_resolved(const struct reg_lookup *lookup, struct reg_candidate *candidate,
                        struct sto_registered *row, bool *found, struct err *err)
{
    const struct sto_lookup by = {.subject = lookup->submission->subject,
                                  .deleted = lookup->deleted};
    *found = false;
    return candidate->reference_count > 0
               ? 0
               : sto_registered_find_resolved(lookup->conn, &by, buf_cstr(&candidate->plain.text),
                                              candidate->metadata, candidate->rule_set,
                                              lookup->arena, row, found, err);
}

/* The version that is the candidate but for a "confluent:version". */
static int find_numbered(const struct reg_lookup *lookup, struct reg_candidate *candidate,
                         struct sto_registered *row, bool *found, struct err *err)
{
    const char *sent = reg_version_property(candidate->metadata, lookup->arena);
    long number = sent != NULL ? strtol(sent, NULL, 10) : 0;
    const struct sto_lookup by = {.subject = lookup->submission->subject,
                                  .deleted = lookup->deleted};
    struct sto_registered *rows;
    size_t count;
    if (sto_registered_numbered(lookup->conn, &by,
                                number > 0 && number <= INT32_MAX ? (int32_t)number : 0,
                                lookup->arena, &rows, &count, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count && !*found; i++) {
        if (reg_candidate_match_numbered(candidate, &rows[i], lookup->arena, found, err) != 0) {
            return -1;
        }
        *row = rows[i];
    }
    return 0;
}

static int find_all(const struct reg_lookup *lookup, struct reg_candidate *candidate,
                    struct sto_registered *row, bool *found, struct err *err)
{
    if (reg_lookup_candidate(lookup, candidate, row, found, err) != 0 ||
        (!*found && reg_lookup_resolved(lookup, candidate, row, found, err) != 0)) {
        return -1;
    }
    return *found ? 0 : find_numbered(lookup, candidate, row, found, err);
}

int reg_lookup_merge(const struct reg_lookup *lookup, struct reg_candidate *candidate,
                     const struct sto_scope *scope, bool *changed, struct err *err)
{
    struct sto_registered last;
    bool has_last;
    if (sto_registered_get(lookup->conn, lookup->submission->subject, -1, false, lookup->arena,
                           &last, &has_last, err) != 0) {
        return -1;
    }
    const struct reg_ground ground = {lookup->submission->body, scope, has_last ? &last : NULL};
    if (reg_candidate_merge(candidate, &ground, lookup->arena, changed, err) == 0) {
        return 0;
    }
    if (err->code != ERR_BAD_RULE_SET) {
        return -1;
    }
    err_reset(err); /* it cannot be registered, so it is not there */
    *changed = false;
    return 0;
}

/* As it is, and then with the metadata and rule set that registering would give it. */
static int look_up(const struct reg_lookup *lookup, struct reg_candidate *candidate,
                   struct sto_registered *row, bool *found, struct err *err)
{
    struct sto_scope scope;
    bool changed = false;
    if (find_all(lookup, candidate, row, found, err) != 0) {
        return -1;
    }
    if (*found) {
        return 0;
    }
    if (sto_scope_load(lookup->conn, lookup->submission->subject, lookup->arena, &scope, err) !=
            0 ||
        reg_lookup_merge(lookup, candidate, &scope, &changed, err) != 0) {
        return -1;
    }
    return changed ? find_all(lookup, candidate, row, found, err) : 0;
}

int reg_look_up(const struct reg_lookup *lookup, struct sto_registered *row, bool *found,
                struct err *err)
{
    const struct reg_submission *submission = lookup->submission;
    struct reg_candidate candidate = {0};
    *found = false;
    if (submission->body->schema == NULL) {
        return 0;
    }
    int rc = reg_candidate_make(lookup->conn, submission->subject, submission->body, true,
                                lookup->arena, &candidate, err);
    if (rc == 0) {
        reg_lookup_key_set(submission, &candidate, false);
        rc = look_up(lookup, &candidate, row, found, err);
    }
    reg_candidate_fini(&candidate);
    return rc;
}
