/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/registered.c - see the header. */
#include "ops/cmd/registered.h"

#include "ops/cli/table.h"

void ops_registered_put(const char *dataset, bool is_key, const struct reg_registered *done,
                        struct buf *line, struct jsonw *json)
{
    buf_printf(line, "%s: %s structure version %d, schema id %d", dataset, is_key ? "key" : "value",
               (int)done->version, (int)done->schema_id);
    if (done->people > 0) {
        buf_printf(line, "; request %lld: a %s change, %d must approve it",
                   (long long)done->request, done->class, done->people);
    }
    jsonw_key(json, "schema_id");
    jsonw_int(json, done->schema_id);
    jsonw_key(json, "version");
    jsonw_int(json, done->version);
    if (done->request != 0) {
        jsonw_key(json, "request");
        jsonw_int(json, done->request);
        jsonw_text(json, "class", done->class);
        jsonw_key(json, "people");
        jsonw_int(json, done->people);
    }
}

void ops_registered_reasons(const struct ops_context *context, const char *dataset,
                            const struct reg_registered *refused, struct err *err)
{
    struct jsonw w = jsonw_to(&context->reasons->json);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < refused->reason_count; i++) {
        jsonw_str(&w, refused->reasons[i]);
        buf_put_str(&context->reasons->lines, "  ");
        ops_put_safe(refused->reasons[i], false, &context->reasons->lines);
        buf_put_u8(&context->reasons->lines, '\n');
    }
    jsonw_close(&w, ']');
    if (refused->reason_count > 0) {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                "the structure is incompatible with earlier ones of %.128s, by its compatibility "
                "level",
                dataset);
    }
}

int ops_registered_say(const struct ops_context *context, struct buf *line, struct buf *json,
                       struct err *err)
{
    int rc = buf_failed(line) || buf_failed(json)
                 ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the output")
                 : ops_say(context, buf_cstr(line), buf_cstr(json), err);
    buf_fini(line);
    buf_fini(json);
    return rc;
}
