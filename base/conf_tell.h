/* SPDX-License-Identifier: Apache-2.0
 * base/conf_tell.h - the parts of the configuration that say who is told, and by which way. */
#ifndef BASE_CONF_TELL_H
#define BASE_CONF_TELL_H

#include <stdint.h>

struct conf_relay {
    char *allow;
    char *ca_file;
    int64_t timeout_ms;
    int64_t in_flight;
    int64_t fan_out;
    int64_t lease_ms;
    int64_t poll_ms;
    int64_t retry_ms;
    int64_t give_up_ms;
    int64_t keep_days;
    int64_t escalate_before_ms;
    char *topic;         /* "": none */
    char *topic_readers; /* everyone, center */
    char *rejects;       /* no, yes */
    char *listen;
};

struct conf_alarm {
    char *smtp; /* "": no mail is sent */
    char *from;
    char *user; /* "": the server asks for no login */
    char *password;
    char *email;        /* whom to tell directly; "": nobody */
    char *alertmanager; /* likewise */
    int64_t timeout_ms;
};

#endif
