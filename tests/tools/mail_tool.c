/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/mail_tool.c - composes by ops/tell, for tests that read with libraries of their own.
 *
 *   mail_tool mail FROM TO ID THREAD AT_S LINK SUBJECT SUBJECT_AR TEXT TEXT_AR    a mail
 *   mail_tool alert KIND SEVERITY KEY DATASET AGENCY STARTS ENDS SUBJECT SUBJECT_AR TEXT TEXT_AR
 *   mail_tool mailbox ADDRESS                                                     as it is read
 *
 * An empty word is NULL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ops/tell/alert.h"
#include "ops/tell/mail.h"
#include "ops/tell/mailbox.h"

static const char *word(char **argv, int i)
{
    return *argv[i] != '\0' ? argv[i] : NULL;
}

static int compose_mail(char **argv, struct buf *out, struct err *err)
{
    struct ops_mailbox from;
    struct ops_mailbox to;
    if (ops_mailbox_read(&from, argv[2], err) != 0 || ops_mailbox_read(&to, argv[3], err) != 0) {
        return -1;
    }
    const struct ops_told told = {.kind = "k",
                                  .subject = argv[8],
                                  .subject_ar = word(argv, 9),
                                  .text = argv[10],
                                  .text_ar = word(argv, 11)};
    const struct ops_mail mail = {.from = &from,
                                  .to = &to,
                                  .id = argv[4],
                                  .thread = word(argv, 5),
                                  .at_s = strtoll(argv[6], NULL, 10),
                                  .link = word(argv, 7),
                                  .told = &told};
    ops_mail_put(&mail, out);
    return 0;
}

static int compose_alert(char **argv, struct buf *out)
{
    const struct ops_told told = {.kind = argv[2],
                                  .severity = (int)strtol(argv[3], NULL, 10),
                                  .key = word(argv, 4),
                                  .subject = argv[9],
                                  .subject_ar = word(argv, 10),
                                  .text = argv[11],
                                  .text_ar = word(argv, 12)};
    const struct ops_alert alert = {.told = &told,
                                    .dataset = word(argv, 5),
                                    .agency = word(argv, 6),
                                    .starts_at = word(argv, 7),
                                    .ends_at = word(argv, 8)};
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '[');
    ops_alert_put(&alert, &w);
    jsonw_close(&w, ']');
    return 0;
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    struct ops_mailbox mailbox;
    int rc = -1;
    if (argc == 12 && strcmp(argv[1], "mail") == 0) {
        rc = compose_mail(argv, &out, &err);
    } else if (argc == 13 && strcmp(argv[1], "alert") == 0) {
        rc = compose_alert(argv, &out);
    } else if (argc == 3 && strcmp(argv[1], "mailbox") == 0) {
        rc = ops_mailbox_read(&mailbox, argv[2], &err);
        buf_put_str(&out, rc == 0 ? mailbox.text : "");
    } else {
        fputs("usage: mail_tool mail|alert|mailbox WORDS\n", stderr);
        return 2;
    }
    if (rc != 0) {
        printf("%s\n", err.text);
    } else {
        fwrite(out.data, 1, out.len, stdout);
    }
    buf_fini(&out);
    return rc == 0 ? 0 : 1;
}
