/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/person.c - see the header. */
#include "ops/cli/person.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *ops_person(char *out, size_t size)
{
    const char *behind = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
    const struct passwd *user = getpwuid(geteuid());
    if (behind != NULL && *behind != '\0') {
        snprintf(out, size, "%.60s", behind);
    } else if (user != NULL) {
        snprintf(out, size, "%.60s", user->pw_name);
    } else {
        snprintf(out, size, "uid %ld", (long)geteuid());
    }
    return out;
}
