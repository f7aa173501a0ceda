/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/sign.c - signs of incidents: what a batch's quarantined events say of their dataset
 * (storage/migrations/0012_incidents.sql makes incidents of them).
 *
 * They are written in the batch's own transaction: an engine that is killed after COMMIT never judges
 * these events again, so a later report would be lost. They are new rows, which no other lane writes: no
 * lane waits for another. They travel with the COMMIT. */
#include <stdlib.h>

#include "storage/catalogue/incident.h"
#include "storage/commit/writer_priv.h"
#include "storage/conn/array.h"

enum { REFUSALS_TOLERATED = 10 }; /* in an hour, by the register, in one dataset */

static const char insert_name[] = "nrc_signs";
static const char insert_sql[] =
    "INSERT INTO nrc.incident_sign (kind, closes, dataset_id, detail, seen, at_least)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::int4[], $4::text[], $5::int8[], $6::int8[])";

int sto_signs_prepare(struct sto_writer *writer, struct err *err)
{
    return sto_prepare(writer->conn, insert_name, insert_sql, err);
}

static struct sto_sign *sign_of(struct buf *signs, size_t *count, int32_t dataset_id,
                                enum sto_incident_kind kind)
{
    struct sto_sign *all = (struct sto_sign *)(void *)signs->data;
    for (size_t i = 0; i < *count; i++) {
        if (all[i].dataset_id == dataset_id && all[i].kind == kind) {
            return &all[i];
        }
    }
    const struct sto_sign fresh = {.dataset_id = dataset_id, .kind = kind};
    buf_put(signs, &fresh, sizeof(fresh));
    return buf_failed(signs) ? NULL : (struct sto_sign *)(void *)signs->data + (*count)++;
}

/* The detail carries no value of an event, which may be an exempt one (NRL-2). */
static const char *detail_of(const struct sto_quarantined *bad)
{
    return bad->reason == ERR_OTHER_SUBJECT ? bad->detail : err_sentence(bad->reason);
}

int sto_signs_collect(struct sto_writer *writer, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    buf_reset(&writer->signs);
    writer->sign_count = 0;
    for (size_t i = 0; i < batch->quarantined_count; i++) {
        const struct sto_quarantined *bad = &batch->quarantined[i];
        enum sto_incident_kind kind;
        if (!sto_incident_of_quarantine(bad->reason, &kind)) {
            continue;
        }
        struct sto_sign *sign = sign_of(&writer->signs, &writer->sign_count, bad->dataset_id, kind);
        if (sign == NULL) {
            return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for signs");
        }
        sign->detail = detail_of(bad);
        sign->seen++;
    }
    return 0;
}

static void put_text(struct buf *out, const char *text)
{
    const size_t len = strlen(text);
    buf_put_be32(out, (uint32_t)len);
    buf_put(out, text, len);
}

enum value { KIND, CLOSES, DATASET, DETAIL, SEEN, AT_LEAST, VALUE_COUNT };

static void put_value(struct buf *out, enum value value, const struct sto_sign *sign)
{
    const struct sto_incident_row *row = sto_incident_row(sign->kind);
    switch (value) {
    case KIND: put_text(out, row->token); break;
    case CLOSES: put_text(out, sto_closes_token(row->closes)); break;
    case DATASET: sto_array_int4(out, sign->dataset_id); break;
    case DETAIL: put_text(out, sign->detail); break;
    case SEEN: sto_array_int8(out, sign->seen); break;
    case AT_LEAST:
        sto_array_int8(out, sign->kind == STO_INCIDENT_REFUSALS ? REFUSALS_TOLERATED + 1 : 1);
        break;
    case VALUE_COUNT: break;
    }
}

int sto_signs_queue(struct sto_writer *writer, struct err *err)
{
    static const uint32_t oids[VALUE_COUNT] = {STO_OID_TEXT, STO_OID_TEXT, STO_OID_INT4,
                                               STO_OID_TEXT, STO_OID_INT8, STO_OID_INT8};
    const struct sto_sign *signs = (const struct sto_sign *)(const void *)writer->signs.data;
    struct sto_param_list *list = &writer->params;
    if (writer->sign_count == 0) {
        return 0;
    }
    sto_params_begin(list);
    for (enum value v = 0; v < VALUE_COUNT; v++) {
        sto_array_open(&list->bytes, oids[v], writer->sign_count);
        for (size_t i = 0; i < writer->sign_count; i++) {
            put_value(&list->bytes, v, &signs[i]);
        }
        sto_param_end(list);
    }
    if (sto_params_end(list, err) != 0) {
        return -1;
    }
    return sto_pipe_prepared(&writer->pipe, insert_name, &list->params, err);
}

int sto_signs_read(struct sto_writer *writer, struct err *err)
{
    return writer->sign_count == 0 ? 0 : sto_pipe_done(&writer->pipe, err);
}
