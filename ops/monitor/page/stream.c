/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/page/stream.c - tells each open page that something has changed; what, the page then asks for.
 *
 * A stream says nothing of what its account may not see: an agency's is told of that agency's changes alone. It lives as long as
 * its session. When the catalogue changes, an account may have lost its rights: so all streams end, and browsers come back through
 * the same door as the first time. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "ops/monitor/page/worker_priv.h"
#include "registry/access/auth.h"
#include "registry/access/session.h"
#include "registry/session_http.h"
#include "storage/report/cursor.h"

struct page_stream {
    LIST_ENTRY(page_stream) link;
    struct reg_sessions *sessions;
    struct http_stream *http;
    uint8_t session[SHA256_BYTES];
    uint64_t generation;
    struct sto_cursors told; /* agency: whose */
};

/* -- one stream */

static void ended(void *arg)
{
    struct page_stream *stream = arg;
    LIST_REMOVE(stream, link);
    reg_session_stream_ended(stream->sessions, stream->session);
    free(stream);
}

static void tell(struct page_stream *stream, const struct sto_cursors *now)
{
    struct buf text = BUF_INIT;
    struct jsonw w = jsonw_to(&text);
    jsonw_open(&w, '{');
    jsonw_text(&w, "sources", now->sources);
    jsonw_text(&w, "incidents", now->incidents);
    jsonw_text(&w, "quarantine", now->quarantine);
    jsonw_close(&w, '}');
    http_stream_event(stream->http, "changed", buf_cstr(&text));
    stream->told = *now;
    buf_fini(&text);
}

static const struct sto_cursors *cursors_of(const char *agency, const struct sto_cursors *rows,
                                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].agency, agency) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool has_moved(const struct sto_cursors *told, const struct sto_cursors *now)
{
    return strcmp(told->sources, now->sources) != 0 ||
           strcmp(told->incidents, now->incidents) != 0 ||
           strcmp(told->quarantine, now->quarantine) != 0;
}

/* -- GET /stream */

static int read_cursors(struct http_request *req, const char *agency, struct sto_cursors *out,
                        struct err *err)
{
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_cursors *rows = NULL;
    size_t count = 0;
    if (conn == NULL || sto_cursors(conn, &agency, *agency != '\0', &rows, &count, err) != 0) {
        return -1;
    }
    const struct sto_cursors *its = cursors_of(agency, rows, count);
    int rc = 0;
    if (its != NULL) {
        *out = *its;
    } else {
        rc = err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SQL,
                     "nrc.page_cursors has no row for the account");
    }
    free(rows);
    return rc;
}

static int begin(struct http_request *req, const struct reg_session *session,
                 const struct sto_cursors *now, struct err *err)
{
    struct page_worker *worker = http_worker(req);
    struct page_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a stream");
    }
    stream->sessions = worker->reg.shared->sessions;
    stream->generation = session->account.generation;
    memcpy(stream->session, session->id, SHA256_BYTES);
    stream->http = http_stream_begin(req, ended, stream, err);
    if (stream->http == NULL) {
        free(stream);
        return -1;
    }
    LIST_INSERT_HEAD(&worker->streams, stream, link);
    tell(stream, now);
    http_set_header(req, "X-Accel-Buffering", "no"); /* nginx would keep events back */
    return 0;
}

int ops_page_get_stream(struct http_request *req, struct err *err)
{
    struct reg_sessions *sessions = reg_worker_of(req)->shared->sessions;
    struct reg_session session;
    struct sto_cursors now;
    if (!reg_session_of(req, &session)) {
        return err_set(err, ERR_KIND_FATAL, ERR_UNAUTHENTICATED, "the session has ended");
    }
    if (read_cursors(req, session.account.agency, &now, err) != 0) {
        return -1;
    }
    if (!reg_session_stream(sessions, session.id, clock_mono_ms())) {
        http_set_header(req, "Retry-After", "5");
        http_close(req); /* whoever asks too often holds no connection by it */
        return err_set(err, ERR_KIND_RETRY, ERR_OVERLOADED,
                       "this session, or all together, have as many open streams as they may");
    }
    int rc = begin(req, &session, &now, err);
    if (rc != 0) {
        reg_session_stream_ended(sessions, session.id);
    }
    return rc;
}

/* -- each second */

/* Those whose session, or whose rights, may be gone. */
static void end_some(struct page_worker *worker)
{
    const uint64_t generation = reg_worker_generation(&worker->reg);
    const int64_t now_ms = clock_mono_ms();
    struct page_stream *stream;
    LIST_FOREACH(stream, &worker->streams, link)
    {
        if ((generation != 0 && generation != stream->generation) ||
            !reg_session_lives(stream->sessions, stream->session, now_ms)) {
            http_stream_end(stream->http);
        }
    }
}

/* Each agency once; room for as many as there are streams. */
static size_t list_agencies(const struct page_worker *worker, const char **out)
{
    size_t count = 0;
    const struct page_stream *stream;
    LIST_FOREACH(stream, &worker->streams, link)
    {
        const char *agency = stream->told.agency;
        bool is_new = *agency != '\0';
        for (size_t i = 0; i < count && is_new; i++) {
            is_new = strcmp(out[i], agency) != 0;
        }
        if (is_new) {
            out[count++] = agency;
        }
    }
    return count;
}

static void tell_all(struct page_worker *worker, const struct sto_cursors *rows, size_t count)
{
    struct page_stream *stream;
    LIST_FOREACH(stream, &worker->streams, link)
    {
        const struct sto_cursors *now = cursors_of(stream->told.agency, rows, count);
        if (now != NULL && has_moved(&stream->told, now)) {
            tell(stream, now);
        }
    }
}

static int ask(struct page_worker *worker, struct sto_cursors **rows, size_t *count,
               struct err *err)
{
    size_t most = 0;
    const struct page_stream *stream;
    LIST_FOREACH(stream, &worker->streams, link)
    {
        most++;
    }
    const char **agencies = calloc(most + 1, sizeof(*agencies));
    if (agencies == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a turn of streams");
    }
    struct sto_conn *conn = reg_worker_conn(&worker->reg, err);
    int rc = conn != NULL
                 ? sto_cursors(conn, agencies, list_agencies(worker, agencies), rows, count, err)
                 : -1;
    free(agencies);
    return rc;
}

/* A register that is away is the workers' connection's to log; streams stay, and speak when it is back. */
void ops_page_tick(void *arg)
{
    struct page_worker *worker = arg;
    struct sto_cursors *rows = NULL;
    size_t count = 0;
    struct err err = ERR_INIT;
    if (LIST_EMPTY(&worker->streams)) {
        return;
    }
    end_some(worker);
    if (ask(worker, &rows, &count, &err) == 0) {
        tell_all(worker, rows, count);
    } else if (err.code != ERR_REGISTER_DOWN && err.code != ERR_REGISTER_TIMEOUT) {
        log_warn("streams_not_told", LOG_ERR(&err));
    }
    free(rows);
}
