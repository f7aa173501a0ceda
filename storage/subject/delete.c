/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/delete.c - calls nrc.delete_version and nrc.delete_subject. Errors have Confluent's own
 * words, to the letter, because programs compare them.
 *
 * The functions lock the subject as a registration does, then check, then delete, so nothing can happen in
 * between. */
#include "storage/subject/delete.h"

#include <stdio.h>
#include <string.h>

#include "storage/conn/statement.h"
#include "storage/conn/text.h"
#include "storage/subject/config.h"
#include "storage/subject/query_priv.h"

static const struct refusal {
    const char *outcome;
    enum err_code code;
    const char *text; /* $: the subject; #: the version */
} refusals[] = {
    {"subject_not_found", ERR_SUBJECT_NOT_FOUND, "Subject '$' not found."},
    {"subject_deleted", ERR_SUBJECT_DELETED,
     "Subject '$' was soft deleted.Set permanent=true to delete permanently"},
    {"subject_not_deleted", ERR_SUBJECT_NOT_DELETED,
     "Subject '$' was not deleted first before being permanently deleted"},
    {"version_not_found", ERR_VERSION_NOT_FOUND, "Version # not found."},
    {"version_deleted", ERR_VERSION_DELETED,
     "Subject '$' Version # was soft deleted.Set permanent=true to delete permanently"},
    {"version_not_deleted", ERR_VERSION_NOT_DELETED,
     "Subject '$' Version # was not deleted first before being permanently deleted"},
    {"referenced", ERR_REFERENCED,
     "One or more references exist to the schema"
     " {magic=1,keytype=SCHEMA,subject=$,version=#}."},
    {"holds_events", ERR_NOT_PERMITTED,
     "Subject '$' Version # is never permanently deleted: the register holds events of this "
     "structure"},
};

static int refuse(const struct refusal *row, const char *subject, const char *version,
                  struct err *err)
{
    char text[ERR_TEXT_BYTES];
    size_t used = 0;
    for (const char *at = row->text; *at != '\0' && used < sizeof(text); at++) {
        used += (size_t)(*at == '$' ? snprintf(text + used, sizeof(text) - used, "%.300s", subject)
                         : *at == '#' ? snprintf(text + used, sizeof(text) - used, "%s", version)
                                      : snprintf(text + used, sizeof(text) - used, "%c", *at));
    }
    return err_set(err, ERR_KIND_FATAL, row->code, "%s", text);
}

/* 0 when the outcome is 'done'. */
static int check_outcome(const char *outcome, const char *subject, const char *version,
                         struct err *err)
{
    if (strcmp(outcome, "done") == 0) {
        return 0;
    }
    if (strcmp(outcome, "read_only") == 0) {
        return sto_mode_refuse(subject, "is in read-only mode", err);
    }
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        if (strcmp(refusals[i].outcome, outcome) == 0) {
            return refuse(&refusals[i], subject, version, err);
        }
    }
    return err_set(err, ERR_KIND_FATAL, ERR_BUG, "a deletion ended as %s", outcome);
}

int sto_version_delete(struct sto_conn *conn, const char *subject, int32_t version, bool permanent,
                       int32_t *deleted, struct err *err)
{
    char number[STO_NUMBER_BYTES];
    const char *const values[] = {subject, sto_number(number, version),
                                  permanent ? "true" : "false"};
    PGresult *res =
        sto_exec(conn, "SELECT outcome, version FROM nrc.delete_version($1, $2::int, $3::boolean)",
                 values, 3, err);
    if (res == NULL) {
        return -1;
    }
    int rc = check_outcome(PQgetvalue(res, 0, 0), subject, PQgetvalue(res, 0, 1), err);
    *deleted = sto_text_int(res, 0, 1);
    PQclear(res);
    return rc;
}

struct sto_words *sto_subject_delete(struct sto_conn *conn, const char *subject, bool permanent,
                                     struct err *err)
{
    const char *const values[] = {subject, permanent ? "true" : "false"};
    PGresult *res = sto_exec(conn,
                             "SELECT d.outcome, d.version, n"
                             " FROM nrc.delete_subject($1, $2::boolean) d"
                             " LEFT JOIN LATERAL unnest(d.versions) n ON d.outcome = 'done'"
                             " ORDER BY n",
                             values, 2, err);
    if (res == NULL) {
        return NULL;
    }
    if (check_outcome(PQgetvalue(res, 0, 0), subject, PQgetvalue(res, 0, 1), err) != 0) {
        PQclear(res);
        return NULL;
    }
    return sto_words_of(res, 2, err);
}
