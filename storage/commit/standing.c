/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/standing.c - what the state knows of the keys that have several versions in the batch, or
 * a delete that counts only where there is a row.
 *
 * Read by primary key under a row lock, in ascending key order, in the fence's round trip. Between
 * this and the merge no other lane can change the rows, so the fold that begins with them is exact
 * (storage/commit/order.h). A key with no row has no lock: if another lane inserts one meanwhile and wins,
 * the merge notices (RETRY). */
#include "storage/commit/writer_priv.h"
#include "storage/conn/array.h"

/* The field of an image, its length in front. */
static const uint8_t *image_field(const uint8_t *image, size_t column, size_t *len)
{
    for (size_t c = 0;; c++) {
        uint32_t be;
        memcpy(&be, image, sizeof(be));
        uint32_t field = be32toh(be);
        *len = sizeof(be) + (field == UINT32_MAX ? 0 : field);
        if (c == column) {
            return image;
        }
        image += *len;
    }
}

int sto_standings_of(struct sto_writer *writer, size_t section, const uint32_t *events,
                     size_t count, struct err *err)
{
    const struct sto_section *from = writer->folds[section].section;
    const struct sto_table *table = from->table;
    struct sto_param_list *list = &writer->params;
    sto_params_begin(list);
    for (size_t k = 0; k < table->key_count; k++) {
        uint16_t column = table->key_columns[k];
        sto_array_open(&list->bytes, sto_column_oid(table->columns[column].type), count);
        for (size_t i = 0; i < count; i++) {
            size_t len;
            const uint8_t *field = image_field(from->events[events[i]].image, column, &len);
            buf_put(&list->bytes, field, len);
        }
        sto_param_end(list);
    }
    if (sto_params_end(list, err) != 0) {
        return -1;
    }
    const char *name = writer->works[section].target->names[STO_STANDING];
    return sto_pipe_prepared(&writer->pipe, name, &list->params, err);
}

int sto_standings_send(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        const struct sto_fold *fold = &writer->folds[i];
        if (fold->several_count > 0 &&
            sto_standings_of(writer, i, fold->several, fold->several_count, err) != 0) {
            return -1;
        }
    }
    return 0;
}

struct sto_standing sto_standing_of(const PGresult *result, int row, int column)
{
    return (struct sto_standing){
        .known = true,
        .order = sto_result_int8(result, row, column),
        .topic_partition = sto_result_int4(result, row, column + 1),
        .offset = sto_result_int8(result, row, column + 2),
        .kafka_ts_pg = sto_result_int8(result, row, column + 3),
        .content = sto_result_int8(result, row, column + 4),
    };
}

static int read_standings(struct sto_writer *writer, struct sto_fold *fold, struct err *err)
{
    PGresult *result = sto_pipe_next(&writer->pipe, err);
    if (result == NULL) {
        return -1;
    }
    int rc = 0;
    for (int row = 0; row < PQntuples(result) && rc == 0; row++) {
        int64_t ordinal = sto_result_int8(result, row, 0);
        if (ordinal < 1 || (uint64_t)ordinal > fold->several_count) {
            rc = err_set(err, ERR_KIND_FATAL, ERR_BUG, "a standing of no key");
        } else {
            fold->standings[ordinal - 1] = sto_standing_of(result, row, 1);
        }
    }
    PQclear(result);
    return rc;
}

int sto_standings_read(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        struct sto_fold *fold = &writer->folds[i];
        if (fold->several_count > 0 && read_standings(writer, fold, err) != 0) {
            return sto_section_failed(fold->section, "reading the state of", err);
        }
    }
    return 0;
}
