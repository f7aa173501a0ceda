/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/http_tool.c - a server of base/http/server.h with a few routes, for tests that bring
 * sockets and bytes of their own.
 *
 *   http_tool [name=value]…   names as in struct http_options; drain_ms=
 *
 * Prints {"port":N} when it accepts; ends at SIGTERM with {"requests":…,"refused":…}. GET /slow
 * says `slow` on standard output and then blocks its worker for ?ms=, or 200 ms; POST /closed takes an
 * Authorization header, and `authorize` is said each time somebody is asked for it. GET /events is a stream: an event at once, of
 * ?bytes=, and one more each second with ?each=; `over` is said when it has ended. */
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/http/server.h"
#include "base/jsonw.h"

static struct http_server *_Atomic the_server; /* NULL until all of it has started */

static int get_root(struct http_request *req, struct err *err)
{
    (void)err;
    buf_put_str(http_out(req), "{}");
    http_ok(req, 200, "application/json");
    return 0;
}

static int post_echo(struct http_request *req, struct err *err)
{
    (void)err;
    size_t len;
    const char *body = http_body(req, &len);
    buf_put(http_out(req), body, len);
    http_ok(req, 200, "application/octet-stream");
    return 0;
}

static void block(const struct http_request *req)
{
    const char *ms = http_query(req, "ms");
    poll(NULL, 0, ms != NULL ? (int)strtol(ms, NULL, 10) : 200);
}

static int get_slow(struct http_request *req, struct err *err)
{
    puts("slow");
    fflush(stdout);
    block(req);
    return get_root(req, err);
}

static int get_large(struct http_request *req, struct err *err)
{
    (void)err;
    static const char line[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n";
    for (int i = 0; i < 8 * 1024 * 16; i++) {
        buf_put(http_out(req), line, sizeof(line) - 1);
    }
    http_ok(req, 200, "text/plain");
    return 0;
}

static int get_slow_large(struct http_request *req, struct err *err)
{
    block(req);
    return get_large(req, err);
}

static int get_who(struct http_request *req, struct err *err)
{
    (void)err;
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_key(&w, "peer");
    jsonw_str(&w, http_peer(req));
    jsonw_key(&w, "tls");
    jsonw_bool(&w, http_is_tls(req));
    jsonw_key(&w, "subject");
    jsonw_str(&w, http_tls_subject(req));
    jsonw_key(&w, "worker");
    jsonw_int(&w, *(int *)http_worker(req));
    jsonw_key(&w, "q");
    jsonw_str(&w, http_query(req, "q"));
    jsonw_key(&w, "name");
    jsonw_str(&w, http_param(req, "name"));
    jsonw_close(&w, '}');
    http_ok(req, 200, "application/json");
    return 0;
}

static void write_counts(struct buf *out, const struct http_counts *counts)
{
    buf_printf(out,
               "{\"requests\":%llu,\"refused\":%llu,\"connections_now\":%llu,\"ok\":%llu,"
               "\"bad\":%llu,\"streams_now\":%llu}",
               (unsigned long long)counts->requests, (unsigned long long)counts->refused,
               (unsigned long long)counts->connections_now, (unsigned long long)counts->by_class[2],
               (unsigned long long)counts->by_class[4], (unsigned long long)counts->streams_now);
}

static int get_counts(struct http_request *req, struct err *err)
{
    struct http_server *server = atomic_load(&the_server);
    if (server == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NOT_FOUND, "not yet");
    }
    struct http_counts counts;
    http_server_counts(server, &counts);
    write_counts(http_out(req), &counts);
    http_ok(req, 200, "application/json");
    return 0;
}

static int delete_it(struct http_request *req, struct err *err)
{
    (void)req;
    (void)err;
    return 0;
}

static int authorize(struct http_request *req, unsigned roles, struct err *err)
{
    (void)roles;
    puts("authorize");
    fflush(stdout);
    if (http_header(req, "Authorization") == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_UNAUTHENTICATED, "who?");
    }
    http_set_principal(req, arena_strdup(http_arena(req), http_header(req, "Authorization")));
    return 0;
}

static int post_closed(struct http_request *req, struct err *err)
{
    buf_printf(http_out(req), "%s %s %s ", (const char *)http_principal(req),
               http_param(req, "name"), http_header(req, "Host"));
    return post_echo(req, err);
}

/* -- streams */

struct worker {
    int number;
    LIST_HEAD(, events) list;
};

struct events {
    LIST_ENTRY(events) link;
    struct http_stream *stream;
    int bytes; /* of each further one; 0: none comes */
};

static void tell(const struct events *events, int bytes)
{
    char *text = malloc((size_t)bytes + 1);
    if (text != NULL) {
        memset(text, 'x', (size_t)bytes);
        text[bytes] = '\0';
        http_stream_event(events->stream, "told", text);
        free(text);
    }
}

static void events_over(void *arg)
{
    struct events *events = arg;
    LIST_REMOVE(events, link);
    free(events);
    puts("over");
    fflush(stdout);
}

static int number(const struct http_request *req, const char *name)
{
    const char *text = http_query(req, name);
    return text != NULL ? (int)strtol(text, NULL, 10) : 0;
}

static int get_events(struct http_request *req, struct err *err)
{
    struct worker *worker = http_worker(req);
    struct events *events = calloc(1, sizeof(*events));
    if (events == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory");
    }
    events->bytes = number(req, "each");
    events->stream = http_stream_begin(req, events_over, events, err);
    if (events->stream == NULL) {
        free(events);
        return -1;
    }
    LIST_INSERT_HEAD(&worker->list, events, link);
    tell(events, number(req, "bytes"));
    if (http_query(req, "fail") != NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_EXISTS, "taken");
    }
    if (http_query(req, "end") != NULL) {
        http_stream_end(events->stream);
    }
    return 0;
}

static void tick(void *arg)
{
    struct worker *worker = arg;
    struct events *events;
    LIST_FOREACH(events, &worker->list, link)
    {
        if (events->bytes > 0) {
            tell(events, events->bytes);
        }
    }
}

static const struct http_route routes[] = {
    {HTTP_GET, "/events", 0, get_events, "a stream"},
    {HTTP_GET, "/", 0, get_root, "{}"},
    {HTTP_POST, "/echo", 0, post_echo, "the body"},
    {HTTP_GET, "/slow", 0, get_slow, "{} after ?ms="},
    {HTTP_GET, "/large", 0, get_large, "8 MiB"},
    {HTTP_GET, "/slow-large", 0, get_slow_large, "8 MiB after ?ms="},
    {HTTP_GET, "/counts", 0, get_counts, "as at the end, but now"},
    {HTTP_GET, "/who", 0, get_who, "who asks"},
    {HTTP_GET, "/who/{name}", 0, get_who, "who asks, and for whom"},
    {HTTP_POST, "/closed/{name}", 1, post_closed, "who asks, and the body"},
    {HTTP_DELETE, "/it", 0, delete_it, "204"},
};

static void write_failure(struct http_request *req, const struct err *err)
{
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_key(&w, "error_code");
    jsonw_int(&w, err_confluent_code(err->code));
    jsonw_key(&w, "message");
    jsonw_str(&w, err->text);
    jsonw_close(&w, '}');
    http_ok(req, err_http_status(err->code), "application/json");
}

static void *open_worker(void *arg, int worker, struct err *err)
{
    (void)arg;
    struct worker *own = calloc(1, sizeof(*own));
    if (own == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory");
        return NULL;
    }
    own->number = worker;
    LIST_INIT(&own->list);
    return own;
}

static int read_options(char **argv, struct http_options *options, int *drain_ms)
{
    const struct {
        const char *name;
        int *number;
        size_t *size;
        const char **text;
    } rows[] = {
        {"listen", NULL, NULL, &options->listen},
        {"certificate", NULL, NULL, &options->certificate},
        {"key", NULL, NULL, &options->key},
        {"client_ca", NULL, NULL, &options->client_ca},
        {"workers", &options->workers, NULL, NULL},
        {"header_bytes", NULL, &options->header_bytes, NULL},
        {"body_bytes", NULL, &options->body_bytes, NULL},
        {"body_total_bytes", NULL, &options->body_total_bytes, NULL},
        {"request_timeout_ms", &options->request_timeout_ms, NULL, NULL},
        {"idle_timeout_ms", &options->idle_timeout_ms, NULL, NULL},
        {"connections", &options->connections, NULL, NULL},
        {"client_certificate", (int *)&options->client_certificate, NULL, NULL},
        {"drain_ms", drain_ms, NULL, NULL},
    };
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        size_t len = strcspn(*arg, "=");
        size_t i = 0;
        while (i < COUNT_OF(rows) &&
               (strncmp(rows[i].name, *arg, len) != 0 || rows[i].name[len] != '\0')) {
            i++;
        }
        if (i == COUNT_OF(rows) || (*arg)[len] == '\0') {
            fprintf(stderr, "http_tool: %s\n", *arg);
            return -1;
        }
        const char *value = *arg + len + 1;
        if (rows[i].text != NULL) {
            *rows[i].text = value;
        } else if (rows[i].size != NULL) {
            *rows[i].size = strtoul(value, NULL, 10);
        } else {
            *rows[i].number = atoi(value);
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct http_options options = {
        .listen = "127.0.0.1:0",
        .workers = 2,
        .header_bytes = 16 * 1024,
        .body_bytes = 1024 * 1024,
        .body_total_bytes = 64 * 1024 * 1024,
        .request_timeout_ms = 20000,
        .idle_timeout_ms = 60000,
        .connections = 200,
    };
    const struct http_app app = {
        .routes = routes,
        .route_count = COUNT_OF(routes),
        .authorize = authorize,
        .fail = write_failure,
        .worker_open = open_worker,
        .worker_close = free,
        .tick = tick,
    };
    int drain_ms = 5000;
    if (read_options(argv, &options, &drain_ms) != 0) {
        return 2;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);

    struct err err = ERR_INIT;
    struct http_server *server = http_server_start(&options, &app, &err);
    if (server == NULL) {
        fprintf(stderr, "http_tool: %s: %s\n", err_token(err.code), err.text);
        return 1;
    }
    atomic_store(&the_server, server);
    printf("{\"port\":%d}\n", http_server_port(server));
    fflush(stdout);
    int signal_number;
    sigwait(&ends, &signal_number);
    struct http_counts counts;
    http_server_counts(server, &counts);
    http_server_stop(&server, drain_ms);
    struct buf out = BUF_INIT;
    write_counts(&out, &counts);
    puts(buf_cstr(&out));
    buf_fini(&out);
    return 0;
}
