/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor_table_size.h - the rows of ops/cmd/doctor_table.h that follow from the formulae of ops/doc/sizing.md. Each that
 * warns ends with the setting that mends it. */
#ifndef OPS_CMD_DOCTOR_TABLE_SIZE_H
#define OPS_CMD_DOCTOR_TABLE_SIZE_H

/* clang-format off */

#define DOCTOR_OUTCOMES_SIZE(X)                                                                    \
    X(FOUND_CONNECTIONS, CHECK_CONNECTIONS, OK, "{} connections are free.", "{} من الاتصالات متاحة.") \
    X(FOUND_CONNECTIONS_FEW, CHECK_CONNECTIONS, WARN, "{} connections are free, too few for the daemons of this configuration, unless they run already. Set max_connections to {} or more, and restart the server.", \
      "{} من الاتصالات متاحة ولا تكفي خدمات هذه الإعدادات ما لم تكن تعمل الآن. اضبط max_connections على {} أو أكثر وأعد تشغيل الخادم.") \
    X(FOUND_LOCKS, CHECK_LOCKS, OK, "There is room for {} locks, and {} tables.", "توجد سعة لعدد {} من الأقفال، وعدد الجداول {}.") \
    X(FOUND_LOCKS_FEW, CHECK_LOCKS, WARN, "There is too little room for locks: pg_dump takes one on each of {} tables, which become more each month, and may fail. Set max_locks_per_transaction to {} or more, first on standbys, and restart the server.", \
      "سعة الأقفال لا تكفي: يأخذ pg_dump قفلًا على كل جدول من {} جدولًا يزداد عددها كل شهر، وقد يفشل. اضبط max_locks_per_transaction على {} أو أكثر، على الخوادم الاحتياطية أولًا، وأعد تشغيل الخادم.") \
    X(FOUND_LOCKS_BATCHES, CHECK_LOCKS, WARN, "There is too little room for locks: batches of all {} datasets at once would take more than three quarters of it, so engines make smaller ones. Set max_locks_per_transaction to {} or more, first on standbys, and restart the server.", \
      "سعة الأقفال لا تكفي: دفعات تشمل {} من مجموعات البيانات معًا تأخذ أكثر من ثلاثة أرباعها، فتصغّر المحركات دفعاتها. اضبط max_locks_per_transaction على {} أو أكثر، على الخوادم الاحتياطية أولًا، وأعد تشغيل الخادم.") \
    X(FOUND_BUFFERS, CHECK_BUFFERS, OK, "The states and their keys have {} MiB, and shared_buffers {} MiB.", \
      "حجم جداول الحالة ومفاتيحها {} ميبيبايت وحجم shared_buffers {} ميبيبايت.")                      \
    X(FOUND_BUFFERS_FEW, CHECK_BUFFERS, WARN, "The states and their keys have {} MiB, far more than shared_buffers. Set it to {} MiB or more, at most a quarter of the host's memory, and restart the server.", \
      "حجم جداول الحالة ومفاتيحها {} ميبيبايت، أي أكبر كثيرًا من shared_buffers. اضبطه على {} ميبيبايت أو أكثر، وبما لا يتجاوز ربع ذاكرة المضيف، وأعد تشغيل الخادم.") \
    X(FOUND_CHECKPOINTS, CHECK_CHECKPOINTS, OK, "In checkpoint_timeout {} MiB of WAL are written on the average, and max_wal_size is {} MiB.", \
      "يُكتب خلال checkpoint_timeout ما متوسطه {} ميبيبايت من WAL، وقيمة max_wal_size هي {} ميبيبايت.") \
    X(FOUND_CHECKPOINTS_OFTEN, CHECK_CHECKPOINTS, WARN, "In checkpoint_timeout {} MiB of WAL are written on the average, so max_wal_size makes checkpoints come sooner, and after each of them WAL has whole pages. Set max_wal_size to {} MiB or more.", \
      "يُكتب خلال checkpoint_timeout ما متوسطه {} ميبيبايت من WAL، فيقدّم max_wal_size نقاط الحفظ، وبعد كل منها تُكتب صفحات كاملة. اضبط max_wal_size على {} ميبيبايت أو أكثر.") \
    X(FOUND_WAL, CHECK_WAL, OK, "wal_level is {}, and nothing keeps WAL back.", "قيمة wal_level هي {}، ولا شيء يحتجز WAL.") \
    X(FOUND_WAL_MINIMAL, CHECK_WAL, WARN, "wal_level is minimal: no base backup, no archive and no standby of the register can be made. Set wal_level to replica, and restart the server.", \
      "قيمة wal_level هي minimal فلا يمكن أخذ نسخة أساسية ولا أرشفة ولا خادم احتياطي للسجل. اضبط wal_level على replica وأعد تشغيل الخادم.") \
    X(FOUND_WAL_ARCHIVE, CHECK_WAL, WARN, "archive_command fails at {}: WAL stays until the disk is full. Correct archive_command; the server's log says what it answers.", \
      "يفشل archive_command عند {} فيبقى WAL حتى يمتلئ القرص. صحّح archive_command؛ يذكر سجل الخادم ما يجيب به.") \
    X(FOUND_WAL_SLOT, CHECK_WAL, WARN, "Nobody reads replication slot {}, and it keeps {} MiB of WAL, more until the disk is full. Drop it, or set max_slot_wal_keep_size.", \
      "لا أحد يقرأ من منفذ النسخ {}، وهو يحتجز {} ميبيبايت من WAL وتزداد حتى يمتلئ القرص. احذفه أو اضبط max_slot_wal_keep_size.")

/* clang-format on */

#endif
