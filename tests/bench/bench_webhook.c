/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/bench_webhook.c - how many webhooks one thread sends to a receiver on this machine, and what
 * it costs; the receiver is base/http's server in a process of its own.
 *
 *   bench_webhook [--requests N] [--in-flight N] [--body BYTES] [--dead N] [--ed25519]
 *
 * --dead: so many receivers beside it that take the connection and never answer, one request each, in
 * flight all the time. Prints one line of JSON. */
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/http/server.h"
#include "base/sign.h"
#include "base/signals.h"
#include "ops/tell/address.h"
#include "ops/tell/sender.h"

enum { TIMEOUT_MS = 20000, WAIT_MS = 1000, RESULTS = 64, IN_FLIGHT_MAX = 4096 };

struct run {
    struct ops_sender *sender;
    struct ops_sender_request request;
    char url[64];
    char dead_url[64];
    long left;  /* to be sent */
    long ended; /* of the living */
    long failed;
    long in_flight; /* of the living */
};

static void die(const char *what, const struct err *err)
{
    fprintf(stderr, "bench_webhook: %s: %s\n", what, err->text);
    exit(1);
}

static int take(struct http_request *req, struct err *err)
{
    (void)err;
    http_ok(req, 204, "text/plain");
    return 0;
}

/* Writes its port into the pipe and serves until it is killed. */
static void serve(int to_parent)
{
    static const struct http_route routes[] = {{HTTP_POST, "/", 0, take, ""}};
    static const struct http_app app = {.routes = routes, .route_count = COUNT_OF(routes)};
    struct http_options options = {.listen = "127.0.0.1:0",
                                   .workers = 1,
                                   .header_bytes = 8192,
                                   .body_bytes = 1 << 20,
                                   .body_total_bytes = 64 << 20,
                                   .request_timeout_ms = TIMEOUT_MS,
                                   .idle_timeout_ms = TIMEOUT_MS,
                                   .connections = IN_FLIGHT_MAX};
    struct err err = ERR_INIT;
    struct http_server *server = http_server_start(&options, &app, &err);
    if (server == NULL) {
        die("the receiver", &err);
    }
    int port = http_server_port(server);
    if (write(to_parent, &port, sizeof(port)) != (ssize_t)sizeof(port)) {
        exit(1);
    }
    pause();
}

static pid_t start_receiver(int *port)
{
    int ends[2];
    if (pipe(ends) != 0) {
        exit(1);
    }
    pid_t pid = fork();
    if (pid == 0) {
        serve(ends[1]);
        exit(0);
    }
    if (pid < 0 || read(ends[0], port, sizeof(*port)) != (ssize_t)sizeof(*port)) {
        exit(1);
    }
    return pid;
}

/* The kernel takes the connections; nobody reads. */
static int start_dead(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || bind(s, (struct sockaddr *)&address, size) != 0 || listen(s, IN_FLIGHT_MAX) != 0 ||
        getsockname(s, (struct sockaddr *)&address, &size) != 0) {
        exit(1);
    }
    return ntohs(address.sin_port);
}

static void send_one(struct run *run, bool is_dead)
{
    struct err err = ERR_INIT;
    run->request.url = is_dead ? run->dead_url : run->url;
    run->request.tag = is_dead ? run : NULL;
    if (ops_sender_send(run->sender, &run->request, &err) != 0) {
        die("send", &err);
    }
}

static void take_results(struct run *run)
{
    struct ops_sender_result results[RESULTS];
    size_t count = ops_sender_poll(run->sender, WAIT_MS, results, RESULTS);
    for (size_t i = 0; i < count; i++) {
        if (results[i].tag != NULL) {
            send_one(run, true); /* a dead one: again */
            continue;
        }
        run->ended++;
        run->in_flight--;
        if (results[i].outcome != OPS_SENT_DELIVERED) {
            run->failed++;
            fprintf(stderr, "%s\n", results[i].text);
        }
    }
}

static void send_all(struct run *run, long in_flight, long dead)
{
    for (long i = 0; i < dead; i++) {
        send_one(run, true);
    }
    while (run->left > 0 || run->in_flight > 0) {
        for (; run->left > 0 && run->in_flight < in_flight; run->left--) {
            send_one(run, false);
            run->in_flight++;
        }
        take_results(run);
    }
}

int main(int argc, char **argv)
{
    static const struct option words[] = {
        {"requests", required_argument, NULL, 'n'}, {"in-flight", required_argument, NULL, 'i'},
        {"body", required_argument, NULL, 'b'},     {"dead", required_argument, NULL, 'd'},
        {"ed25519", no_argument, NULL, 'e'},        {NULL, 0, NULL, 0}};
    long requests = 20000;
    long in_flight = 64;
    long body_len = 600;
    long dead = 0;
    enum sign_scheme scheme = SIGN_HMAC;
    for (int word; (word = getopt_long(argc, argv, "", words, NULL)) != -1;) {
        long number = optarg != NULL ? strtol(optarg, NULL, 10) : 0;
        requests = word == 'n' ? number : requests;
        in_flight = word == 'i' ? number : in_flight;
        body_len = word == 'b' ? number : body_len;
        dead = word == 'd' ? number : dead;
        scheme = word == 'e' ? SIGN_ED25519 : scheme;
        if (word == '?') {
            return 2;
        }
    }
    int port = 0;
    pid_t receiver = start_receiver(&port);
    signals_block();

    struct err err = ERR_INIT;
    struct ops_address_rules *rules = ops_address_rules_parse("127.0.0.1", &err);
    struct ops_sender_options options = {.timeout_ms = TIMEOUT_MS,
                                         .max_in_flight = (int)(in_flight + dead),
                                         .rules = rules,
                                         .user_agent = "nrc-relay/bench"};
    char secret[SIGN_SECRET_SIZE];
    const char *secrets[] = {secret};
    char *body = malloc((size_t)body_len + 1);
    struct run run = {.left = requests};
    run.sender = rules != NULL ? ops_sender_new(&options, &err) : NULL;
    if (run.sender == NULL || body == NULL || sign_secret_make(scheme, secret, &err) != 0) {
        die("start", &err);
    }
    memset(body, 'x', (size_t)body_len);
    snprintf(run.url, sizeof(run.url), "http://127.0.0.1:%d/", port);
    snprintf(run.dead_url, sizeof(run.dead_url), "http://127.0.0.1:%d/", start_dead());
    run.request = (struct ops_sender_request){.id = "evt_0123456789abcdef",
                                              .timestamp_s = clock_wall_s(),
                                              .body = body,
                                              .body_len = (size_t)body_len,
                                              .secrets = secrets,
                                              .secret_count = 1};
    int64_t began_us = clock_mono_us();
    int64_t cpu_us = clock_cpu_us();
    send_all(&run, in_flight, dead);
    double seconds = (double)(clock_mono_us() - began_us) / 1e6;
    double cpu = (double)(clock_cpu_us() - cpu_us) / 1e6;
    printf("{\"requests\":%ld,\"in_flight\":%ld,\"dead\":%ld,\"failed\":%ld,\"seconds\":%.3f,"
           "\"per_second\":%.0f,\"cpu_us_each\":%.1f}\n",
           run.ended, in_flight, dead, run.failed, seconds, (double)run.ended / seconds,
           cpu * 1e6 / (double)run.ended);
    ops_sender_free(&run.sender);
    ops_address_rules_free(&rules);
    free(body);
    kill(receiver, SIGKILL);
    waitpid(receiver, NULL, 0);
    return run.failed == 0 ? 0 : 1;
}
