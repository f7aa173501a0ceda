/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/special.c - the table is IANA's two registries of special-purpose addresses (RFC 6890 and
 * what followed), what they leave to other registries (multicast, reserved), and the addresses at which
 * clouds answer their own machines. For IPv6 everything outside 2000::/3 is special: a range that is
 * given out tomorrow stays closed. */
#include "ops/tell/special.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/attr.h"

#define V4(a, b, c, d, prefix)                                                                     \
    {                                                                                              \
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}}, OPS_IPV4_PREFIX + (prefix)       \
    }
#define HALVES(x) (uint8_t)((x) >> 8), (uint8_t)(x)
/* The first three groups of an address, and its last. */
#define V6(a, b, c, h, prefix)                                                                     \
    {                                                                                              \
        {{HALVES(a), HALVES(b), HALVES(c), 0, 0, 0, 0, 0, 0, 0, 0, HALVES(h)}}, (prefix)           \
    }

/* The narrower before the wider that has it: the first that has an address is its range. */
static const struct ops_special_range ranges[] = {
    {V4(169, 254, 169, 254, 32), "a cloud's metadata address", OPS_EMBEDS_NOTHING},
    {V4(169, 254, 170, 2, 32), "a cloud's metadata address", OPS_EMBEDS_NOTHING},
    {V4(100, 100, 100, 200, 32), "a cloud's metadata address", OPS_EMBEDS_NOTHING},
    {V4(192, 0, 0, 192, 32), "a cloud's metadata address", OPS_EMBEDS_NOTHING},
    {V4(168, 63, 129, 16, 32), "a cloud's own address", OPS_EMBEDS_NOTHING},
    {V4(0, 0, 0, 0, 8), "an address of this host", OPS_EMBEDS_NOTHING},
    {V4(10, 0, 0, 0, 8), "a private address", OPS_EMBEDS_NOTHING},
    {V4(100, 64, 0, 0, 10), "a carrier's shared address", OPS_EMBEDS_NOTHING},
    {V4(127, 0, 0, 0, 8), "a loopback address", OPS_EMBEDS_NOTHING},
    {V4(169, 254, 0, 0, 16), "a link-local address", OPS_EMBEDS_NOTHING},
    {V4(172, 16, 0, 0, 12), "a private address", OPS_EMBEDS_NOTHING},
    {V4(192, 0, 0, 0, 24), "an address of IETF protocols", OPS_EMBEDS_NOTHING},
    {V4(192, 0, 2, 0, 24), "an address for documentation", OPS_EMBEDS_NOTHING},
    {V4(192, 88, 99, 0, 24), "a 6to4 relay's address", OPS_EMBEDS_NOTHING},
    {V4(192, 168, 0, 0, 16), "a private address", OPS_EMBEDS_NOTHING},
    {V4(198, 18, 0, 0, 15), "an address for benchmarks", OPS_EMBEDS_NOTHING},
    {V4(198, 51, 100, 0, 24), "an address for documentation", OPS_EMBEDS_NOTHING},
    {V4(203, 0, 113, 0, 24), "an address for documentation", OPS_EMBEDS_NOTHING},
    {V4(224, 0, 0, 0, 4), "a multicast address", OPS_EMBEDS_NOTHING},
    {V4(240, 0, 0, 0, 4), "a reserved address", OPS_EMBEDS_NOTHING},

    {V6(0, 0, 0, 0, 128), "the unspecified address", OPS_EMBEDS_NOTHING},
    {V6(0, 0, 0, 1, 128), "a loopback address", OPS_EMBEDS_NOTHING},
    {V6(0, 0, 0, 0, 96), "an IPv4-compatible address", OPS_EMBEDS_LAST},
    {V6(0x64, 0xff9b, 0, 0, 96), "a NAT64 address", OPS_EMBEDS_LAST},
    {V6(0x64, 0xff9b, 1, 0, 48), "a NAT64 address of a local prefix", OPS_EMBEDS_NOTHING},
    {V6(0xfd00, 0xec2, 0, 0x254, 128), "a cloud's metadata address", OPS_EMBEDS_NOTHING},
    {V6(0xfc00, 0, 0, 0, 7), "a unique local address", OPS_EMBEDS_NOTHING},
    {V6(0xfe80, 0, 0, 0, 10), "a link-local address", OPS_EMBEDS_NOTHING},
    {V6(0xfec0, 0, 0, 0, 10), "a site-local address", OPS_EMBEDS_NOTHING},
    {V6(0xff00, 0, 0, 0, 8), "a multicast address", OPS_EMBEDS_NOTHING},
    {V6(0x2001, 0, 0, 0, 32), "a Teredo address", OPS_EMBEDS_TEREDO},
    {V6(0x2001, 0, 0, 0, 23), "an address of IETF protocols", OPS_EMBEDS_NOTHING},
    {V6(0x2001, 0xdb8, 0, 0, 32), "an address for documentation", OPS_EMBEDS_NOTHING},
    {V6(0x2002, 0, 0, 0, 16), "a 6to4 address", OPS_EMBEDS_6TO4},
    {V6(0x3fff, 0, 0, 0, 20), "an address for documentation", OPS_EMBEDS_NOTHING},
    {V6(0, 0, 0, 0, 3), "a reserved address", OPS_EMBEDS_NOTHING},
    {V6(0x4000, 0, 0, 0, 2), "a reserved address", OPS_EMBEDS_NOTHING},
    {V6(0x8000, 0, 0, 0, 1), "a reserved address", OPS_EMBEDS_NOTHING},
};

static const uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void put_ipv4(struct ops_address *out, const void *four)
{
    memcpy(out->bytes, mapped, sizeof(mapped));
    memcpy(out->bytes + sizeof(mapped), four, 4);
}

bool ops_address_of(struct ops_address *out, const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        put_ipv4(out, &in.sin_addr);
        return true;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        memcpy(out->bytes, &in6.sin6_addr, sizeof(out->bytes));
        return true;
    }
    return false;
}

bool ops_address_read(struct ops_address *out, const char *text)
{
    struct in_addr four;
    if (inet_pton(AF_INET, text, &four) == 1) {
        put_ipv4(out, &four);
        return true;
    }
    return inet_pton(AF_INET6, text, out->bytes) == 1;
}

bool ops_address_is_ipv4(const struct ops_address *address)
{
    return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

bool ops_network_has(const struct ops_network *network, const struct ops_address *address)
{
    bool is_ipv4 = network->prefix >= OPS_IPV4_PREFIX && ops_address_is_ipv4(&network->base);
    if (is_ipv4 != ops_address_is_ipv4(address)) {
        return false;
    }
    size_t whole = (size_t)network->prefix / 8;
    int rest = network->prefix % 8;
    if (memcmp(network->base.bytes, address->bytes, whole) != 0) {
        return false;
    }
    uint8_t mask = (uint8_t)(0xff00 >> rest);
    return rest == 0 || ((network->base.bytes[whole] ^ address->bytes[whole]) & mask) == 0;
}

const struct ops_special_range *ops_special_range_of(const struct ops_address *address)
{
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        if (ops_network_has(&ranges[i].network, address)) {
            return &ranges[i];
        }
    }
    return NULL;
}

int ops_special_embedded(enum ops_embedding embedding, const struct ops_address *address,
                         struct ops_address out[2])
{
    const uint8_t *bytes = address->bytes;
    switch (embedding) {
    case OPS_EMBEDS_LAST: put_ipv4(&out[0], bytes + 12); return 1;
    case OPS_EMBEDS_6TO4: put_ipv4(&out[0], bytes + 2); return 1;
    case OPS_EMBEDS_TEREDO: {
        /* RFC 4380, section 4: the server's address, and the client's with its bits turned. */
        uint8_t client[4];
        for (int i = 0; i < 4; i++) {
            client[i] = (uint8_t)~bytes[12 + i];
        }
        put_ipv4(&out[0], bytes + 4);
        put_ipv4(&out[1], client);
        return 2;
    }
    case OPS_EMBEDS_NOTHING: break;
    }
    return 0;
}
