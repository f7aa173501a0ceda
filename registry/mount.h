/* SPDX-License-Identifier: Apache-2.0
 * registry/mount.h - what the registry's application (registry/routes.h) needs in a process, whichever server its paths are
 * served by: what its workers share, a thread that hears of changes of the catalogue, and one that counts uses.
 *
 * Thread: the one that opened it; what the workers share says of itself whose it is. */
#ifndef REGISTRY_MOUNT_H
#define REGISTRY_MOUNT_H

#include "base/attr.h"
#include "base/err.h"

struct conf;
struct reg_shared;
struct reg_mount; /* body in mount.c */

/* name: of its connections to the register, "nrc registry"; borrowed, as the configuration is, until the close. FATAL ERR_CONFIG: a
 * register that refuses the login; ERR_IO, ERR_NO_MEMORY. */
MUST_CHECK struct reg_mount *reg_mount_open(const struct conf *conf, const char *name,
                                            struct err *err);
/* After the server has stopped. */
void reg_mount_close(struct reg_mount **taken);
/* For the application's arg; what is an application's own to say is set before the server starts. */
struct reg_shared *reg_mount_shared(struct reg_mount *mount);

#endif
