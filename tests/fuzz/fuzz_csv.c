/* SPDX-License-Identifier: Apache-2.0
 * fuzz/fuzz_csv.c - any bytes are read as CSV to their end, or refused with a place; what was read is written, and read back
 * the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

enum { RECORDS_MAX = 1000 };

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static char *copy_of(const void *bytes, size_t len)
{
    char *copy = malloc(len + 1);
    must(copy != NULL);
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

/* Our own writing of the record. */
static void check_again(const struct csv_record *record, struct buf *out)
{
    struct err err = ERR_INIT;
    struct csv_reader reader;
    struct csv_record again;
    buf_reset(out);
    buf_put_str(out, "sep=,\n");
    for (size_t i = 0; i < record->count; i++) {
        csv_put(out, record->fields[i], i == 0);
    }
    csv_end(out);
    char *copy = copy_of(out->data, out->len);
    must(csv_open(&reader, copy, out->len, &err) == 0);
    must(csv_next(&reader, &again, &err) == 1 && again.count == record->count);
    for (size_t i = 0; i < record->count; i++) {
        const char *was = record->fields[i];
        const char *is = again.fields[i];
        must(strcmp(is + (*is == '\'' && *was != '\''), was) == 0);
    }
    must(csv_next(&reader, &again, &err) == 0);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct csv_reader reader;
    struct csv_record record;
    struct buf out = BUF_INIT;
    char *text = copy_of(data, size);
    int rc = csv_open(&reader, text, size, &err) == 0 ? 1 : -1;
    for (int i = 0; rc == 1 && i < RECORDS_MAX; i++) {
        rc = csv_next(&reader, &record, &err);
        must(rc != 1 || (record.count >= 1 && record.count <= CSV_FIELDS_MAX && record.line >= 1));
        if (rc == 1) {
            check_again(&record, &out);
        }
    }
    must(rc >= 0 || strncmp(err.text, "line ", 5) == 0);
    buf_fini(&out);
    free(text);
    return 0;
}
