/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/structure_stored_print.c - see structure_stored.h. */
#include "ops/cli/table.h"
#include "ops/cmd/structure_stored.h"

static size_t shown(const struct ops_stored_kind *kind)
{
    return kind->count < OPS_STORED_SHOWN ? (size_t)kind->count : OPS_STORED_SHOWN;
}

static void put_key(const struct ops_stored *stored, const char *const *key, struct buf *out)
{
    for (size_t i = 0; i < stored->dataset->table.key_count; i++) {
        buf_put_str(out, i > 0 ? ", " : "            ");
        ops_put_safe(stored->dataset->key_fields[i], false, out);
        buf_put_str(out, " = ");
        ops_put_safe(key[i], false, out);
    }
    buf_put_u8(out, '\n');
}

static void put_kind(const struct ops_stored *stored, const struct ops_stored_kind *kind,
                     struct buf *out)
{
    const struct sch_misfit_row *row = sch_misfit_row(kind->misfit);
    ops_put_safe(kind->path, false, out);
    buf_printf(out, ": %s in %llu rows: %s\n", row->id, (unsigned long long)kind->count, row->en);
    for (size_t i = 0; i < shown(kind); i++) {
        put_key(stored, kind->keys[i], out);
    }
    if (kind->count > OPS_STORED_SHOWN) {
        buf_put_str(out, "            …\n");
    }
}

void ops_stored_print(const struct ops_stored *stored, struct buf *out)
{
    buf_printf(out, "%llu stored rows were checked", (unsigned long long)stored->rows);
    if (stored->is_sample && stored->known_rows > 0) {
        buf_printf(out, ", of about %lld", (long long)stored->known_rows);
    }
    buf_put_str(out, stored->kind_count > 0 ? ":\n" : ": all fit\n");
    for (size_t i = 0; i < stored->kind_count; i++) {
        put_kind(stored, &stored->kinds[i], out);
    }
    if (stored->omitted > 0) {
        buf_printf(out, "… and %llu of other kinds\n", (unsigned long long)stored->omitted);
    }
    if (stored->unknown > 0) {
        buf_printf(out,
                   "%llu of them have a structure that the dataset does not have: not checked\n",
                   (unsigned long long)stored->unknown);
    }
}

static void json_number(struct jsonw *w, const char *key, uint64_t number)
{
    jsonw_number(w, key, (int64_t)number);
}

static void json_text(struct jsonw *w, const char *key, const char *text)
{
    jsonw_key(w, key);
    jsonw_str(w, text);
}

static void json_kind(const struct ops_stored *stored, const struct ops_stored_kind *kind,
                      struct jsonw *w)
{
    const struct sch_misfit_row *row = sch_misfit_row(kind->misfit);
    jsonw_open(w, '{');
    json_text(w, "path", kind->path);
    json_text(w, "misfit", row->id);
    json_text(w, "text", row->en);
    json_text(w, "text_ar", row->ar);
    json_number(w, "rows", kind->count);
    jsonw_key(w, "keys");
    jsonw_open(w, '[');
    for (size_t i = 0; i < shown(kind); i++) {
        jsonw_open(w, '{');
        for (size_t k = 0; k < stored->dataset->table.key_count; k++) {
            json_text(w, stored->dataset->key_fields[k], kind->keys[i][k]);
        }
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
}

void ops_stored_json(const struct ops_stored *stored, struct jsonw *w)
{
    jsonw_open(w, '{');
    json_number(w, "rows", stored->rows);
    json_number(w, "unknown_structure", stored->unknown);
    json_number(w, "known_rows", (uint64_t)stored->known_rows);
    jsonw_key(w, "sample");
    jsonw_bool(w, stored->is_sample);
    json_number(w, "omitted", stored->omitted);
    jsonw_key(w, "misfits");
    jsonw_open(w, '[');
    for (size_t i = 0; i < stored->kind_count; i++) {
        json_kind(stored, &stored->kinds[i], w);
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
}
