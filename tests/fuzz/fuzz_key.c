/* SPDX-License-Identifier: Apache-2.0
 * tests/fuzz/fuzz_key.c - any bytes as a key, in every format, for every type that a key field may
 * have.
 *
 * The first byte picks the format, the second the type. Given a key that is
 * accepted, then it encodes (base/keyenc.h) and prints. Given one that is refused, then the error is
 * POISON and its path is text. */
#include <stdlib.h>
#include <string.h>

#include "base/keyenc.h"
#include "base/utf8.h"
#include "schema/decode/decode.h"
#include "schema/decode/frame.h"
#include "schema/decode/key.h"
#include "schema/parse/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct column columns[][2] = {
    {{.name = "k", .field = "k", .type = COLUMN_TEXT},
     {.name = "l", .field = "l", .type = COLUMN_BIGINT}},
    {{.name = "k", .field = "k", .type = COLUMN_BIGINT},
     {.name = "l", .field = "l", .type = COLUMN_TEXT}},
    {{.name = "k", .field = "k", .type = COLUMN_DATE},
     {.name = "l", .field = "l", .type = COLUMN_UUID}},
    {{.name = "k", .field = "k", .type = COLUMN_UUID},
     {.name = "l", .field = "l", .type = COLUMN_DATE}},
    {{.name = "k", .field = "k", .type = COLUMN_BYTEA},
     {.name = "l", .field = "l", .type = COLUMN_TEXT}},
};

static const char key_schema[] =
    "{\"type\":\"record\",\"name\":\"K\",\"fields\":[{\"name\":\"l\",\"type\":[\"null\",\"long\"]},"
    "{\"name\":\"k\",\"type\":\"string\"}]}";

static int read_avro(const uint8_t *bytes, size_t len, struct arena *arena, struct cell *cells,
                     struct err *err)
{
    static struct sch_plan *plan;
    struct sch_frame frame;
    if (plan == NULL) {
        struct sch_schema *schema = sch_parse(key_schema, strlen(key_schema), err);
        plan = sch_key_plan_compile(schema, columns[0], 2, err);
        sch_schema_unref(&schema);
        if (plan == NULL) {
            abort();
        }
    }
    if (sch_frame_read(bytes, len, NULL, 0, &frame, err) != 0) {
        return -1;
    }
    return sch_decode(plan, frame.bytes, frame.len, arena, cells, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena arena = ARENA_INIT;
    struct cell cells[2];
    struct err err = ERR_INIT;
    if (size < 2) {
        return 0;
    }
    enum sch_key_format format = (enum sch_key_format)(data[0] % (SCH_KEY_LONG + 1));
    size_t count = 1 + (data[0] >> 7);
    const struct column *key = columns[data[1] % COUNT_OF(columns)];
    uint8_t *copy = malloc(size > 2 ? size - 2 : 1);
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data + 2, size - 2);
    arena_reset(&arena);
    int rc;
    if (format == SCH_KEY_AVRO) {
        key = columns[0];
        count = 2;
        rc = read_avro(copy, size - 2, &arena, cells, &err);
    } else {
        rc = sch_key_read(format, key, count, copy, size - 2, &arena, cells, &err);
    }
    if (rc == 0) {
        struct buf out = BUF_INIT;
        for (size_t i = 0; i < count; i++) {
            keyenc_put(&out, &cells[i], key[i].type, i + 1 == count);
            cell_print_json(&out, &cells[i], key[i].type);
        }
        if (buf_failed(&out)) {
            abort();
        }
        buf_fini(&out);
    } else if (err.kind != ERR_KIND_POISON ||
               !utf8_is_text((const uint8_t *)err.path, strlen(err.path))) {
        abort();
    }
    free(copy);
    return 0;
}
