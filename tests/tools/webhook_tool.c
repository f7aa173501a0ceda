/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/webhook_tool.c - sends webhooks and mail by ops/tell/sender.h, for tests that bring receivers.
 *
 *   webhook_tool ALLOW TIMEOUT_MS MAX_IN_FLIGHT [CA-FILE]
 *
 * Lines of standard input, with tabs between the words:
 *   resolve NAME ADDRESS,ADDRESS   names that the test invents; "never": the name server is silent
 *   send TAG ID TIMESTAMP URL SECRET,SECRET BODY
 *   json TAG URL BODY
 *   mail TAG SERVER FROM TO FILE   the file is the message; the login is NRC_ALARM_USER and NRC_ALARM_PASSWORD
 *   wait                           until none is in flight
 *   poll                           until one has ended
 * Each result is a line of JSON as it comes; one that could not be sent has "error". */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/signals.h"
#include "ops/tell/address.h"
#include "ops/tell/sender.h"

enum { WORDS = 7, NAMES = 16, SECRETS = 8, WAIT_MS = 1000, MAIL_MAX = 65536 };

static struct {
    char name[256];
    char addresses[256];
} names[NAMES];
static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;

static void resolve(const char *name, const char *addresses)
{
    pthread_mutex_lock(&names_lock);
    int i = 0;
    while (i < NAMES - 1 && names[i].name[0] != '\0' && strcmp(names[i].name, name) != 0) {
        i++;
    }
    snprintf(names[i].name, sizeof(names[i].name), "%s", name);
    snprintf(names[i].addresses, sizeof(names[i].addresses), "%s", addresses);
    pthread_mutex_unlock(&names_lock);
}

static void addresses_of(const char *name, char out[256])
{
    pthread_mutex_lock(&names_lock);
    out[0] = '\0';
    for (int i = 0; i < NAMES; i++) {
        if (name != NULL && strcmp(names[i].name, name) == 0) {
            snprintf(out, sizeof(names[i].addresses), "%s", names[i].addresses);
        }
    }
    pthread_mutex_unlock(&names_lock);
}

typedef int lookup(const char *name, const char *service, const struct addrinfo *hints,
                   struct addrinfo **out);

/* Stands before the C library's, for libcurl too. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    lookup *real;
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    char addresses[256];
    addresses_of(name, addresses);
    if (addresses[0] == '\0') {
        return real(name, service, hints, out);
    }
    if (strcmp(addresses, "never") == 0) {
        pause();
    }
    *out = NULL;
    char *rest = addresses;
    struct addrinfo **end = out;
    for (char *one = strsep(&rest, ","); one != NULL; one = strsep(&rest, ",")) {
        int rc = real(one, service, hints, end);
        if (rc != 0) {
            return rc;
        }
        while (*end != NULL) {
            end = &(*end)->ai_next;
        }
    }
    return 0;
}

static void end_line(struct jsonw *w)
{
    jsonw_close(w, '}');
    puts(buf_cstr(w->out));
    fflush(stdout);
    buf_fini(w->out);
}

static void print_result(const struct ops_sender_result *result)
{
    struct buf out = BUF_INIT;
    struct jsonw w = jsonw_to(&out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "tag");
    jsonw_str(&w, result->tag);
    jsonw_key(&w, "status");
    jsonw_int(&w, result->status);
    jsonw_key(&w, "outcome");
    jsonw_str(&w, ops_sender_outcome_name(result->outcome));
    jsonw_key(&w, "retry_after_s");
    jsonw_int(&w, result->retry_after_s);
    jsonw_key(&w, "text");
    jsonw_str(&w, result->text);
    end_line(&w);
    free(result->tag);
}

static void print_error(const char *tag, const struct err *err)
{
    struct buf out = BUF_INIT;
    struct jsonw w = jsonw_to(&out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "tag");
    jsonw_str(&w, tag);
    jsonw_key(&w, "error");
    jsonw_str(&w, err_token(err->code));
    jsonw_key(&w, "text");
    jsonw_str(&w, err->text);
    end_line(&w);
}

static void send_one(struct ops_sender *sender, char *words[WORDS])
{
    const char *secrets[SECRETS];
    size_t count = 0;
    for (char *one = strtok(words[5], ","); one != NULL && count < SECRETS;
         one = strtok(NULL, ",")) {
        secrets[count++] = one;
    }
    struct ops_sender_request request = {.id = words[2],
                                         .timestamp_s = strtoll(words[3], NULL, 10),
                                         .url = words[4],
                                         .body = words[6],
                                         .body_len = strlen(words[6]),
                                         .secrets = secrets,
                                         .secret_count = count,
                                         .tag = strdup(words[1])};
    struct err err = ERR_INIT;
    if (ops_sender_send(sender, &request, &err) != 0) {
        print_error(words[1], &err);
        free(request.tag);
    }
}

static void give(struct ops_sender *sender, struct ops_sender_request *request, const char *tag)
{
    struct err err = ERR_INIT;
    request->tag = strdup(tag);
    if (ops_sender_send(sender, request, &err) != 0) {
        print_error(tag, &err);
        free(request->tag);
    }
}

static void send_json(struct ops_sender *sender, char *words[WORDS])
{
    struct ops_sender_request request = {
        .what = OPS_SEND_JSON, .url = words[2], .body = words[3], .body_len = strlen(words[3])};
    give(sender, &request, words[1]);
}

static void send_mail(struct ops_sender *sender, char *words[WORDS])
{
    char body[MAIL_MAX];
    FILE *file = fopen(words[5], "rb");
    if (file == NULL) {
        perror(words[5]);
        exit(2);
    }
    size_t len = fread(body, 1, sizeof(body), file);
    fclose(file);
    struct ops_sender_request request = {.what = OPS_SEND_MAIL,
                                         .url = words[2],
                                         .from = words[3],
                                         .to = words[4],
                                         .body = body,
                                         .body_len = len};
    give(sender, &request, words[1]);
}

/* Until `most` have ended, or all. */
static void wait_for(struct ops_sender *sender, size_t most)
{
    struct ops_sender_result results[4];
    for (size_t ended = 0; ended < most && ops_sender_in_flight(sender) > 0;) {
        size_t count = ops_sender_poll(sender, WAIT_MS, results, COUNT_OF(results));
        for (size_t i = 0; i < count; i++) {
            print_result(&results[i]);
        }
        ended += count;
    }
}

static void obey(struct ops_sender *sender, char *line)
{
    char *words[WORDS] = {"", "", "", "", "", "", ""};
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < WORDS && line != NULL; i++) {
        words[i] = strsep(&line, "\t");
    }
    if (strcmp(words[0], "resolve") == 0) {
        resolve(words[1], words[2]);
    } else if (strcmp(words[0], "send") == 0) {
        send_one(sender, words);
    } else if (strcmp(words[0], "json") == 0) {
        send_json(sender, words);
    } else if (strcmp(words[0], "mail") == 0) {
        send_mail(sender, words);
    } else if (strcmp(words[0], "wait") == 0) {
        wait_for(sender, SIZE_MAX);
    } else if (strcmp(words[0], "poll") == 0) {
        wait_for(sender, 1);
    }
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: webhook_tool ALLOW TIMEOUT_MS MAX_IN_FLIGHT [CA-FILE]\n");
        return 2;
    }
    signals_block();
    struct err err = ERR_INIT;
    struct ops_address_rules *rules = ops_address_rules_parse(argv[1], &err);
    struct ops_sender_options options = {.timeout_ms = (int)strtol(argv[2], NULL, 10),
                                         .max_in_flight = (int)strtol(argv[3], NULL, 10),
                                         .rules = rules,
                                         .ca_file = argc > 4 ? argv[4] : NULL,
                                         .user_agent = "nrc-relay/test",
                                         .mail_user = getenv("NRC_ALARM_USER"),
                                         .mail_password = getenv("NRC_ALARM_PASSWORD")};
    struct ops_sender *sender = rules != NULL ? ops_sender_new(&options, &err) : NULL;
    if (sender == NULL) {
        print_error("", &err);
        ops_address_rules_free(&rules);
        return 1;
    }
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        obey(sender, line);
    }
    free(line);
    ops_sender_free(&sender);
    ops_address_rules_free(&rules);
    return 0;
}
