/* SPDX-License-Identifier: Apache-2.0
 * ops/help.h - the text of --help and of ops/doc, made from the tables. */
#ifndef OPS_HELP_H
#define OPS_HELP_H

#include "base/buf.h"

struct ops_command;

void ops_help(struct buf *out); /* nrc --help */
void ops_help_noun(const char *noun, struct buf *out);
void ops_help_command(const struct ops_command *command, struct buf *out);

/* What --help and the documents share. */
const char *ops_example(void);
const char *ops_conventions(void);
const char *ops_conf_rules(void);

/* scdoc's source of nrc(1) and nrc.conf(5), and ops/nrc.conf (manual.c); a test compares them. */
void ops_man_nrc(struct buf *out);
void ops_man_conf(struct buf *out);
void ops_conf_sample(struct buf *out);

/* ops/doc/commands.md, ops/doc/configuration.md, ops/doc/incidents.md, ops/doc/structure-rules.md and
 * ops/doc/doctor.md; a test compares them. */
void ops_doc_commands(struct buf *out);
void ops_doc_configuration(struct buf *out);
void ops_doc_incidents(struct buf *out);
void ops_doc_metrics(struct buf *out);
void ops_doc_changes(struct buf *out);
void ops_doc_doctor(struct buf *out);

#endif
