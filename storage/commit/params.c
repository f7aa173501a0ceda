/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/params.c - binary parameters of one statement, in one reused buffer. */
#include "storage/commit/params.h"

#include "storage/conn/array.h"

void sto_params_begin(struct sto_param_list *list)
{
    buf_reset(&list->bytes);
    list->count = 0;
    list->starts[0] = 0;
}

void sto_param_end(struct sto_param_list *list)
{
    list->starts[++list->count] = list->bytes.len;
}

int sto_params_end(struct sto_param_list *list, struct err *err)
{
    if (buf_failed(&list->bytes) || list->bytes.len > INT32_MAX) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY,
                       "no memory for a statement's parameters");
    }
    for (int i = 0; i < list->count; i++) {
        list->values[i] = (const char *)list->bytes.data + list->starts[i];
        list->lengths[i] = (int)(list->starts[i + 1] - list->starts[i]);
        list->formats[i] = 1;
    }
    list->params = (struct sto_params){.count = list->count,
                                       .values = list->values,
                                       .lengths = list->lengths,
                                       .formats = list->formats,
                                       .binary_result = true};
    return 0;
}

void sto_param_int4(struct sto_param_list *list, const void *records, size_t count, size_t size,
                    size_t at)
{
    sto_array_open(&list->bytes, STO_OID_INT4, count);
    for (size_t i = 0; i < count; i++) {
        int32_t v;
        memcpy(&v, (const char *)records + i * size + at, sizeof(v));
        sto_array_int4(&list->bytes, v);
    }
    sto_param_end(list);
}

void sto_param_int8(struct sto_param_list *list, const void *records, size_t count, size_t size,
                    size_t at)
{
    sto_array_open(&list->bytes, STO_OID_INT8, count);
    for (size_t i = 0; i < count; i++) {
        int64_t v;
        memcpy(&v, (const char *)records + i * size + at, sizeof(v));
        sto_array_int8(&list->bytes, v);
    }
    sto_param_end(list);
}

void sto_param_progress_int4(struct sto_param_list *list, const struct sto_batch *batch, size_t at)
{
    sto_param_int4(list, batch->progress, batch->progress_count, sizeof(*batch->progress), at);
}

void sto_param_progress_int8(struct sto_param_list *list, const struct sto_batch *batch, size_t at)
{
    sto_param_int8(list, batch->progress, batch->progress_count, sizeof(*batch->progress), at);
}
