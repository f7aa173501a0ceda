/* SPDX-License-Identifier: Apache-2.0
 * registry/access/login.h - what a request brings to be known by: Basic (RFC 7617) and Bearer (RFC 6750),
 * whose token is `name.secret`. */
#ifndef REGISTRY_ACCESS_LOGIN_H
#define REGISTRY_ACCESS_LOGIN_H

#include <stdbool.h>

enum { REG_LOGIN_NAME_SIZE = 64, REG_LOGIN_SECRET_SIZE = 256 };

struct reg_credentials {
    char name[REG_LOGIN_NAME_SIZE]; /* of an account's form; "" when what came is not */
    char secret[REG_LOGIN_SECRET_SIZE];
};

/* header: the value of Authorization. False: it is neither, or longer than a login may be. A name that
 * no account can have is read as "": it may be a secret in the wrong place, so nobody logs it. The
 * caller wipes *out. */
bool reg_credentials_read(const char *header, struct reg_credentials *out);

#endif
