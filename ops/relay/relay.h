/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/relay.h - nrc relay: tells subscribers what the outbox has, until it is stopped.
 *
 * As many may run as one likes, on any machines: they share nothing but the register. One that is killed loses nothing; what
 * it had in flight at that moment may arrive twice, with the same id. */
#ifndef OPS_RELAY_RELAY_H
#define OPS_RELAY_RELAY_H

#include "base/attr.h"
#include "base/err.h"

struct conf;

/* Until SIGTERM or SIGINT; then what is in flight is waited for. FATAL ERR_CONFIG: the settings, or a register that refuses
 * the login. One that is away is waited for. */
MUST_CHECK int ops_relay_run(const struct conf *conf, struct err *err);

#endif
