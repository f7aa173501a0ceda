/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/problems.c - see the header. */
#include "storage/quality/problems.h"

#include "storage/conn/statement.h"
#include "storage/conn/text.h"

int sto_problems_turn(struct sto_conn *conn, int *found, struct err *err)
{
    PGresult *res = sto_exec(conn, "SELECT nrc.tend_quality()", NULL, 0, err);
    if (res == NULL) {
        return err_add(err, "looking for problems of quality");
    }
    *found = sto_text_int(res, 0, 0);
    PQclear(res);
    return 0;
}
