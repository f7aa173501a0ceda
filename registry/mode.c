/* SPDX-License-Identifier: Apache-2.0
 * registry/mode.c - what may be done: READWRITE, READONLY, READONLY_OVERRIDE, IMPORT, FORWARD.
 *
 * FORWARD is for whoever keeps a second registry in step with a first: it takes what IMPORT takes,
 * and holds for all contexts or for none.
 * Modes are kept for names, whether or not there is a subject of that name. Who obeys them:
 * nrc.mode_in_force, asked by registration, deletion and config. */
#include <ctype.h>
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "registry/answer.h"
#include "registry/context.h"
#include "registry/handlers.h"
#include "registry/json_body.h"
#include "registry/worker.h"
#include "storage/subject/config.h"

static int answer(struct http_request *req, const char *word)
{
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_key(&w, "mode");
    jsonw_str(&w, word);
    jsonw_close(&w, '}');
    reg_ok(req);
    return 0;
}

int reg_get_mode(struct http_request *req, struct err *err)
{
    const char *subject = reg_subject_of(req, err);
    struct sto_mode mode;
    bool in_force = http_query_bool(req, "defaultToGlobal", false);
    struct sto_conn *conn = subject != NULL ? reg_conn(req, err) : NULL;
    if (conn == NULL || sto_mode_get(conn, subject, in_force, &mode, err) != 0) {
        return -1;
    }
    if (!mode.set && !in_force && !reg_is_top_level(subject)) {
        return err_set(err, ERR_KIND_FATAL, ERR_MODE_NOT_SET,
                       "Subject '%.300s' does not have subject-level mode configured", subject);
    }
    return answer(req, mode.word);
}

/* In any case; upper case in out. */
static bool parse_mode(const char *text, char out[STO_WORD_BYTES])
{
    static const char *const words[] = {"READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT",
                                        "FORWARD"};
    size_t i = 0;
    for (; text[i] != '\0' && i < STO_WORD_BYTES - 1; i++) {
        out[i] = (char)toupper((unsigned char)text[i]);
    }
    out[i] = '\0';
    for (size_t w = 0; text[i] == '\0' && w < COUNT_OF(words); w++) {
        if (strcmp(out, words[w]) == 0) {
            return true;
        }
    }
    return false;
}

/* What a PUT of null or of nothing asks for: the mode is then the context's, or the registry's. */
static int unset(struct http_request *req, const char *subject, struct err *err)
{
    struct sto_mode mode;
    struct sto_conn *conn = reg_conn_to_change(req, err);
    if (conn == NULL || sto_mode_delete(conn, subject, &mode, err) != 0) {
        return -1;
    }
    if (mode.changed) {
        reg_changed(req);
    }
    buf_put_str(http_out(req), "{}");
    reg_ok(req);
    return 0;
}

/* word: in upper case. */
static int read_mode(const json_t *mode, const char *subject, char word[STO_WORD_BYTES],
                     struct err *err)
{
    if (!json_is_string(mode) || !parse_mode(json_string_value(mode), word)) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_MODE,
                       "Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.");
    }
    if (strcmp(word, "FORWARD") == 0 && strcmp(subject, ":.__GLOBAL:") != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_MODE,
                       "Forward mode only supported on global level");
    }
    return 0;
}

int reg_put_mode(struct http_request *req, struct err *err)
{
    const char *subject = reg_subject_to_set(req, err);
    char word[STO_WORD_BYTES];
    bool changed = false;
    int rc = -1;
    struct sto_conn *conn = NULL;
    json_t *body = subject != NULL ? reg_body_object(req, err) : NULL;
    if (body == NULL) {
        return -1;
    }
    const json_t *mode = json_object_get(body, "mode");
    if (mode == NULL || json_is_null(mode)) {
        rc = unset(req, subject, err);
        goto out;
    }
    conn = read_mode(mode, subject, word, err) == 0 ? reg_conn_to_change(req, err) : NULL;
    if (conn == NULL || sto_mode_put(conn, subject, word, http_query_bool(req, "force", false),
                                     &changed, err) != 0) {
        goto out;
    }
    if (changed) {
        reg_changed(req);
    }
    rc = answer(req, json_string_value(mode));
out:
    json_decref(body);
    return rc;
}

int reg_delete_mode(struct http_request *req, struct err *err)
{
    const char *subject = reg_subject_of(req, err);
    struct sto_mode mode;
    struct sto_conn *conn = subject != NULL ? reg_conn_to_change(req, err) : NULL;
    if (conn == NULL || sto_mode_delete(conn, subject, &mode, err) != 0) {
        return -1;
    }
    if (!mode.set && !reg_is_top_level(subject)) {
        return err_set(err, ERR_KIND_FATAL, ERR_SUBJECT_NOT_FOUND, "Subject '%.300s' not found.",
                       subject);
    }
    if (mode.changed) {
        reg_changed(req);
    }
    return answer(req, mode.word);
}
