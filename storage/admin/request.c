/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/request.c - see the header. Who may decide, and when a change takes effect, is judged by the functions of
 * nrc_owner. */
#include "storage/admin/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "storage/admin/columns.h"
#include "storage/admin/given_priv.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

enum { ID_SIZE = 24, NOTICE_DIGITS_MAX = 18 };
_Static_assert((int)STO_REQUEST_TIME_SIZE == (int)STO_TIME_SIZE, "room for a time");

/* ---- what is given ---- */

int sto_request_time(const char *given, char room[STO_REQUEST_TIME_SIZE], const char **out,
                     struct err *err)
{
    *out = given != NULL ? room : NULL;
    return given != NULL ? sto_given_time(given, false, room, err) : 0;
}

int sto_request_reason(const char *given, struct err *err)
{
    return sto_given_text(given, true, "the reason", err);
}

int sto_request_notice(const char *given, struct err *err)
{
    size_t digits = given != NULL ? strspn(given, "0123456789") : 0;
    bool is_number =
        given == NULL || (digits > 0 && digits <= NOTICE_DIGITS_MAX && given[digits] == '\0');
    return is_number ? 0 : sto_given_wrong(err, "a notice is named by its number");
}

/* ---- one request ---- */

int sto_request_get(struct sto_conn *conn, int64_t id, struct arena *arena, struct sto_request *out,
                    struct err *err)
{
    static const char sql[] = "SELECT r.subject, r.dataset_id, coalesce(s.resolved_text, s.text),"
                              " s.sha256, r.class = 'breaking' FROM nrc.structure_request r"
                              " JOIN nrc.schema s ON s.id = r.schema_id WHERE r.id = $1::bigint";
    char of[ID_SIZE];
    const char *const values[] = {of};
    snprintf(of, sizeof(of), "%" PRId64, id);
    PGresult *res = sto_exec(conn, sql, values, 1, err);
    if (res == NULL) {
        return err_add(err, "reading request %s", of);
    }
    if (PQntuples(res) == 0) {
        PQclear(res);
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no request %s", of);
    }
    bool failed = false;
    *out = (struct sto_request){
        .id = id,
        .subject = sto_text_copy(arena, res, 0, 0, &failed),
        .dataset_id = sto_text_int(res, 0, 1),
        .schema = sto_text_copy(arena, res, 0, 2, &failed),
        .is_breaking = PQgetvalue(res, 0, 4)[0] == 't',
    };
    failed = failed || !sto_text_bytes(PQgetvalue(res, 0, 3), out->sha256, sizeof(out->sha256));
    PQclear(res);
    return failed ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for request %s", of) : 0;
}

int sto_request_approve(struct sto_conn *conn, int64_t id, const struct sto_approval *approval,
                        bool *complete, struct err *err)
{
    char of[ID_SIZE];
    char made[8];
    char room[STO_TIME_SIZE];
    const char *from;
    snprintf(of, sizeof(of), "%" PRId64, id);
    if (sto_request_reason(approval->why, err) != 0 ||
        sto_request_notice(approval->notice, err) != 0 ||
        sto_request_time(approval->from, room, &from, err) != 0) {
        return -1;
    }
    const char *const values[] = {of, approval->why, from, approval->notice};
    int rc = sto_given_call(
        conn, "SELECT nrc.approve_request($1::bigint, $2, $3::timestamptz, $4::bigint)", values,
        COUNT_OF(values), made, sizeof(made), err);
    *complete = rc == 0 && made[0] == 't';
    return rc;
}

int sto_request_apply(struct sto_conn *conn, int64_t id, const struct sto_request_columns *columns,
                      struct err *err)
{
    char of[ID_SIZE];
    struct buf list = BUF_INIT;
    struct buf fields = BUF_INIT;
    struct buf names = BUF_INIT;
    int rc = -1;
    snprintf(of, sizeof(of), "%" PRId64, id);
    if (sto_columns_check(columns->columns, columns->column_count, err) == 0) {
        sto_columns_put(&list, columns->columns, columns->column_count);
        sto_column_ordinals_put(&fields, columns->column_of, columns->field_count);
        sto_text_list(&names, columns->names, columns->field_count);
        const char *const values[] = {of, buf_cstr(&list), buf_cstr(&fields), buf_cstr(&names),
                                      columns->patient ? "true" : "false"};
        rc = buf_failed(&list) || buf_failed(&fields) || buf_failed(&names)
                 ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for columns")
                 : sto_given_call(conn,
                                  "SELECT nrc.apply_request($1::bigint, $2::jsonb, $3::int[],"
                                  " $4::jsonb, $5::boolean)",
                                  values, COUNT_OF(values), NULL, 0, err);
    }
    buf_fini(&list);
    buf_fini(&fields);
    buf_fini(&names);
    return rc;
}

int sto_request_reject(struct sto_conn *conn, int64_t id, const char *why, struct err *err)
{
    char of[ID_SIZE];
    snprintf(of, sizeof(of), "%" PRId64, id);
    const char *const values[] = {of, why};
    return sto_request_reason(why, err) != 0
               ? -1
               : sto_given_call(conn, "SELECT nrc.reject_request($1::bigint, $2)", values,
                                COUNT_OF(values), NULL, 0, err);
}

/* ---- structures and policies ---- */

int sto_structure_retire(struct sto_conn *conn, const char *dataset, int32_t version,
                         const char *why, const char *from_time, struct err *err)
{
    char of[ID_SIZE];
    char room[STO_TIME_SIZE];
    const char *from;
    snprintf(of, sizeof(of), "%" PRId32, version);
    if (sto_request_reason(why, err) != 0 || sto_request_time(from_time, room, &from, err) != 0) {
        return -1;
    }
    const char *const values[] = {dataset, of, why, from};
    return sto_given_call(conn, "SELECT nrc.retire_structure($1, $2::int, $3, $4::timestamptz)",
                          values, COUNT_OF(values), NULL, 0, err);
}

int sto_policy_set(struct sto_conn *conn, const char *dataset, const struct sto_policy *policy,
                   const char *why, struct err *err)
{
    const char *const values[] = {dataset, policy->review_people, policy->breaking_people,
                                  policy->breaking_notice, why};
    if (policy->review_people == NULL && policy->breaking_people == NULL &&
        policy->breaking_notice == NULL) {
        return sto_given_wrong(err, "name what is to change of the policy");
    }
    return sto_request_reason(why, err) != 0
               ? -1
               : sto_given_call(conn,
                                "SELECT nrc.set_policy($1, $2::int, $3::int, $4::boolean, $5)",
                                values, COUNT_OF(values), NULL, 0, err);
}
