/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/compat_tool.c - the compatibility check as a filter, for
 * tests/oracle/compat_oracle.py.
 *
 * One JSON array [reader, writer] a line on standard input, one JSON object a line on standard
 * output: {"compatible":…,"faults":[{"type","path","text"},…]}, {"refused":why} when a schema is
 * none, {"thrown":why} when the check itself fails. With an object {"level","next","earlier"}
 * instead, the faults also have "earlier" and "backward". */
#include "schema/compat/compat.h"
#include "tools/filter.h"

static void write_faults(struct jsonw *w, const struct sch_faults *faults, bool about)
{
    jsonw_key(w, "compatible");
    jsonw_bool(w, faults->count == 0);
    jsonw_key(w, "faults");
    jsonw_open(w, '[');
    for (size_t i = 0; i < faults->count; i++) {
        jsonw_open(w, '{');
        filter_put(w, "type", faults->items[i].type);
        filter_put(w, "path", faults->items[i].path);
        filter_put(w, "text", faults->items[i].text);
        if (about) {
            jsonw_key(w, "earlier");
            jsonw_int(w, (int64_t)faults->items[i].earlier);
            jsonw_key(w, "backward");
            jsonw_bool(w, faults->items[i].backward);
        }
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void answer_pair(struct jsonw *w, const json_t *pair)
{
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    struct sch_schema *reader = filter_parse(json_array_get(pair, 0), &err);
    struct sch_schema *writer = reader != NULL ? filter_parse(json_array_get(pair, 1), &err) : NULL;
    if (writer == NULL) {
        filter_put(w, "refused", err.text);
    } else if (sch_read_check(reader, writer, &faults, &err) != 0) {
        filter_put(w, "thrown", err.text);
    } else {
        write_faults(w, &faults, false);
    }
    sch_faults_fini(&faults);
    sch_schema_unref(&writer);
    sch_schema_unref(&reader);
}

static void answer_level(struct jsonw *w, const json_t *question)
{
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    enum sch_level level = SCH_LEVEL_NONE;
    const json_t *list = json_object_get(question, "earlier");
    size_t count = json_array_size(list);
    struct sch_schema **earlier = calloc(count + 1, sizeof(struct sch_schema *));
    struct sch_schema *next = filter_parse(json_object_get(question, "next"), &err);
    bool good = earlier != NULL && next != NULL &&
                sch_level_parse(json_string_value(json_object_get(question, "level")), &level);
    for (size_t i = 0; good && i < count; i++) {
        earlier[i] = filter_parse(json_array_get(list, i), &err);
        good = earlier[i] != NULL;
    }
    if (!good) {
        filter_put(w, "refused", err.text);
    } else if (sch_compatible(level, next, earlier, count, &faults, &err) != 0) {
        filter_put(w, "thrown", err.text);
    } else {
        write_faults(w, &faults, true);
    }
    for (size_t i = 0; earlier != NULL && i < count; i++) {
        sch_schema_unref(&earlier[i]);
    }
    sch_schema_unref(&next);
    sch_faults_fini(&faults);
    free(earlier);
}

static void answer(struct jsonw *w, const json_t *question)
{
    if (json_is_array(question)) {
        answer_pair(w, question);
    } else if (json_is_object(question)) {
        answer_level(w, question);
    } else {
        filter_put(w, "refused", "neither a pair nor a question by level");
    }
}

int main(void)
{
    return filter_run(answer);
}
