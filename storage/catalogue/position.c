/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/position.c - halting and resuming positions. They are claimed in claim.c, and batches move them in
 * storage/commit/fence.c. */
#include "storage/catalogue/position.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

enum { NUMBER_BYTES = 24 };

static const char *number(char *out, int64_t v)
{
    snprintf(out, NUMBER_BYTES, "%" PRId64, v);
    return out;
}

static int stale_epoch(struct err *err, int32_t id)
{
    return err_set(err, ERR_KIND_FENCED, ERR_STALE_EPOCH,
                   "position %" PRId32 " is claimed by another engine", id);
}

int sto_positions_known(struct sto_conn *conn, const char *const *topics, size_t count, bool *known,
                        struct err *err)
{
    struct buf list = BUF_INIT;
    sto_text_list(&list, topics, count);
    const char *text = buf_cstr(&list);
    PGresult *res = NULL;
    if (buf_failed(&list)) {
        (void)!err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a list of topics");
    } else {
        res = sto_exec(conn,
                       "SELECT t.ord - 1 FROM jsonb_array_elements_text($1::jsonb)"
                       " WITH ORDINALITY AS t (topic, ord) WHERE EXISTS (SELECT FROM nrc.position p"
                       " WHERE p.topic = t.topic AND p.replaced_at IS NULL)",
                       &text, 1, err);
    }
    buf_fini(&list);
    if (res == NULL) {
        return err_add(err, "asking which topics have positions");
    }
    memset(known, 0, count * sizeof(*known));
    for (int row = 0; row < PQntuples(res); row++) {
        known[sto_text_int(res, row, 0)] = true;
    }
    PQclear(res);
    return 0;
}

int sto_position_show_life(struct sto_conn *conn, const char *owner, struct err *err)
{
    PGresult *res =
        sto_exec(conn, "SELECT pg_advisory_lock_shared(hashtextextended('nrc.owner/' || $1, 0))",
                 &owner, 1, err);
    if (res == NULL) {
        return err_add(err, "showing that an engine is there");
    }
    PQclear(res);
    return 0;
}

int sto_position_halt(struct sto_conn *conn, int32_t id, int64_t epoch, enum sto_incident_kind kind,
                      const char *reason, struct err *err)
{
    const struct sto_incident_row *row = sto_incident_row(kind);
    char id_text[NUMBER_BYTES];
    char epoch_text[NUMBER_BYTES];
    const char *const values[] = {number(id_text, id), number(epoch_text, epoch), row->token,
                                  reason, sto_closes_token(row->closes)};
    PGresult *res =
        sto_exec(conn,
                 "WITH halted AS (UPDATE nrc.position SET state = 'halted', halt_kind = $3,"
                 " halt_reason = $4 WHERE id = $1::int AND epoch = $2::bigint"
                 " RETURNING id, dataset_id)"
                 " SELECT nrc.see_incident($3, $5, h.dataset_id, h.id, NULL, $4, 1, now())"
                 " FROM halted h",
                 values, COUNT_OF(values), err);
    if (res == NULL) {
        return err_add(err, "halting position %" PRId32, id);
    }
    int found = PQntuples(res);
    PQclear(res);
    return found == 1 ? 0 : stale_epoch(err, id);
}

int sto_positions_note_log_starts(struct sto_conn *conn, const struct sto_log_start *starts,
                                  size_t count, struct err *err)
{
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        jsonw_open(&w, '{');
        jsonw_number(&w, "id", starts[i].position_id);
        jsonw_number(&w, "epoch", starts[i].epoch);
        jsonw_number(&w, "log_start", starts[i].log_start);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    const char *values[] = {buf_cstr(&json)};
    PGresult *res = buf_failed(&json)
                        ? NULL
                        : sto_exec(conn,
                                   "WITH seen AS MATERIALIZED (SELECT p.id, s.log_start"
                                   "  FROM jsonb_to_recordset($1::jsonb)"
                                   "   AS s (id int, epoch bigint, log_start bigint)"
                                   "  JOIN nrc.position p ON p.id = s.id AND p.epoch = s.epoch"
                                   "  ORDER BY p.topic, p.partition FOR UPDATE OF p)"
                                   " UPDATE nrc.position p SET log_start = s.log_start FROM seen s"
                                   " WHERE p.id = s.id RETURNING p.id",
                                   values, COUNT_OF(values), err);
    const bool no_memory = buf_failed(&json);
    buf_fini(&json);
    if (no_memory) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for log starts");
    }
    if (res == NULL) {
        return err_add(err, "noting where logs start");
    }
    const size_t found = (size_t)PQntuples(res);
    PQclear(res);
    return found == count ? 0 : stale_epoch(err, count == 1 ? starts[0].position_id : 0);
}

int sto_position_halted(struct sto_conn *conn, int32_t id, bool *halted, struct err *err)
{
    char id_text[NUMBER_BYTES];
    const char *const values[] = {number(id_text, id)};
    PGresult *res = sto_exec(conn, "SELECT state = 'halted' FROM nrc.position WHERE id = $1::int",
                             values, 1, err);
    if (res == NULL) {
        return -1;
    }
    *halted = PQntuples(res) == 1 && PQgetvalue(res, 0, 0)[0] == 't';
    PQclear(res);
    return 0;
}

int sto_position_read(struct sto_conn *conn, const char *topic, int32_t partition,
                      struct sto_position_state *out, struct err *err)
{
    char partition_text[NUMBER_BYTES];
    const char *const values[] = {topic, number(partition_text, partition)};
    PGresult *res = sto_exec(conn,
                             "SELECT next_offset, state = 'halted', coalesce(halt_kind, '')"
                             " FROM nrc.position WHERE topic = $1 AND partition = $2::int"
                             " AND replaced_at IS NULL",
                             values, COUNT_OF(values), err);
    if (res == NULL) {
        return -1;
    }
    int found = PQntuples(res);
    if (found == 1) {
        *out = (struct sto_position_state){
            .next_offset = strtoll(PQgetvalue(res, 0, 0), NULL, 10),
            .halted = PQgetvalue(res, 0, 1)[0] == 't',
            .halt_kind = STO_INCIDENT_DATASET_FAILED,
        };
        (void)sto_incident_find(PQgetvalue(res, 0, 2), &out->halt_kind);
    }
    PQclear(res);
    return found == 1 ? 0
                      : err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND,
                                "there is no position for partition %" PRId32 " of topic %.250s",
                                partition, topic);
}

int sto_position_resume(struct sto_conn *conn, const char *topic, int32_t partition,
                        const char *accept_gap, int64_t to_offset, struct err *err)
{
    char partition_text[NUMBER_BYTES];
    char offset_text[NUMBER_BYTES];
    const char *const values[] = {topic, number(partition_text, partition), accept_gap,
                                  number(offset_text, to_offset)};
    if (accept_gap != NULL && (accept_gap[0] == '\0' || to_offset < 0)) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "a gap is accepted with a reason, up to an offset of 0 or more");
    }
    PGresult *res =
        sto_exec(conn, "SELECT nrc.resume_position($1, $2::int, $3, $4::bigint)", values, 4, err);
    if (res == NULL) {
        return err_add(err, "resuming partition %" PRId32 " of topic %s", partition, topic);
    }
    PQclear(res);
    return 0;
}
