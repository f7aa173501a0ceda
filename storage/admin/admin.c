/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/admin.c - stewards add agencies and datasets, and remove datasets; leaves are made ahead.
 *
 * Names become names of schemas and tables. They are checked here, so that a person reads a sentence, and by
 * the catalogue's constraints, so that no other program can insert a bad one. Structures: columns.c. */
#include "storage/admin/admin.h"

#include <poll.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "storage/admin/columns.h"
#include "storage/admin/given_priv.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

enum { AGENCY_MAX = 31, DATASET_MAX = 41, RETRY_FOR_MS = 10000 };

static bool is_name(const char *name, size_t max)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return len > 0 && name[len] == '\0' && len <= max && name[0] >= 'a' && name[0] <= 'z';
}

static bool is_blank(const char *text)
{
    return text == NULL || utf8_is_blank(text);
}

static int usage(struct err *err, const char *text)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "%s", text);
}

static int check_agency(const struct sto_agency_spec *spec, struct err *err)
{
    static const char *const taken[] = {"nrc", "public", "information_schema"};
    if (spec->code == NULL || !is_name(spec->code, AGENCY_MAX)) {
        return usage(err,
                     "an agency's code is a lower-case letter, then up to 30 of a-z, 0-9 and _");
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        if (strcmp(spec->code, taken[i]) == 0 || strncmp(spec->code, "pg_", 3) == 0) {
            return usage(err, "the code is reserved by PostgreSQL or by the register");
        }
    }
    if (is_blank(spec->name)) {
        return usage(err, "an agency needs a name");
    }
    if (spec->legal_class < 1 || spec->legal_class > 3) {
        return usage(err, "an agency's legal class is 1, 2 or 3 (NRL-2)");
    }
    if (!spec->declared && (is_blank(spec->division) || is_blank(spec->head))) {
        return usage(err,
                     "an agency needs its coordinating division and the division's head (NRL-9)");
    }
    if (spec->declared && (spec->division != NULL || spec->head != NULL)) {
        return usage(err, "an agency with a division and a head is active, not only declared");
    }
    return sto_given_text(spec->name, true, "the name", err) != 0 ||
                   sto_given_text(spec->name_ar, false, "the name in Arabic", err) != 0 ||
                   sto_given_text(spec->division, false, "the division", err) != 0 ||
                   sto_given_text(spec->head, false, "the head", err) != 0
               ? -1
               : 0;
}

int sto_agency_add(struct sto_conn *conn, const struct sto_agency_spec *spec, struct err *err)
{
    if (check_agency(spec, err) != 0) {
        return -1;
    }
    char legal_class[4];
    snprintf(legal_class, sizeof(legal_class), "%d", spec->legal_class);
    const char *const values[] = {spec->code,  spec->name,     spec->name_ar,
                                  legal_class, spec->division, spec->head};
    PGresult *res =
        spec->declared
            ? sto_exec(conn, "SELECT nrc.declare_agency($1, $2, $3, $4::int)", values, 4, err)
            : sto_exec(conn, "SELECT nrc.add_agency($1, $2, $3, $4::int, $5, $6)", values, 6, err);
    if (res == NULL) {
        return err_add(err, "adding agency %s", spec->code);
    }
    PQclear(res);
    return 0;
}

/* births_state and births_history are tables of the dataset births. */
static bool clashes_with_tables(const char *name)
{
    static const char *const suffixes[] = {"_state", "_history"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        size_t len = strlen(suffixes[i]);
        for (const char *at = strstr(name, suffixes[i]); at != NULL;
             at = strstr(at + 1, suffixes[i])) {
            if (at[len] == '\0' || at[len] == '_') {
                return true;
            }
        }
    }
    return false;
}

static bool is_topic(const char *topic)
{
    size_t len = strspn(topic, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    return len > 0 && len <= 249 && topic[len] == '\0';
}

static int check_keys(const struct sto_dataset_spec *spec, struct err *err)
{
    static const char *const formats[] = {"auto", "text", "avro", "json", "long", "int"};
    if (spec->key_field_count < 1 || spec->key_field_count > 8) {
        return usage(err, "a dataset has 1 to 8 key fields");
    }
    for (size_t i = 0; i < spec->key_field_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(spec->key_fields[i], spec->key_fields[j]) == 0) {
                return usage(err, "a key field is named twice");
            }
        }
        if (is_blank(spec->key_fields[i])) {
            return usage(err, "a key field has no name");
        }
    }
    size_t format = 0;
    while (format < COUNT_OF(formats) &&
           (spec->key_format == NULL || strcmp(spec->key_format, formats[format]) != 0)) {
        format++;
    }
    if (format == COUNT_OF(formats)) {
        return usage(err, "the key format is auto, text, avro, json, long or int");
    }
    /* One text or number cannot hold two fields: every event would be quarantined. */
    if (spec->key_field_count > 1 &&
        (strcmp(formats[format], "text") == 0 || strcmp(formats[format], "long") == 0)) {
        return usage(err, "the format of a key of two or more fields is auto, avro or json");
    }
    return 0;
}

static int check_dataset(const struct sto_dataset_spec *spec, struct err *err)
{
    if (spec->name == NULL || !is_name(spec->name, DATASET_MAX)) {
        return usage(err,
                     "a dataset's name is a lower-case letter, then up to 40 of a-z, 0-9 and _");
    }
    if (clashes_with_tables(spec->name)) {
        return usage(
            err,
            "a dataset's name may not have the part _state or _history: tables have these names");
    }
    if (spec->topic != NULL && !is_topic(spec->topic)) {
        return usage(err, "a topic's name is up to 249 letters, digits, '.', '_' and '-'");
    }
    if ((spec->exempt_field == NULL) != (spec->exempt_value_count == 0)) {
        return usage(err, "exempt rows need both a field and its values (NRL-2)");
    }
    if (spec->exempt && spec->exempt_field != NULL) {
        return usage(err, "either every event is exempt, or rows by a field's value: not both");
    }
    if (spec->leaves < 0 || spec->leaves > 256) {
        return usage(err, "a dataset's state has 1 to 256 leaves");
    }
    return check_keys(spec, err);
}

static int insert_dataset(struct sto_conn *conn, const struct sto_dataset_spec *spec,
                          const char *keys, const char *exempt, int32_t *id, struct err *err)
{
    char leaves[8];
    snprintf(leaves, sizeof(leaves), "%d", spec->leaves == 0 ? 1 : spec->leaves);
    const char *const values[] = {spec->agency,
                                  spec->name,
                                  spec->topic,
                                  keys,
                                  spec->key_format,
                                  spec->order_field,
                                  spec->event_time_field,
                                  spec->exempt ? "t" : "f",
                                  spec->exempt_field,
                                  exempt,
                                  leaves,
                                  spec->policy.review_people,
                                  spec->policy.breaking_people,
                                  spec->policy.breaking_notice};
    PGresult *res = sto_exec(conn,
                             "SELECT nrc.add_dataset($1, $2, $3, $4::jsonb, $5, $6, $7,"
                             " $8::boolean, $9, $10::jsonb, $11::int, $12::int, $13::int,"
                             " $14::boolean)",
                             values, COUNT_OF(values), err);
    if (res == NULL) {
        return -1;
    }
    *id = sto_text_int(res, 0, 0);
    PQclear(res);
    return 0;
}

int sto_dataset_add(struct sto_conn *conn, const struct sto_dataset_spec *spec, int32_t *dataset_id,
                    struct err *err)
{
    struct buf keys = BUF_INIT;
    struct buf exempt = BUF_INIT;
    int status = -1;
    if (check_dataset(spec, err) != 0) {
        goto out;
    }
    sto_text_list(&keys, spec->key_fields, spec->key_field_count);
    sto_text_list(&exempt, spec->exempt_values, spec->exempt_value_count);
    if (buf_failed(&keys) || buf_failed(&exempt)) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
        goto out;
    }
    if (insert_dataset(conn, spec, buf_cstr(&keys), buf_cstr(&exempt), dataset_id, err) != 0) {
        if (strcmp(err->sqlstate, "23505") == 0) {
            bool is_topic_taken = strstr(err->text, "topic") != NULL;
            err_set(err, ERR_KIND_FATAL, ERR_EXISTS, "%s %s already exists",
                    is_topic_taken ? "a dataset with topic" : "dataset",
                    is_topic_taken ? spec->topic : spec->name);
        }
        err_add(err, "adding dataset %s.%s", spec->agency, spec->name);
        goto out;
    }
    status = 0;
out:
    buf_fini(&keys);
    buf_fini(&exempt);
    return status;
}

int sto_dataset_remove(struct sto_conn *conn, const char *agency, const char *name, int *versions,
                       struct err *err)
{
    const char *const values[] = {agency, name};
    PGresult *res = sto_exec(conn, "SELECT nrc.remove_dataset($1, $2)", values, 2, err);
    if (res == NULL) {
        return -1;
    }
    *versions = sto_text_int(res, 0, 0);
    PQclear(res);
    return 0;
}

/* nrc.make_leaves waits for each lock for 200 ms only, because all others queue behind a lock that waits; so
 * it is called again and again, at least once. An autovacuum holds no lock that it needs: it works on
 * leaves, never on their parent. dataset NULL: the ledger and the quarantine. */
static int make_leaves(struct sto_conn *conn, const char *months, const char *dataset,
                       int64_t give_up_ms, int *made, struct err *err)
{
    const char *const values[] = {months, dataset};
    for (unsigned pause_ms = 20;; pause_ms = pause_ms < 300 ? pause_ms * 2 : pause_ms) {
        PGresult *res = sto_exec(conn, "SELECT nrc.make_leaves($1::int, $2::int)", values, 2, err);
        if (res != NULL) {
            *made += sto_text_int(res, 0, 0);
            PQclear(res);
            return 0;
        }
        bool is_lock = strcmp(err->sqlstate, "55P03") == 0 || strcmp(err->sqlstate, "40P01") == 0;
        if (!is_lock || !sto_conn_usable(conn)) {
            return -1;
        }
        if (clock_mono_ms() + pause_ms >= give_up_ms) {
            err->kind = ERR_KIND_RETRY;
            err->code = ERR_REGISTER_TIMEOUT;
            return err_add(err, "waiting %d s for its locks", RETRY_FOR_MS / 1000);
        }
        (void)poll(NULL, 0, (int)pause_ms);
    }
}

int sto_leaves_make(struct sto_conn *conn, int months, int *made, struct err *err)
{
    char text[16];
    int64_t give_up_ms = clock_mono_ms() + RETRY_FOR_MS;
    snprintf(text, sizeof(text), "%d", months);
    *made = 0;
    PGresult *datasets =
        sto_exec(conn,
                 "SELECT d.id, a.code || '.' || d.name FROM nrc.dataset d"
                 " JOIN nrc.agency a ON a.id = d.agency_id WHERE d.column_version > 0 ORDER BY 1",
                 NULL, 0, err);
    if (datasets == NULL || make_leaves(conn, text, NULL, give_up_ms, made, err) != 0) {
        PQclear(datasets);
        return err_add(err, "making monthly leaves");
    }
    int rc = 0;
    for (int i = 0; i < PQntuples(datasets) && sto_conn_usable(conn); i++) {
        struct err failed = ERR_INIT;
        if (make_leaves(conn, text, PQgetvalue(datasets, i, 0), give_up_ms, made, &failed) == 0) {
            continue;
        }
        if (rc == 0) { /* the others get theirs; the first failure is returned */
            *err = failed;
            rc = err_add(err, "making monthly leaves of %.80s", PQgetvalue(datasets, i, 1));
        }
    }
    PQclear(datasets);
    return rc;
}
