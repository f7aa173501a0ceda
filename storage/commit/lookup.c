/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/lookup.c - reads the current version of a key before the fold: of keys with several versions
 * in the batch, and of those with a delete that counts only where the state has a row.
 *
 * They are read by primary key under a row lock, in ascending key order, in the fence's round trip. No
 * other lane can change the rows before the merge, so the fold that begins with them is exact
 * (storage/commit/order.h). A key without a row has no lock: if another lane inserts one meanwhile and it
 * is newer, the merge notices (RETRY). */
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

int sto_lookup_keys(struct sto_writer *writer, size_t section, const uint32_t *events, size_t count,
                    struct err *err)
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
    return sto_target_queue(writer, section, STO_LOOKUP, err);
}

int sto_lookups_send(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        const struct sto_fold *fold = &writer->folds[i];
        if (fold->lookup_count > 0 &&
            sto_lookup_keys(writer, i, fold->lookups, fold->lookup_count, err) != 0) {
            return -1;
        }
    }
    return 0;
}

struct sto_current sto_current_of_row(const PGresult *result, int row, int column)
{
    return (struct sto_current){
        .known = true,
        .order = sto_result_int8(result, row, column),
        .topic_partition = sto_result_int4(result, row, column + 1),
        .offset = sto_result_int8(result, row, column + 2),
        .kafka_ts_pg = sto_result_int8(result, row, column + 3),
        .content = sto_result_int8(result, row, column + 4),
    };
}

static int read_lookup(struct sto_writer *writer, struct sto_fold *fold, struct err *err)
{
    PGresult *result = sto_pipe_next(&writer->pipe, err);
    if (result == NULL) {
        return -1;
    }
    int rc = 0;
    for (int row = 0; row < PQntuples(result) && rc == 0; row++) {
        int64_t ordinal = sto_result_int8(result, row, 0);
        if (ordinal < 1 || (uint64_t)ordinal > fold->lookup_count) {
            rc = err_set(err, ERR_KIND_FATAL, ERR_BUG, "a current version of no key");
        } else {
            fold->current[ordinal - 1] = sto_current_of_row(result, row, 1);
        }
    }
    PQclear(result);
    return rc;
}

int sto_lookups_read(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        struct sto_fold *fold = &writer->folds[i];
        if (fold->lookup_count > 0 && read_lookup(writer, fold, err) != 0) {
            return sto_section_failed(fold->section, "reading the state of", err);
        }
    }
    return 0;
}
