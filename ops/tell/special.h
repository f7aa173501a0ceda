/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/special.h - addresses and networks, and the ranges that are not the public internet.
 *
 * All are IPv6 of 16 bytes; an IPv4 address is the mapped one (::ffff:a.b.c.d), so that each of its
 * two spellings is the same address. */
#ifndef OPS_TELL_SPECIAL_H
#define OPS_TELL_SPECIAL_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;

enum { OPS_ADDRESS_BYTES = 16, OPS_IPV4_PREFIX = 96 };

struct ops_address {
    uint8_t bytes[OPS_ADDRESS_BYTES];
};

struct ops_network {
    struct ops_address base;
    int prefix; /* of 128 bits: an IPv4 network's /8 is 104 */
};

/* Where an IPv6 address carries an IPv4 one that packets are sent on to. */
enum ops_embedding { OPS_EMBEDS_NOTHING, OPS_EMBEDS_LAST, OPS_EMBEDS_6TO4, OPS_EMBEDS_TEREDO };

struct ops_special_range {
    struct ops_network network;
    const char *name; /* "a private address" */
    enum ops_embedding embedding;
};

/* false: of another family than IPv4 and IPv6. */
bool ops_address_of(struct ops_address *out, const struct sockaddr *address);
/* The usual text of either family, without a prefix or zone. */
bool ops_address_read(struct ops_address *out, const char *text);
bool ops_address_is_ipv4(const struct ops_address *address);
/* A network of IPv6 has no IPv4 address, not even ::/0. */
bool ops_network_has(const struct ops_network *network, const struct ops_address *address);

/* The narrowest range that has the address; NULL: it is of the public internet. */
const struct ops_special_range *ops_special_range_of(const struct ops_address *address);
/* The addresses of IPv4 inside; how many, at most two. */
int ops_special_embedded(enum ops_embedding embedding, const struct ops_address *address,
                         struct ops_address out[2]);

#endif
