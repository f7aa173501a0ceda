/* SPDX-License-Identifier: Apache-2.0
 * registry/request.h - what a person says of a structure that they ask for. A client that registers one says nothing. */
#ifndef REGISTRY_REQUEST_H
#define REGISTRY_REQUEST_H

#include <stddef.h>

struct reg_request {
    const char *reason;
    const char *from;   /* when it is to take effect; NULL: at once */
    const char *notice; /* the number of its notice (NRL-7); NULL */
    const char *const
        *accepted; /* "RULE@PATH=REASON": told to those who decide, who are no fewer by it */
    size_t accepted_count;
};

#endif
