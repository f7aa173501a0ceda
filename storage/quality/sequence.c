/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/sequence.c - see the header. */
#include "storage/quality/sequence.h"

#include "storage/quality/turn_priv.h"

int sto_sequences_turn(struct sto_conn *conn, struct err *err)
{
    static const struct turn turn = {
        .what = "the sequence of dataset",
        .list_sql = "SELECT nrc.sequences_due()",
        .step_sql = "SELECT nrc.sequence_step($1::int, 100000)",
        .fail_sql = "SELECT nrc.sequence_failed($1::int)",
    };
    return turn_run(conn, &turn, err);
}
