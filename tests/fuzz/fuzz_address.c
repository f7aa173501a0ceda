/* SPDX-License-Identifier: Apache-2.0
 * tests/fuzz/fuzz_address.c - any bytes as the list of allowed addresses and, behind the first line, as
 * a webhook's URL and an e-mail address.
 *
 * What is read is written so that it is read again alike; a URL that the list allows by its address is
 * one whose peer it allows; and no list that names no network inside opens this host. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "ops/tell/address.h"
#include "ops/tell/mailbox.h"
#include "ops/tell/retry_after.h"
#include "ops/tell/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool peer_of(const struct ops_url *url, struct sockaddr_storage *out)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(url->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(url->port)};
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, url->host, &in.sin_addr) == 1) {
        memcpy(out, &in, sizeof(in));
        return true;
    }
    if (inet_pton(AF_INET6, url->host, &in6.sin6_addr) == 1) {
        memcpy(out, &in6, sizeof(in6));
        return true;
    }
    return false;
}

static void read_again(const struct ops_url *url)
{
    struct err err = ERR_INIT;
    struct ops_url again;
    if (strlen(url->text) > OPS_URL_BYTES_MAX) {
        return; /* "/" is added, a name becomes longer in ASCII */
    }
    must(ops_url_read(&again, url->text, &err) == 0);
    must(strcmp(again.text, url->text) == 0 && strcmp(again.host, url->host) == 0);
    must(again.port == url->port && again.is_address == url->is_address);
    ops_url_fini(&again);
}

/* An address that is taken can stand in a command and in a head, and is read again alike. */
static void check_mailbox(const char *text)
{
    struct err err = ERR_INIT;
    struct ops_mailbox mailbox;
    struct ops_mailbox again;
    if (ops_mailbox_read(&mailbox, text, &err) == 0) {
        must(strpbrk(mailbox.text, " \t\r\n<>()\"\\,:;[]") == NULL);
        must(strchr(mailbox.text, '@') == strrchr(mailbox.text, '@'));
        must(ops_mailbox_read(&again, mailbox.text, &err) == 0);
        must(strcmp(again.text, mailbox.text) == 0);
    }
}

static void check(const struct ops_address_rules *rules, const struct ops_url *url)
{
    struct err err = ERR_INIT;
    struct sockaddr_storage peer;
    bool is_allowed = ops_address_check(rules, url, &err) == 0;
    must(is_allowed || err.code == ERR_REFUSED);
    bool has_peer = peer_of(url, &peer);
    must(has_peer == url->is_address);
    if (has_peer) {
        must(is_allowed == ops_address_allowed(rules, url->host, (const struct sockaddr *)&peer));
    }
}

static void check_names_open_nothing(const char *list)
{
    struct err err = ERR_INIT;
    struct sockaddr_in this_host = {.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct ops_address_rules *rules = ops_address_rules_parse(list, &err);
    if (rules != NULL && strstr(list, "127.") == NULL) {
        must(!ops_address_allowed(rules, "a.example", (const struct sockaddr *)&this_host));
    }
    ops_address_rules_free(&rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *list = malloc(size + 1);
    must(list != NULL);
    memcpy(list, data, size);
    list[size] = '\0';
    char *text = strchr(list, '\n');
    if (text != NULL) {
        *text++ = '\0';
        struct err err = ERR_INIT;
        struct ops_url url;
        struct ops_address_rules *rules = ops_address_rules_parse(list, &err);
        must(rules != NULL || err.code == ERR_CONFIG);
        if (ops_url_read(&url, text, &err) == 0) {
            read_again(&url);
            if (rules != NULL) {
                check(rules, &url);
            }
        }
        ops_url_fini(&url);
        ops_address_rules_free(&rules);
        int64_t seconds = ops_retry_after(text, 1445412480);
        must(seconds >= -1 && seconds <= OPS_RETRY_AFTER_MAX_S);
        check_mailbox(text);
    }
    check_names_open_nothing(list);
    free(list);
    return 0;
}
