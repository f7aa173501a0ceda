/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/sender.c - the multi handle, driven by epoll.
 *
 * libcurl says which sockets to watch (watch_socket) and when it wants to be called (set_timer); both
 * become entries of one epoll set, the time as a timerfd. So a request that hangs costs nothing until
 * its time is over, however many hang. A transfer is in one of three places: idle, in flight (the
 * multi handle has it), done (its result waits for poll). Mail has a courier of its own. */
#include "ops/tell/sender.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "ops/tell/courier_priv.h"
#include "ops/tell/transfer_priv.h"

enum { IN_FLIGHT_MAX = 4096, EVENTS = 64, TIMEOUT_MIN_MS = 10, TIMEOUT_MAX_MS = 600000 };

struct ops_sender {
    struct ops_sender_options options; /* with strings of its own */
    CURLM *multi;                      /* HTTP */
    struct ops_courier *courier;       /* SMTP */
    int epoll;
    int timer;
    struct ops_transfer *idle[OPS_WIRE_COUNT];
    struct ops_transfer *all[OPS_WIRE_COUNT * IN_FLIGHT_MAX];
    size_t all_count;
    size_t in_flight;
    struct ops_sender_result *refused; /* room for max_in_flight: not sent, not handed out */
    size_t refused_count;
};

const char *ops_sender_outcome_name(enum ops_sender_outcome outcome)
{
    static const char *const names[] = {"delivered", "retry", "gone", "rejected", "refused"};
    return names[outcome];
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    (void)easy;
    struct ops_sender *sender = arg;
    struct epoll_event event = {.data.fd = fd};
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(sender->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
    int rc = epoll_ctl(sender->epoll, known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    curl_multi_assign(sender->multi, fd, sender);
    return rc;
}

static int set_timer(CURLM *multi, long timeout_ms, void *arg)
{
    (void)multi;
    struct ops_sender *sender = arg;
    struct itimerspec at = {{0, 0}, {0, 0}};
    if (timeout_ms >= 0) {
        at.it_value.tv_sec = timeout_ms / 1000;
        at.it_value.tv_nsec =
            timeout_ms % 1000 * 1000000 + (timeout_ms == 0); /* 0 would be never */
    }
    return timerfd_settime(sender->timer, 0, &at, NULL);
}

static int check_options(const struct ops_sender_options *options, struct err *err)
{
    if (options->timeout_ms < TIMEOUT_MIN_MS || options->timeout_ms > TIMEOUT_MAX_MS ||
        options->max_in_flight < 1 || options->max_in_flight > IN_FLIGHT_MAX) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "messages: a time-out of %d to %d ms, and 1 to %d in flight", TIMEOUT_MIN_MS,
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

/* Ours from here on, if there is one. */
static bool copy_text(const char **text)
{
    const char *theirs = *text;
    *text = theirs != NULL ? strdup(theirs) : NULL;
    return theirs == NULL || *text != NULL;
}

static void forget_options(struct ops_sender *sender)
{
    struct ops_sender_options *options = &sender->options;
    if (options->mail_password != NULL) {
        secret_wipe((char *)options->mail_password, strlen(options->mail_password));
    }
    free((char *)options->user_agent);
    free((char *)options->ca_file);
    free((char *)options->mail_user);
    free((char *)options->mail_password);
}

static int copy_options(struct ops_sender *sender, const struct ops_sender_options *options)
{
    sender->options = *options;
    const char **texts[] = {&sender->options.user_agent, &sender->options.ca_file,
                            &sender->options.mail_user, &sender->options.mail_password};
    bool is_copied = true;
    for (size_t i = 0; i < COUNT_OF(texts); i++) { /* each: what stands here is freed */
        is_copied = copy_text(texts[i]) && is_copied;
    }
    sender->refused = calloc((size_t)options->max_in_flight, sizeof(struct ops_sender_result));
    return is_copied && sender->refused != NULL ? 0 : -1;
}

static int open_loop(struct ops_sender *sender)
{
    sender->epoll = epoll_create1(EPOLL_CLOEXEC);
    sender->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    sender->multi = curl_multi_init();
    struct epoll_event event = {.events = EPOLLIN, .data.fd = sender->timer};
    struct epoll_event mail = {.events = EPOLLIN, .data.fd = ops_courier_fd(sender->courier)};
    if (sender->epoll < 0 || sender->timer < 0 || sender->multi == NULL ||
        epoll_ctl(sender->epoll, EPOLL_CTL_ADD, sender->timer, &event) != 0 ||
        epoll_ctl(sender->epoll, EPOLL_CTL_ADD, mail.data.fd, &mail) != 0) {
        return -1;
    }
    CURLM *multi = sender->multi;
    bool is_set =
        curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) == CURLM_OK &&
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sender) == CURLM_OK &&
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, sender) == CURLM_OK &&
        curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) == CURLM_OK &&
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)sender->options.max_in_flight) ==
            CURLM_OK;
    return is_set ? 0 : -1;
}

struct ops_sender *ops_sender_new(const struct ops_sender_options *options, struct err *err)
{
    if (check_options(options, err) != 0) {
        return NULL;
    }
    struct ops_sender *sender = calloc(1, sizeof(*sender));
    if (sender == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(sender);
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for messages");
        return NULL;
    }
    sender->epoll = -1;
    sender->timer = -1;
    if (copy_options(sender, options) != 0 || (sender->courier = ops_courier_new(err)) == NULL ||
        open_loop(sender) != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory or no descriptors for messages");
        ops_sender_free(&sender);
    }
    return sender;
}

void ops_sender_free(struct ops_sender **taken)
{
    struct ops_sender *sender = *taken;
    *taken = NULL;
    if (sender == NULL) {
        return;
    }
    ops_courier_free(&sender->courier);
    for (size_t i = 0; i < sender->all_count; i++) {
        curl_multi_remove_handle(sender->multi, sender->all[i]->easy);
        ops_transfer_free(&sender->all[i]);
    }
    curl_multi_cleanup(sender->multi);
    if (sender->timer >= 0) {
        close(sender->timer);
    }
    if (sender->epoll >= 0) {
        close(sender->epoll);
    }
    forget_options(sender);
    free(sender->refused);
    free(sender);
    curl_global_cleanup();
}

static struct ops_transfer *take_idle(struct ops_sender *sender, enum ops_wire wire,
                                      struct err *err)
{
    struct ops_transfer *transfer = sender->idle[wire];
    if (transfer != NULL) {
        sender->idle[wire] = transfer->next;
        return transfer;
    }
    transfer = ops_transfer_new(&sender->options, wire, err);
    if (transfer != NULL) {
        sender->all[sender->all_count++] = transfer;
    }
    return transfer;
}

static void put_idle(struct ops_sender *sender, struct ops_transfer *transfer)
{
    ops_transfer_reset(transfer);
    transfer->next = sender->idle[transfer->wire];
    sender->idle[transfer->wire] = transfer;
}

/* Its result is there at once; the caller's poll is woken for it. */
static void refuse(struct ops_sender *sender, struct ops_transfer *transfer)
{
    ops_transfer_refusal(transfer, &sender->refused[sender->refused_count++]);
    put_idle(sender, transfer);
    set_timer(sender->multi, 0, sender);
}

int ops_sender_send(struct ops_sender *sender, const struct ops_sender_request *request,
                    struct err *err)
{
    if (sender->in_flight >= (size_t)sender->options.max_in_flight) {
        return err_set(err, ERR_KIND_RETRY, ERR_OVERLOADED, "%zu messages are in flight",
                       sender->in_flight);
    }
    enum ops_wire wire = request->what == OPS_SEND_MAIL ? OPS_WIRE_SMTP : OPS_WIRE_HTTP;
    struct ops_transfer *transfer = take_idle(sender, wire, err);
    if (transfer == NULL) {
        return -1;
    }
    if (ops_transfer_prepare(transfer, request, err) != 0) {
        put_idle(sender, transfer);
        return -1;
    }
    if (transfer->refusal[0] != '\0') {
        refuse(sender, transfer);
    } else if (wire == OPS_WIRE_SMTP) {
        if (ops_courier_start(sender->courier, transfer, err) != 0) {
            put_idle(sender, transfer);
            return -1;
        }
    } else if (curl_multi_add_handle(sender->multi, transfer->easy) != CURLM_OK) {
        put_idle(sender, transfer);
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a message");
    }
    sender->in_flight++;
    return 0;
}

static size_t take_refused(struct ops_sender *sender, struct ops_sender_result *out, size_t max)
{
    size_t count = 0;
    while (count < max && sender->refused_count > 0) {
        out[count++] = sender->refused[--sender->refused_count];
    }
    return count;
}

static size_t take_done(struct ops_sender *sender, struct ops_sender_result *out, size_t max)
{
    size_t count = 0;
    int left;
    CURLMsg *message;
    while (count < max && (message = curl_multi_info_read(sender->multi, &left)) != NULL) {
        char *private = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        struct ops_transfer *transfer = (struct ops_transfer *)private;
        ops_transfer_result(transfer, code, &out[count++]);
        curl_multi_remove_handle(sender->multi, transfer->easy);
        put_idle(sender, transfer);
    }
    return count;
}

static size_t take_mailed(struct ops_sender *sender, struct ops_sender_result *out, size_t max)
{
    size_t count = 0;
    struct ops_transfer *transfer;
    while (count < max && (transfer = ops_courier_take(sender->courier)) != NULL) {
        ops_transfer_result(transfer, transfer->code, &out[count++]);
        put_idle(sender, transfer);
    }
    return count;
}

static size_t take(struct ops_sender *sender, struct ops_sender_result *out, size_t max)
{
    size_t count = take_refused(sender, out, max);
    count += take_done(sender, out + count, max - count);
    count += take_mailed(sender, out + count, max - count);
    sender->in_flight -= count;
    if (count == max && sender->in_flight > 0) {
        set_timer(sender->multi, 0, sender); /* more may be there for the next poll */
    }
    return count;
}

static void act(struct ops_sender *sender, const struct epoll_event *event)
{
    int running;
    if (event->data.fd == ops_courier_fd(sender->courier)) {
        ops_courier_hear(sender->courier);
        return;
    }
    if (event->data.fd == sender->timer) {
        uint64_t times;
        if (read(sender->timer, &times, sizeof(times)) > 0) {
            curl_multi_socket_action(sender->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        return;
    }
    int what = (event->events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
               (event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (event->events & EPOLLERR ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(sender->multi, event->data.fd, what, &running);
}

/* false: a signal came. */
static bool wait_and_act(struct ops_sender *sender, int wait_ms)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(sender->epoll, events, EVENTS, wait_ms);
    for (int i = 0; i < count; i++) {
        act(sender, &events[i]);
    }
    return count >= 0;
}

size_t ops_sender_poll(struct ops_sender *sender, int wait_ms, struct ops_sender_result *out,
                       size_t max)
{
    int64_t until_ms = clock_mono_ms() + wait_ms;
    size_t count = take(sender, out, max);
    int64_t left_ms = wait_ms;
    bool goes_on = true;
    do {
        goes_on = wait_and_act(sender, count > 0 ? 0 : (int)left_ms);
        count += take(sender, out + count, max - count);
        left_ms = until_ms - clock_mono_ms();
    } while (goes_on && count == 0 && left_ms > 0);
    return count;
}

size_t ops_sender_in_flight(const struct ops_sender *sender)
{
    return sender->in_flight;
}

int ops_sender_fd(const struct ops_sender *sender)
{
    return sender->epoll;
}
