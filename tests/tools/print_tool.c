/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/print_tool.c - the schema printer as a filter, for tests/oracle/print_oracle.py.
 *
 * One JSON array a line on standard input, ["schema", "reference", …] with each schema's text as a
 * string; one JSON object a line on standard output:
 * {"ok":true,"stored":…,"resolved":…,"normalized":…,"canonical":…} or {"ok":false,"error":…}. */
#include "schema/print/print.h"
#include "tools/filter.h"

enum { MOST_REFERENCES = 64 };

static struct sch_schema *parse(const json_t *texts, struct err *err)
{
    struct sch_text references[MOST_REFERENCES];
    size_t count = json_array_size(texts) - 1;
    if (json_array_size(texts) == 0 || count > MOST_REFERENCES) {
        fprintf(stderr, "print_tool: not an array of texts\n");
        exit(2);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *text = json_array_get(texts, i + 1);
        references[i] = (struct sch_text){json_string_value(text), json_string_length(text)};
    }
    const json_t *root = json_array_get(texts, 0);
    return sch_parse_with(references, count, json_string_value(root), json_string_length(root),
                          err);
}

static void write_form(struct jsonw *w, const char *key, const struct sch_schema *schema,
                       enum sch_form form)
{
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    if (sch_print(schema, form, &out, &err) != 0) {
        fprintf(stderr, "print_tool: %s\n", err.text);
        exit(2);
    }
    jsonw_key(w, key);
    jsonw_str_n(w, (const char *)out.data, out.len);
    buf_fini(&out);
}

static void answer(struct jsonw *w, const json_t *texts)
{
    struct err err = ERR_INIT;
    struct sch_schema *schema = parse(texts, &err);
    jsonw_key(w, "ok");
    jsonw_bool(w, schema != NULL);
    if (schema == NULL) {
        filter_put(w, "error", err.text);
        return;
    }
    write_form(w, "stored", schema, SCH_FORM_STORED);
    write_form(w, "resolved", schema, SCH_FORM_RESOLVED);
    write_form(w, "normalized", schema, SCH_FORM_NORMALIZED);
    struct buf canonical = BUF_INIT;
    sch_canonical(schema, &canonical);
    jsonw_key(w, "canonical");
    jsonw_str_n(w, (const char *)canonical.data, canonical.len);
    buf_fini(&canonical);
    sch_schema_unref(&schema);
}

int main(void)
{
    return filter_run(answer);
}
