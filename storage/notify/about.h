/* SPDX-License-Identifier: Apache-2.0
 * storage/notify/about.h - what a notification is about, as people are told of it: names in both languages. */
#ifndef STORAGE_NOTIFY_ABOUT_H
#define STORAGE_NOTIFY_ABOUT_H

/* X(member): as nrc.notification_about has it (0037_channels.sql). NULL: nothing to say. */
#define STO_ABOUT_TABLE(X)                                                                         \
    X(type_name)                                                                                   \
    X(type_name_ar)                                                                                \
    X(kind)                                                                                        \
    X(dataset)                                                                                     \
    X(title)                                                                                       \
    X(title_ar)                                                                                    \
    X(agency)                                                                                      \
    X(agency_name)                                                                                 \
    X(agency_name_ar)                                                                              \
    X(datasets)                                                                                    \
    X(topic)                                                                                       \
    X(partition)                                                                                   \
    X(closed_why)                                                                                  \
    X(incidents)                                                                                   \
    X(began_at) /* 2026-03-01T09:30:00.123456Z */

struct sto_about {
#define X(member) const char *member;
    STO_ABOUT_TABLE(X)
#undef X
};

/* An incident that a notification tells of, as it is when the delivery is claimed. */
struct sto_told_incident {
    const char *id;
    const char *kind;
    const char *dataset; /* NULL: of none; likewise below */
    const char *agency;
    const char *began_at; /* as a notification's `at` */
    const char *closed_at;
};

#endif
