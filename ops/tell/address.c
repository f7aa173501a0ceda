/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/address.c - the rules: read, and asked.
 *
 * A rule's name is read like a URL's host, so that the two are spelt alike when they are compared. */
#include "ops/tell/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/tell/mailbox.h"
#include "ops/tell/special.h"
#include "ops/tell/url.h"

enum { RULE_BYTES_MAX = 512, RULES_MAX = 10000, MAIL_PORT = 25 };

static const char blanks[] = " \t\r\n,";

struct rule {
    bool is_network;
    bool is_suffix;           /* all names under `name` */
    char name[OPS_HOST_SIZE]; /* not of a network */
    struct ops_network network;
    uint16_t port; /* 0: each */
};

struct ops_address_rules {
    size_t count;
    struct rule rules[];
};

static int bad(const char *token, const char *why, struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the allowed address '%s': %s", token, why);
}

static int read_number(const char *text, long low, long high)
{
    char *end;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0') {
        return -1;
    }
    long number = strtol(text, &end, 10);
    return number >= low && number <= high ? (int)number : -1;
}

static bool has_bits_beyond(const struct ops_network *network)
{
    for (int bit = network->prefix; bit < OPS_ADDRESS_BYTES * 8; bit++) {
        if ((network->base.bytes[bit / 8] & (0x80 >> bit % 8)) != 0) {
            return true;
        }
    }
    return false;
}

static int read_network(struct rule *rule, const char *token, char *text, struct err *err)
{
    char *slash = strchr(text, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    bool is_ipv4 = strchr(text, ':') == NULL;
    int longest = is_ipv4 ? 32 : 128;
    int prefix = slash != NULL ? read_number(slash + 1, 0, longest) : longest;
    struct ops_network *network = &rule->network;
    if (!ops_address_read(&network->base, text)) {
        return bad(token, "it is no address; IPv4 is four decimal numbers", err);
    }
    if (prefix < 0) {
        return bad(token, "its prefix is not one of IPv4 (0 to 32) or IPv6 (0 to 128)", err);
    }
    if (!is_ipv4 && ops_address_is_ipv4(&network->base)) {
        return bad(token, "write it as IPv4", err);
    }
    network->prefix = is_ipv4 ? OPS_IPV4_PREFIX + prefix : prefix;
    if (has_bits_beyond(network)) {
        return bad(token, "its address goes on behind the prefix", err);
    }
    rule->is_network = true;
    return 0;
}

static int read_name(struct rule *rule, const char *token, const char *text, struct err *err)
{
    rule->is_suffix = strncmp(text, "*.", 2) == 0;
    const char *name = text + (rule->is_suffix ? 2 : 0);
    char as_url[RULE_BYTES_MAX + sizeof("http://")];
    snprintf(as_url, sizeof(as_url), "http://%s", name);
    if (strpbrk(name, "/?*") != NULL) {
        return bad(token, "only all names under one are written with a star: *.moh.example", err);
    }
    struct ops_url url;
    struct err why = ERR_INIT;
    if (ops_url_read(&url, as_url, &why) != 0) {
        return bad(token, why.text, err);
    }
    bool is_address = url.is_address;
    memcpy(rule->name, url.host, sizeof(rule->name));
    ops_url_fini(&url);
    return is_address ? bad(token, "IPv4 is written as four decimal numbers", err) : 0;
}

/* Cuts ":port" off; a colon that is one of several belongs to an address of IPv6. */
static int cut_port(struct rule *rule, const char *token, char **text, struct err *err)
{
    char *colon = strchr(*text, ':');
    if ((*text)[0] == '[') {
        char *end = strchr(*text, ']');
        if (end == NULL || (end[1] != ':' && end[1] != '\0')) {
            return bad(token, "after '[' come an address, ']' and perhaps a port", err);
        }
        colon = end[1] == ':' ? end + 1 : NULL;
        *end = '\0';
        (*text)++;
    } else if (colon != NULL && strchr(colon + 1, ':') != NULL) {
        colon = NULL;
    }
    if (colon == NULL) {
        return 0;
    }
    *colon = '\0';
    int port = read_number(colon + 1, 1, UINT16_MAX);
    if (port < 0) {
        return bad(token, "its port is not 1 to 65535", err);
    }
    rule->port = (uint16_t)port;
    return 0;
}

static int read_rule(struct rule *rule, const char *token, struct err *err)
{
    char copy[RULE_BYTES_MAX];
    char *text = copy;
    struct ops_address address;
    snprintf(copy, sizeof(copy), "%s", token);
    if (cut_port(rule, token, &text, err) != 0) {
        return -1;
    }
    bool is_network = token[0] == '[' || strchr(text, '/') != NULL || strchr(text, ':') != NULL ||
                      ops_address_read(&address, text);
    return is_network ? read_network(rule, token, text, err) : read_name(rule, token, text, err);
}

static size_t count_tokens(const char *text)
{
    size_t count = 0;
    for (text += strspn(text, blanks); *text != '\0'; text += strspn(text, blanks)) {
        text += strcspn(text, blanks);
        count++;
    }
    return count;
}

static int read_rules(struct ops_address_rules *rules, const char *text, struct err *err)
{
    for (text += strspn(text, blanks); *text != '\0'; text += strspn(text, blanks)) {
        char token[RULE_BYTES_MAX];
        size_t len = strcspn(text, blanks);
        if (len >= sizeof(token)) {
            return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                           "an allowed address is longer than %d bytes", RULE_BYTES_MAX - 1);
        }
        memcpy(token, text, len);
        token[len] = '\0';
        if (read_rule(&rules->rules[rules->count], token, err) != 0) {
            return -1;
        }
        rules->count++;
        text += len;
    }
    return 0;
}

struct ops_address_rules *ops_address_rules_parse(const char *text, struct err *err)
{
    size_t count = count_tokens(text);
    if (count > RULES_MAX) {
        err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "more than %d allowed addresses", RULES_MAX);
        return NULL;
    }
    struct ops_address_rules *rules =
        calloc(1, sizeof(struct ops_address_rules) + count * sizeof(struct rule));
    if (rules == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the allowed addresses");
        return NULL;
    }
    if (read_rules(rules, text, err) != 0) {
        ops_address_rules_free(&rules);
    }
    return rules;
}

void ops_address_rules_free(struct ops_address_rules **taken)
{
    free(*taken);
    *taken = NULL;
}

size_t ops_address_rules_count(const struct ops_address_rules *rules)
{
    return rules->count;
}

static bool has_name(const struct rule *rule, const char *host)
{
    if (!rule->is_suffix) {
        return strcmp(rule->name, host) == 0;
    }
    size_t host_len = strlen(host);
    size_t name_len = strlen(rule->name);
    return host_len > name_len + 1 && host[host_len - name_len - 1] == '.' &&
           strcmp(host + host_len - name_len, rule->name) == 0;
}

static bool has_port(const struct rule *rule, uint16_t port)
{
    return rule->port == 0 || rule->port == port;
}

static bool is_name_listed(const struct ops_address_rules *rules, const char *host, uint16_t port)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rules[i];
        if (!rule->is_network && has_port(rule, port) && has_name(rule, host)) {
            return true;
        }
    }
    return false;
}

/* By a network of at least this prefix. */
static bool is_address_listed(const struct ops_address_rules *rules,
                              const struct ops_address *address, uint16_t port, int prefix)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rules[i];
        if (rule->is_network && has_port(rule, port) && rule->network.prefix >= prefix &&
            ops_network_has(&rule->network, address)) {
            return true;
        }
    }
    return false;
}

static bool has_network_for(const struct ops_address_rules *rules, uint16_t port)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->rules[i].is_network && has_port(&rules->rules[i], port)) {
            return true;
        }
    }
    return false;
}

/* The range that closes the address, NULL when none does. A network that has the address and is no
 * wider than its range lies inside the range: it names it. */
static const struct ops_special_range *closed_by(const struct ops_address_rules *rules,
                                                 const struct ops_address *address, uint16_t port)
{
    const struct ops_special_range *range = ops_special_range_of(address);
    if (range == NULL || !is_address_listed(rules, address, port, range->network.prefix)) {
        return range;
    }
    struct ops_address embedded[2];
    int count = ops_special_embedded(range->embedding, address, embedded);
    for (int i = 0; i < count; i++) {
        const struct ops_special_range *inner = ops_special_range_of(&embedded[i]);
        if (inner != NULL && !is_address_listed(rules, &embedded[i], port, inner->network.prefix)) {
            return inner;
        }
    }
    return NULL;
}

static void write_address(const struct ops_address *address, char out[INET6_ADDRSTRLEN])
{
    if (ops_address_is_ipv4(address)) {
        inet_ntop(AF_INET, address->bytes + 12, out, INET6_ADDRSTRLEN);
    } else {
        inet_ntop(AF_INET6, address->bytes, out, INET6_ADDRSTRLEN);
    }
}

static int check_address(const struct ops_address_rules *rules, const char *host,
                         const struct ops_address *address, uint16_t port, struct err *err)
{
    char text[INET6_ADDRSTRLEN];
    write_address(address, text);
    if (!is_name_listed(rules, host, port) && !is_address_listed(rules, address, port, 0)) {
        bool is_same = strcmp(host, text) == 0;
        return err_set(err, ERR_KIND_FATAL, ERR_REFUSED,
                       "[relay] allow has neither %s%s%s, port %d",
                       is_same ? "this address nor a network of it: " : host,
                       is_same ? "" : " nor ", text, port);
    }
    const struct ops_special_range *range = closed_by(rules, address, port);
    if (range != NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_REFUSED,
                       "%s is %s, which only a network in [relay] allow opens", text, range->name);
    }
    return 0;
}

int ops_address_check_peer(const struct ops_address_rules *rules, const char *host,
                           const struct sockaddr *peer, struct err *err)
{
    struct ops_address address;
    if (!ops_address_of(&address, peer)) {
        return err_set(err, ERR_KIND_FATAL, ERR_REFUSED, "the address is not of the internet");
    }
    /* The port stands at the same place in both families. */
    uint16_t port;
    memcpy(&port, (const char *)peer + offsetof(struct sockaddr_in, sin_port), sizeof(port));
    return check_address(rules, host, &address, ntohs(port), err);
}

int ops_address_check(const struct ops_address_rules *rules, const struct ops_url *url,
                      struct err *err)
{
    struct ops_address address;
    if (url->is_address && ops_address_read(&address, url->host)) {
        return check_address(rules, url->host, &address, url->port, err);
    }
    if (!is_name_listed(rules, url->host, url->port) && !has_network_for(rules, url->port)) {
        return err_set(err, ERR_KIND_FATAL, ERR_REFUSED, "[relay] allow does not have %s, port %d",
                       url->host, url->port);
    }
    return 0;
}

int ops_address_check_mailbox(const struct ops_address_rules *rules,
                              const struct ops_mailbox *mailbox, struct err *err)
{
    return is_name_listed(rules, mailbox->domain, MAIL_PORT)
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_REFUSED,
                         "[relay] allow does not have %s: no mail goes there", mailbox->domain);
}

int ops_address_check_url(const struct ops_address_rules *rules, const char *url, struct err *err)
{
    const char *address = ops_mailbox_of_url(url);
    if (address != NULL) {
        struct ops_mailbox mailbox;
        return ops_mailbox_read(&mailbox, address, err) == 0
                   ? ops_address_check_mailbox(rules, &mailbox, err)
                   : -1;
    }
    struct ops_url parts;
    int rc = ops_url_read(&parts, url, err) == 0 ? ops_address_check(rules, &parts, err) : -1;
    ops_url_fini(&parts);
    return rc;
}

bool ops_address_allowed(const struct ops_address_rules *rules, const char *host,
                         const struct sockaddr *address)
{
    struct err ignored = ERR_INIT;
    return ops_address_check_peer(rules, host, address, &ignored) == 0;
}
