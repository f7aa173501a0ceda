/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/address.h - the addresses that may be called (`[relay] allow`; PDP-1.12: nothing else is).
 *
 * A rule is a host name (`hooks.moh.example`), all names under one (`*.moh.example`), an address or a
 * network (`203.0.113.9`, `10.20.0.0/16`, `fd00:20::/32`), each with a port or without: `host:8443`,
 * `10.20.0.0/16:8443`, `[fd00:20::/32]:8443`. Rules stand apart by blanks or commas. None: nothing may
 * be called.
 *
 * An address may be called when a rule has its name or the address itself, and, if it belongs to a
 * range that is not the public internet (private, loopback, link-local, shared, multicast, documentation,
 * translated …), only when a rule names a network inside that range which has it. So a name in the
 * list that suddenly resolves to 10.0.0.1 is refused, and 0.0.0.0/0 opens no private network. An IPv4
 * address inside an IPv6 one (mapped, NAT64, 6to4, Teredo) must be allowed itself. */
#ifndef OPS_TELL_ADDRESS_H
#define OPS_TELL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct ops_mailbox;
struct ops_url;
struct sockaddr;
struct ops_address_rules; /* body in address.c */

/* FATAL ERR_CONFIG, naming the rule; ERR_NO_MEMORY. */
MUST_CHECK struct ops_address_rules *ops_address_rules_parse(const char *text, struct err *err);
void ops_address_rules_free(struct ops_address_rules **taken);
size_t ops_address_rules_count(const struct ops_address_rules *rules);

/* When a subscription is added, without asking for the name's addresses; of mailto: the mailbox. FATAL ERR_USAGE: the URL is
 * not one that can be called (ops/tell/url.h, ops/tell/mailbox.h); ERR_REFUSED: the rules do not allow it, or for its name
 * no rule could; ERR_NO_MEMORY. */
MUST_CHECK int ops_address_check_url(const struct ops_address_rules *rules, const char *url,
                                     struct err *err);

/* The same of a URL that was read. */
MUST_CHECK int ops_address_check(const struct ops_address_rules *rules, const struct ops_url *url,
                                 struct err *err);

/* May this peer be called for the host? `host` as ops_url_read writes it; the port is the peer's. FATAL
 * ERR_REFUSED says which rule is missing. */
MUST_CHECK int ops_address_check_peer(const struct ops_address_rules *rules, const char *host,
                                      const struct sockaddr *peer, struct err *err);
/* May mail be addressed to it? A rule has its domain, with port 25 or none; networks have no mailboxes. FATAL ERR_REFUSED. */
MUST_CHECK int ops_address_check_mailbox(const struct ops_address_rules *rules,
                                         const struct ops_mailbox *mailbox, struct err *err);
bool ops_address_allowed(const struct ops_address_rules *rules, const char *host,
                         const struct sockaddr *address);

#endif
