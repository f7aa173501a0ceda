/* SPDX-License-Identifier: Apache-2.0
 * registry/access/role.h - what an account may be, as bits of http_route.roles. */
#ifndef REGISTRY_ACCESS_ROLE_H
#define REGISTRY_ACCESS_ROLE_H

#define REG_ROLE_TABLE(X)                                                                          \
    X(REG_PRODUCER, 1, "producer", "registers structures of its own agency's subjects")            \
    X(REG_STEWARD, 2, "steward", "registers, approves, deletes, sets levels and modes")            \
    X(REG_OPERATOR, 4, "operator",                                                                 \
      "sees lag, freshness, quarantine and health, and works on incidents")                        \
    X(REG_AUDITOR, 8, "auditor", "reads everything, changes nothing")                              \
    X(REG_BENEFICIARY, 16, "beneficiary", "reads structures, and what it was granted")

enum reg_role {
#define X(id, bit, name, sentence) id = bit,
    REG_ROLE_TABLE(X)
#undef X
};

enum {
    REG_ANYONE = 31,
    REG_WRITERS = REG_PRODUCER | REG_STEWARD,
    REG_WATCHERS = REG_ANYONE & ~REG_BENEFICIARY, /* what is wrong, of their own agency or of all */
    REG_ON_CALL = REG_OPERATOR | REG_STEWARD,
    REG_CHANGERS = REG_ON_CALL | REG_PRODUCER /* an auditor and a beneficiary change nothing */
};

#endif
