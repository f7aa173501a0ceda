/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/webhook.c - the multi handle, driven by epoll.
 *
 * libcurl says which sockets to watch (watch_socket) and when it wants to be called (set_timer); both
 * become entries of one epoll set, the time as a timerfd. So a request that hangs costs nothing until
 * its time is over, however many hang. A transfer is in one of three places: idle, in flight (the
 * multi handle has it), done (its result waits for poll). */
#include "ops/relay/webhook.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "ops/relay/transfer_priv.h"

enum { IN_FLIGHT_MAX = 4096, EVENTS = 64, TIMEOUT_MIN_MS = 10, TIMEOUT_MAX_MS = 600000 };

struct ops_webhook {
    struct ops_webhook_options options; /* with strings of its own */
    CURLM *multi;
    int epoll;
    int timer;
    struct ops_transfer *idle;
    struct ops_transfer *all[IN_FLIGHT_MAX];
    size_t all_count;
    size_t in_flight;
    struct ops_webhook_result *refused; /* room for max_in_flight: not sent, not handed out */
    size_t refused_count;
};

const char *ops_webhook_outcome_name(enum ops_webhook_outcome outcome)
{
    static const char *const names[] = {"delivered", "retry", "gone", "refused"};
    return names[outcome];
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    (void)easy;
    struct ops_webhook *webhook = arg;
    struct epoll_event event = {.data.fd = fd};
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(webhook->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
    int rc = epoll_ctl(webhook->epoll, known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    curl_multi_assign(webhook->multi, fd, webhook);
    return rc;
}

static int set_timer(CURLM *multi, long timeout_ms, void *arg)
{
    (void)multi;
    struct ops_webhook *webhook = arg;
    struct itimerspec at = {{0, 0}, {0, 0}};
    if (timeout_ms >= 0) {
        at.it_value.tv_sec = timeout_ms / 1000;
        at.it_value.tv_nsec =
            timeout_ms % 1000 * 1000000 + (timeout_ms == 0); /* 0 would be never */
    }
    return timerfd_settime(webhook->timer, 0, &at, NULL);
}

static int check_options(const struct ops_webhook_options *options, struct err *err)
{
    if (options->timeout_ms < TIMEOUT_MIN_MS || options->timeout_ms > TIMEOUT_MAX_MS ||
        options->max_in_flight < 1 || options->max_in_flight > IN_FLIGHT_MAX) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "webhooks: a time-out of %d to %d ms, and 1 to %d in flight", TIMEOUT_MIN_MS,
                       TIMEOUT_MAX_MS, IN_FLIGHT_MAX);
    }
    if (options->ca_file != NULL && access(options->ca_file, R_OK) != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "cannot read the CA file '%s': %s",
                       options->ca_file, strerror(errno));
    }
    /* Without it a name server that is slow would hold every receiver up. */
    if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "this libcurl resolves names in its caller's thread");
    }
    return 0;
}

static int copy_options(struct ops_webhook *webhook, const struct ops_webhook_options *options)
{
    webhook->options = *options;
    webhook->options.user_agent = strdup(options->user_agent);
    webhook->options.ca_file = options->ca_file != NULL ? strdup(options->ca_file) : NULL;
    webhook->refused = calloc((size_t)options->max_in_flight, sizeof(struct ops_webhook_result));
    return webhook->options.user_agent != NULL && webhook->refused != NULL &&
                   (options->ca_file == NULL || webhook->options.ca_file != NULL)
               ? 0
               : -1;
}

static int open_loop(struct ops_webhook *webhook)
{
    webhook->epoll = epoll_create1(EPOLL_CLOEXEC);
    webhook->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    webhook->multi = curl_multi_init();
    struct epoll_event event = {.events = EPOLLIN, .data.fd = webhook->timer};
    if (webhook->epoll < 0 || webhook->timer < 0 || webhook->multi == NULL ||
        epoll_ctl(webhook->epoll, EPOLL_CTL_ADD, webhook->timer, &event) != 0) {
        return -1;
    }
    CURLM *multi = webhook->multi;
    bool is_set =
        curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) == CURLM_OK &&
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, webhook) == CURLM_OK &&
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, webhook) == CURLM_OK &&
        curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) == CURLM_OK &&
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)webhook->options.max_in_flight) ==
            CURLM_OK;
    return is_set ? 0 : -1;
}

struct ops_webhook *ops_webhook_new(const struct ops_webhook_options *options, struct err *err)
{
    if (check_options(options, err) != 0) {
        return NULL;
    }
    struct ops_webhook *webhook = calloc(1, sizeof(*webhook));
    if (webhook == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(webhook);
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for webhooks");
        return NULL;
    }
    webhook->epoll = -1;
    webhook->timer = -1;
    if (copy_options(webhook, options) != 0 || open_loop(webhook) != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory or no descriptors for webhooks");
        ops_webhook_free(&webhook);
    }
    return webhook;
}

void ops_webhook_free(struct ops_webhook **taken)
{
    struct ops_webhook *webhook = *taken;
    *taken = NULL;
    if (webhook == NULL) {
        return;
    }
    for (size_t i = 0; i < webhook->all_count; i++) {
        curl_multi_remove_handle(webhook->multi, webhook->all[i]->easy);
        ops_transfer_free(&webhook->all[i]);
    }
    curl_multi_cleanup(webhook->multi);
    if (webhook->timer >= 0) {
        close(webhook->timer);
    }
    if (webhook->epoll >= 0) {
        close(webhook->epoll);
    }
    free((char *)webhook->options.user_agent);
    free((char *)webhook->options.ca_file);
    free(webhook->refused);
    free(webhook);
    curl_global_cleanup();
}

static struct ops_transfer *take_idle(struct ops_webhook *webhook, struct err *err)
{
    struct ops_transfer *transfer = webhook->idle;
    if (transfer != NULL) {
        webhook->idle = transfer->next;
        return transfer;
    }
    transfer = ops_transfer_new(&webhook->options, err);
    if (transfer != NULL) {
        webhook->all[webhook->all_count++] = transfer;
    }
    return transfer;
}

static void put_idle(struct ops_webhook *webhook, struct ops_transfer *transfer)
{
    ops_transfer_reset(transfer);
    transfer->next = webhook->idle;
    webhook->idle = transfer;
}

/* Its result is there at once; the caller's poll is woken for it. */
static void refuse(struct ops_webhook *webhook, struct ops_transfer *transfer)
{
    ops_transfer_refusal(transfer, &webhook->refused[webhook->refused_count++]);
    put_idle(webhook, transfer);
    set_timer(webhook->multi, 0, webhook);
}

int ops_webhook_send(struct ops_webhook *webhook, const struct ops_webhook_request *request,
                     struct err *err)
{
    if (webhook->in_flight >= (size_t)webhook->options.max_in_flight) {
        return err_set(err, ERR_KIND_RETRY, ERR_OVERLOADED, "%zu webhooks are in flight",
                       webhook->in_flight);
    }
    struct ops_transfer *transfer = take_idle(webhook, err);
    if (transfer == NULL) {
        return -1;
    }
    if (ops_transfer_prepare(transfer, request, err) != 0) {
        put_idle(webhook, transfer);
        return -1;
    }
    if (transfer->refusal[0] != '\0') {
        refuse(webhook, transfer);
    } else if (curl_multi_add_handle(webhook->multi, transfer->easy) != CURLM_OK) {
        put_idle(webhook, transfer);
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a webhook");
    }
    webhook->in_flight++;
    return 0;
}

static size_t take_refused(struct ops_webhook *webhook, struct ops_webhook_result *out, size_t max)
{
    size_t count = 0;
    while (count < max && webhook->refused_count > 0) {
        out[count++] = webhook->refused[--webhook->refused_count];
    }
    return count;
}

static size_t take_done(struct ops_webhook *webhook, struct ops_webhook_result *out, size_t max)
{
    size_t count = 0;
    int left;
    CURLMsg *message;
    while (count < max && (message = curl_multi_info_read(webhook->multi, &left)) != NULL) {
        char *private = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        struct ops_transfer *transfer = (struct ops_transfer *)private;
        ops_transfer_result(transfer, code, &out[count++]);
        curl_multi_remove_handle(webhook->multi, transfer->easy);
        put_idle(webhook, transfer);
    }
    return count;
}

static size_t take(struct ops_webhook *webhook, struct ops_webhook_result *out, size_t max)
{
    size_t count = take_refused(webhook, out, max);
    count += take_done(webhook, out + count, max - count);
    webhook->in_flight -= count;
    if (count == max && webhook->in_flight > 0) {
        set_timer(webhook->multi, 0, webhook); /* more may be there for the next poll */
    }
    return count;
}

static void act(struct ops_webhook *webhook, const struct epoll_event *event)
{
    int running;
    if (event->data.fd == webhook->timer) {
        uint64_t times;
        if (read(webhook->timer, &times, sizeof(times)) > 0) {
            curl_multi_socket_action(webhook->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        return;
    }
    int what = (event->events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
               (event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (event->events & EPOLLERR ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(webhook->multi, event->data.fd, what, &running);
}

/* false: a signal came. */
static bool wait_and_act(struct ops_webhook *webhook, int wait_ms)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(webhook->epoll, events, EVENTS, wait_ms);
    for (int i = 0; i < count; i++) {
        act(webhook, &events[i]);
    }
    return count >= 0;
}

size_t ops_webhook_poll(struct ops_webhook *webhook, int wait_ms, struct ops_webhook_result *out,
                        size_t max)
{
    int64_t until_ms = clock_mono_ms() + wait_ms;
    size_t count = take(webhook, out, max);
    int64_t left_ms = wait_ms;
    bool goes_on = true;
    do {
        goes_on = wait_and_act(webhook, count > 0 ? 0 : (int)left_ms);
        count += take(webhook, out + count, max - count);
        left_ms = until_ms - clock_mono_ms();
    } while (goes_on && count == 0 && left_ms > 0);
    return count;
}

size_t ops_webhook_in_flight(const struct ops_webhook *webhook)
{
    return webhook->in_flight;
}

int ops_webhook_fd(const struct ops_webhook *webhook)
{
    return webhook->epoll;
}
