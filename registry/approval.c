/* SPDX-License-Identifier: Apache-2.0
 * registry/approval.c - see the header.
 *
 * The columns are settled by the last approval and not by the request: other structures may have been registered
 * meanwhile. */
#include "registry/approval.h"

#include <string.h>

#include "base/arena.h"
#include "registry/attempts.h"
#include "registry/structure.h"
#include "schema/model/model.h"
#include "schema/parse/parse.h"
#include "storage/conn/conn.h"
#include "storage/subject/write.h"

static int apply(struct sto_conn *conn, const struct sto_request *request, bool patient,
                 struct err *err)
{
    struct reg_judgement judgement = {0};
    struct sch_schema *schema = sch_parse(request->schema, strlen(request->schema), err);
    const struct reg_case asked = {.dataset_id = request->dataset_id,
                                   .schema = schema,
                                   .sha256 = request->sha256,
                                   .may_change_types = request->is_breaking};
    int rc = schema == NULL ? -1 : reg_structure_judge(conn, &asked, &judgement, err);
    if (rc == 0) {
        const struct sto_request_columns columns = {
            .columns = judgement.columns,
            .column_count = judgement.column_count,
            .column_of = judgement.column_of,
            .names = judgement.names,
            .field_count = judgement.field_count,
            .patient = patient,
        };
        rc = sto_request_apply(conn, request->id, &columns, err);
    }
    reg_judgement_fini(&judgement);
    sch_schema_unref(&schema);
    return rc;
}

static int attempt(struct sto_conn *conn, int64_t id, const struct sto_approval *approval,
                   bool patient, bool *complete, struct err *err)
{
    struct arena arena = ARENA_INIT;
    struct sto_request request;
    int rc = sto_request_get(conn, id, &arena, &request, err);
    if (rc == 0) {
        rc = sto_register_begin(conn, request.subject, err) != 0 ||
                     sto_request_approve(conn, id, approval, complete, err) != 0 ||
                     (*complete && apply(conn, &request, patient, err) != 0) ||
                     sto_register_commit(conn, err) != 0
                 ? -1
                 : 0;
        if (rc != 0) {
            sto_register_abort(conn);
        }
    }
    arena_fini(&arena);
    return rc;
}

int reg_approve(struct sto_conn *conn, int64_t request, const struct sto_approval *approval,
                bool *complete, struct err *err)
{
    struct reg_attempts attempts = reg_attempts_begin();
    int rc;
    do {
        rc = attempt(conn, request, approval, attempts.patient, complete, err);
    } while (rc != 0 && reg_attempts_again(&attempts, conn, err));
    return rc;
}
