/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/structure_users.c - nrc structure users: who asked the registry for a structure. */
#include <stdint.h>
#include <string.h>

#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/report/report.h"

int ops_structure_users(const struct ops_context *context, struct err *err)
{
    const char *which = context->args->arguments[0];
    bool is_id = *which != '\0' && which[strspn(which, "0123456789")] == '\0';
    const char *const params[] = {is_id ? which : NULL, is_id ? NULL : which};
    struct sto_grid *structure = NULL;
    struct sto_grid *users = NULL;
    int64_t id;
    if (is_id && ops_parse_int(which, "SCHEMA-ID", 1, INT32_MAX, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    structure = conn != NULL ? sto_report(conn, STO_REPORT_STRUCTURE, params, 2, err) : NULL;
    if (structure != NULL && structure->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "no structure %s %.128s",
                is_id ? "has the schema id" : "is registered for a dataset or subject", which);
    } else if (structure != NULL) {
        const char *of_it = sto_grid_get(structure, 0, "schema_id");
        users = sto_report(conn, STO_REPORT_STRUCTURE_USERS, &of_it, 1, err);
    }
    sto_grid_free(&structure);
    sto_conn_close(&conn);
    return users != NULL ? ops_print_grid(context, &users, err) : -1;
}
