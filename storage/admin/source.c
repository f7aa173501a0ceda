/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/source.c - what a person gives is checked here, so that it reads a sentence; the rules are those of the
 * functions of nrc_owner (0017_sources.sql). */
#include "storage/admin/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/admin/given_priv.h"

enum { ID_SIZE = 16, NAME_MAX_BYTES = 80 };

static const struct fact {
    enum sto_source kind;
    const char *name;
    size_t most;
} facts[] = {
#define X(kind, name, most) {kind, name, most},
    STO_FACT_TABLE(X)
#undef X
};

const char *sto_fact(enum sto_source kind, size_t index)
{
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        if (facts[i].kind == kind && index-- == 0) {
            return facts[i].name;
        }
    }
    return NULL;
}

static const struct fact *find_fact(enum sto_source kind, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        if (facts[i].kind == kind && strcmp(facts[i].name, name) == 0) {
            return &facts[i];
        }
    }
    return NULL;
}

/* A reason, and the name of what is changed. */
static int check_change(const char *name, const char *reason, struct err *err)
{
    return sto_given_long_text(name, true, NAME_MAX_BYTES, "the name", err) != 0 ||
                   sto_given_text(reason, true, "the reason", err) != 0
               ? -1
               : 0;
}

/* {"title":"…","contact":null} */
static int put_changes(enum sto_source kind, const struct sto_edit *changes, size_t count,
                       struct buf *out, struct err *err)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    for (size_t i = 0; i < count; i++) {
        const struct fact *fact = find_fact(kind, changes[i].fact);
        if (fact == NULL) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "%.64s cannot be edited",
                           changes[i].fact);
        }
        if (sto_given_long_text(changes[i].value, false, fact->most, fact->name, err) != 0) {
            return -1;
        }
        jsonw_key(&w, fact->name);
        jsonw_str(&w, changes[i].value);
    }
    jsonw_close(&w, '}');
    return buf_failed(out) ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory") : 0;
}

int sto_source_edit(struct sto_conn *conn, enum sto_source kind, const char *name,
                    const struct sto_edit *changes, size_t count, const char *reason,
                    struct err *err)
{
    static const char *const calls[] = {
        [STO_AGENCY] = "SELECT nrc.edit_agency($1, $2::jsonb, $3)",
        [STO_SYSTEM] = "SELECT nrc.edit_system($1, $2::jsonb, $3)",
        [STO_DATASET] = "SELECT nrc.edit_dataset($1, $2::jsonb, $3)",
    };
    struct buf json = BUF_INIT;
    int rc = -1;
    if (count == 0) {
        return sto_given_wrong(err, "nothing is given that would change");
    }
    if (check_change(name, reason, err) == 0 &&
        put_changes(kind, changes, count, &json, err) == 0) {
        const char *const values[] = {name, buf_cstr(&json), reason};
        rc = sto_given_call(conn, calls[kind], values, COUNT_OF(values), NULL, 0, err);
    }
    buf_fini(&json);
    return rc;
}

int sto_source_retire(struct sto_conn *conn, enum sto_source kind, const char *name, const char *on,
                      const char *successor, const char *reason, struct err *err)
{
    static const char *const calls[] = {
        [STO_AGENCY] = "SELECT nrc.retire_agency($1, $2::date, $3)",
        [STO_SYSTEM] = "SELECT nrc.retire_system($1, $2::date, $3)",
        [STO_DATASET] = "SELECT nrc.retire_dataset($1, $2::date, $4, $3)",
    };
    const char *const values[] = {name, on, reason, successor};
    if (check_change(name, reason, err) != 0 || sto_given_date(on, err) != 0 ||
        sto_given_long_text(successor, false, NAME_MAX_BYTES, "the successor", err) != 0) {
        return -1;
    }
    return sto_given_call(conn, calls[kind], values, kind == STO_DATASET ? 4 : 3, NULL, 0, err);
}

int sto_dataset_reopen(struct sto_conn *conn, const char *name, const char *reason, struct err *err)
{
    const char *const values[] = {name, reason};
    return check_change(name, reason, err) != 0
               ? -1
               : sto_given_call(conn, "SELECT nrc.reopen_dataset($1, $2)", values, COUNT_OF(values),
                                NULL, 0, err);
}

int sto_agency_head(struct sto_conn *conn, const char *code, const char *division, const char *head,
                    const char *from, const char *reason, struct err *err)
{
    const char *const values[] = {code, division, head, from, reason};
    if (division == NULL && head == NULL) {
        return sto_given_wrong(err, "a new division, a new head, or both are given (NRL-9)");
    }
    if (check_change(code, reason, err) != 0 ||
        sto_given_text(division, false, "the division", err) != 0 ||
        sto_given_text(head, false, "the head", err) != 0 || sto_given_date(from, err) != 0) {
        return -1;
    }
    return sto_given_call(conn, "SELECT nrc.set_head($1, $2, $3, $4::date, $5)", values,
                          COUNT_OF(values), NULL, 0, err);
}

int sto_agency_head_end(struct sto_conn *conn, const char *code, const char *last_day,
                        const char *reason, struct err *err)
{
    const char *const values[] = {code, last_day, reason};
    if (check_change(code, reason, err) != 0 || sto_given_date(last_day, err) != 0) {
        return -1;
    }
    return sto_given_call(conn, "SELECT nrc.end_head($1, $2::date, $3)", values, COUNT_OF(values),
                          NULL, 0, err);
}

int sto_agency_succeed(struct sto_conn *conn, const char *code, const char *successor,
                       const char *on, const char *instrument, const char *reason, struct err *err)
{
    const char *const values[] = {code, successor, on, instrument, reason};
    if (check_change(code, reason, err) != 0 || sto_given_date(on, err) != 0 ||
        sto_given_long_text(successor, true, NAME_MAX_BYTES, "the successor", err) != 0 ||
        sto_given_text(instrument, true, "the instrument", err) != 0) {
        return -1;
    }
    return sto_given_call(conn, "SELECT nrc.succeed_agency($1, $2, $3::date, $4, $5)", values,
                          COUNT_OF(values), NULL, 0, err);
}

/* "moh.registry": the agency is looked up, the code has a form. */
static bool is_system_name(const char *name)
{
    const char *dot = name != NULL ? strchr(name, '.') : NULL;
    const char *code = dot != NULL ? dot + 1 : "";
    size_t len = strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return dot != name && len > 0 && len <= 41 && code[len] == '\0' && *code >= 'a' && *code <= 'z';
}

int sto_system_add(struct sto_conn *conn, const struct sto_system_spec *spec, struct err *err)
{
    const char *const values[] = {spec->system, spec->name, spec->name_ar, spec->description};
    if (!is_system_name(spec->system)) {
        return sto_given_wrong(err,
                               "a system's name is AGENCY.CODE, like moh.registry; the code is "
                               "a lower-case letter, then up to 40 of a-z, 0-9 and _");
    }
    if (sto_given_long_text(spec->system, true, NAME_MAX_BYTES, "the system's name", err) != 0 ||
        sto_given_text(spec->name, true, "the name", err) != 0 ||
        sto_given_text(spec->name_ar, false, "the name in Arabic", err) != 0 ||
        sto_given_long_text(spec->description, false, find_fact(STO_SYSTEM, "description")->most,
                            "the description", err) != 0) {
        return -1;
    }
    return sto_given_call(conn, "SELECT nrc.add_system($1, $2, $3, $4)", values, COUNT_OF(values),
                          NULL, 0, err);
}

int sto_source_list_load(struct sto_conn *conn, const char *instrument, const char *dated,
                         const char *sources, int64_t *id, struct err *err)
{
    const char *const values[] = {instrument, dated, sources};
    char made[ID_SIZE];
    if (sto_given_text(instrument, true, "the instrument", err) != 0 ||
        sto_given_date(dated, err) != 0) {
        return -1;
    }
    int rc = sto_given_call(conn, "SELECT nrc.load_source_list($1, $2::date, $3::jsonb)", values,
                            COUNT_OF(values), made, sizeof(made), err);
    if (rc == 0) {
        *id = strtoll(made, NULL, 10);
    }
    return rc;
}
