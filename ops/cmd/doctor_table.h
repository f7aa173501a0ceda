/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor_table.h - everything that nrc doctor may find, one row each.
 *
 * The command, its JSON and ops/doc/doctor.md come from here. FOUND_NAME is name in JSON, so it never changes. A {} is a
 * value of the finding. What a person is to do stands in the same sentence as what is wrong. */
#ifndef OPS_CMD_DOCTOR_TABLE_H
#define OPS_CMD_DOCTOR_TABLE_H

#include "ops/cmd/doctor_table_page.h"
#include "ops/cmd/doctor_table_size.h"

/* clang-format off */

/* X(id, check, state, English, Arabic) */
#define DOCTOR_OUTCOMES(X)                                                                         \
    X(FOUND_CONF, CHECK_CONFIGURATION, OK, "The configuration is read from {}.",                   \
      "قُرئت الإعدادات من {}.")                                                                     \
    X(FOUND_CONF_NONE, CHECK_CONFIGURATION, OK, "There is no configuration file; defaults, environment and credentials hold.", \
      "لا يوجد ملف إعدادات؛ تسري القيم الافتراضية ومتغيرات البيئة وبيانات الاعتماد.")                    \
    X(FOUND_CONF_BAD, CHECK_CONFIGURATION, FAIL, "The configuration cannot be used: {}. Correct it; nothing else can be checked.", \
      "لا يمكن استعمال الإعدادات: {}. صحّحها؛ لا يمكن فحص شيء آخر قبل ذلك.")                              \
    X(FOUND_SECRETS, CHECK_SECRETS, OK, "The file holds no secret that others may read.",          \
      "لا يحوي الملف سرًّا يستطيع غيره قراءته.")                                                      \
    X(FOUND_SECRETS_OPEN, CHECK_SECRETS, FAIL, "{} holds a password, and everyone on this host may read it. Take the right away (chmod o-r), or hand the secret over as a credential of systemd.", \
      "يحوي {} كلمة مرور يستطيع كل مستخدم على هذا المضيف قراءتها. أزل صلاحية القراءة (chmod o-r) أو سلّم السر عبر بيانات اعتماد systemd.") \
    X(FOUND_FILES, CHECK_OPEN_FILES, OK, "{} files may be open.", "يُسمح بفتح {} ملفًّا.")              \
    X(FOUND_FILES_FEW, CHECK_OPEN_FILES, WARN, "{} files may be open from here, and the daemons may need {}. Raise the limit (LimitNOFILE in the unit, ulimit -n), or lower [registry] connections.", \
      "يُسمح من هنا بفتح {} ملفًّا، وقد تحتاج الخدمات إلى {}. ارفع الحد (LimitNOFILE في الوحدة أو ulimit -n) أو خفّض connections في [registry].") \
    X(FOUND_ZONE, CHECK_TIME_ZONE, OK, "The tz database has {}.", "تحوي قاعدة المناطق الزمنية {}.")    \
    X(FOUND_ZONE_NOT, CHECK_TIME_ZONE, FAIL, "Contracts cannot count working hours: {}. Install tzdata.", \
      "لا يمكن للعقود حساب ساعات العمل: {}. ثبّت الحزمة tzdata.")                                      \
    X(FOUND_RECEIVERS, CHECK_RECEIVERS, OK, "[relay] allow has {} rules.", "في allow ضمن [relay] {} من القواعد.") \
    X(FOUND_RECEIVERS_BAD, CHECK_RECEIVERS, FAIL, "The relay cannot start: {}. Correct [relay].",  \
      "لا يمكن بدء خدمة التبليغ: {}. صحّح [relay].")                                                \
    X(FOUND_CERTIFICATE, CHECK_CERTIFICATE, OK, "The certificate and its key belong together; it is valid for {} days.", \
      "الشهادة ومفتاحها متطابقان؛ تبقى صالحة {} يومًا.")                                             \
    X(FOUND_CERTIFICATE_NONE, CHECK_CERTIFICATE, OK, "The registry runs without TLS, for this machine or behind a proxy.", \
      "يعمل السجل بلا TLS، لهذا المضيف أو خلف وسيط.")                                               \
    X(FOUND_CERTIFICATE_BAD, CHECK_CERTIFICATE, FAIL, "The registry cannot load it: {}. Correct [registry] certificate and key.", \
      "لا يستطيع السجل تحميلها: {}. صحّح certificate وkey في [registry].")                            \
    X(FOUND_CERTIFICATE_UNREADABLE, CHECK_CERTIFICATE, UNKNOWN, "This user may not read it: {}. Run the check as root, or as the registry's user.", \
      "لا يحق لهذا المستخدم قراءتها: {}. شغّل الفحص بصلاحية root أو بمستخدم السجل.")                     \
    X(FOUND_CERTIFICATE_SOON, CHECK_CERTIFICATE, WARN, "The certificate ends in {} days. Renew it; SIGHUP makes the registry read it.", \
      "تنتهي الشهادة خلال {} يومًا. جدّدها؛ تجعل SIGHUP السجل يقرؤها.")                                 \
    X(FOUND_CERTIFICATE_OVER, CHECK_CERTIFICATE, FAIL, "The certificate ended {} days ago: clients refuse it. Renew it; SIGHUP makes the registry read it.", \
      "انتهت الشهادة منذ {} يومًا ويرفضها العملاء. جدّدها؛ تجعل SIGHUP السجل يقرؤها.")                   \
    X(FOUND_CERTIFICATE_EARLY, CHECK_CERTIFICATE, FAIL, "The certificate is valid only in {} days: clients refuse it. Look at this host's clock.", \
      "لا تصلح الشهادة إلا بعد {} يومًا ويرفضها العملاء. افحص ساعة هذا المضيف.")                       \
    DOCTOR_OUTCOMES_PAGE(X)                                                                        \
    X(FOUND_REGISTER, CHECK_REGISTER, OK, "PostgreSQL {} answers.", "يجيب PostgreSQL {}.")          \
    X(FOUND_REGISTER_NONE, CHECK_REGISTER, FAIL, "No register is configured. Set dsn in [register], or NRC_REGISTER_DSN.", \
      "لم يُحدَّد السجل الوطني. اضبط dsn في [register] أو NRC_REGISTER_DSN.")                          \
    X(FOUND_REGISTER_AWAY, CHECK_REGISTER, FAIL, "PostgreSQL cannot be reached: {}. Look at the server, the network and dsn in [register].", \
      "لا يمكن الوصول إلى PostgreSQL: {}. افحص الخادم والشبكة وdsn في [register].")                    \
    X(FOUND_MIGRATIONS, CHECK_MIGRATIONS, OK, "The database is up to date.", "قاعدة البيانات محدَّثة.")  \
    X(FOUND_MIGRATIONS_NOT, CHECK_MIGRATIONS, FAIL, "{}. Run `nrc db migrate` as its administrator, or install the program that the database is of.", \
      "{}. شغّل `nrc db migrate` بصلاحية مديرها أو ثبّت البرنامج الموافق لها.")                         \
    X(FOUND_MIGRATIONS_UNKNOWN, CHECK_MIGRATIONS, UNKNOWN, "The migrations cannot be read: {}.",   \
      "لا يمكن قراءة ترحيلات قاعدة البيانات: {}.")                                                   \
    X(FOUND_WRITABLE, CHECK_WRITABLE, OK, "The server takes writes.", "يقبل الخادم الكتابة.")        \
    X(FOUND_STANDBY, CHECK_WRITABLE, FAIL, "The server is a standby, which takes no writes. Point dsn at the primary (target_session_attrs=read-write).", \
      "الخادم نسخة احتياطية لا تقبل الكتابة. وجّه dsn إلى الخادم الأساسي (target_session_attrs=read-write).") \
    X(FOUND_READ_ONLY, CHECK_WRITABLE, FAIL, "Transactions are read only (default_transaction_read_only). Look why: some tools set it when a disk is full.", \
      "المعاملات للقراءة فقط (default_transaction_read_only). ابحث عن السبب: تضبطه بعض الأدوات عند امتلاء القرص.") \
    X(FOUND_DURABLE, CHECK_DURABILITY, OK, "fsync, full_page_writes and synchronous_commit are on.", \
      "fsync وfull_page_writes وsynchronous_commit مفعَّلة.")                                        \
    X(FOUND_NOT_DURABLE, CHECK_DURABILITY, FAIL, "{} is off: a power cut may destroy the register. Set it on and restart the server.", \
      "{} معطَّل: قد يُتلف انقطاع الكهرباء السجل. فعّله وأعد تشغيل الخادم.")                             \
    X(FOUND_ASYNC, CHECK_DURABILITY, WARN, "synchronous_commit is off: a power cut loses the newest commits. Events are read again from Kafka, but what people registered is gone. Set it on.", \
      "synchronous_commit معطَّل: يفقد انقطاع الكهرباء أحدث المعاملات. تُقرأ الأحداث ثانيةً من Kafka لكن ما سجّله الناس يضيع. فعّله.") \
    X(FOUND_AUTOVACUUM, CHECK_AUTOVACUUM, OK, "autovacuum runs.", "يعمل autovacuum.")               \
    X(FOUND_AUTOVACUUM_OFF, CHECK_AUTOVACUUM, FAIL, "autovacuum is off: tables grow without end, and in the end the server stops. Set it on.", \
      "autovacuum معطَّل: تكبر الجداول بلا نهاية ثم يتوقف الخادم. فعّله.")                             \
    DOCTOR_OUTCOMES_SIZE(X)                                                                        \
    X(FOUND_CLOCK, CHECK_CLOCK, OK, "The clocks differ by at most {} ms.", "لا يزيد فرق الساعتين على {} ملي ثانية.") \
    X(FOUND_CLOCK_OFF, CHECK_CLOCK, WARN, "This host's clock is {} s from the register's. Log lines and certificates are judged by it; see to NTP on both.", \
      "تختلف ساعة هذا المضيف عن ساعة السجل بمقدار {} ثانية، وبها تُقاس سطور السجلات والشهادات. افحص NTP عليهما.") \
    X(FOUND_DISK, CHECK_DISK, OK, "{} GiB are free, {} % of the disk.", "المتاح {} جيبيبايت، أي {} % من القرص.") \
    X(FOUND_DISK_LOW, CHECK_DISK, WARN, "{} GiB are free, {} % of the disk. Make room before it is full: then nothing is recorded.", \
      "المتاح {} جيبيبايت، أي {} % من القرص. وفّر مساحة قبل امتلائه، فحينها لا يُسجَّل شيء.")             \
    X(FOUND_DISK_FULL, CHECK_DISK, FAIL, "{} GiB are free, {} % of the disk: the register is about to stop. Make room now.", \
      "المتاح {} جيبيبايت، أي {} % من القرص: السجل على وشك التوقف. وفّر مساحة الآن.")                   \
    X(FOUND_DISK_UNKNOWN, CHECK_DISK, UNKNOWN, "The register's disk cannot be seen from here. Watch it on its own host.", \
      "لا يمكن رؤية قرص السجل من هنا. راقبه على مضيفه.")                                             \
    X(FOUND_LOGIN, CHECK_LOGIN, OK, "{} is no superuser.", "{} ليس مستخدمًا فائق الصلاحية.")          \
    X(FOUND_SUPERUSER, CHECK_LOGIN, WARN, "{} is a superuser, for whom no right is checked. Give the daemons a login of their own, with the GRANT that `nrc db migrate` prints.", \
      "{} مستخدم فائق الصلاحية لا تُفحص له صلاحية. امنح الخدمات حسابًا خاصًّا بها بأمر GRANT الذي يطبعه `nrc db migrate`.") \
    X(FOUND_ROLE_INGEST, CHECK_ROLE_INGEST, OK, "{} may run engines.", "يحق لـ{} تشغيل المحركات.")    \
    X(FOUND_NO_ROLE_INGEST, CHECK_ROLE_INGEST, WARN, "{} cannot run `nrc ingest`; another login may. If it is to: GRANT nrc_ingest TO it.", \
      "لا يستطيع {} تشغيل `nrc ingest`، وقد يستطيع غيره. إن أريد ذلك فامنحه nrc_ingest.")             \
    X(FOUND_ROLE_REGISTRY, CHECK_ROLE_REGISTRY, OK, "{} may run registries.", "يحق لـ{} تشغيل سجل البنى.") \
    X(FOUND_NO_ROLE_REGISTRY, CHECK_ROLE_REGISTRY, WARN, "{} cannot run `nrc registry`; another login may. If it is to: GRANT nrc_registry TO it.", \
      "لا يستطيع {} تشغيل `nrc registry`، وقد يستطيع غيره. إن أريد ذلك فامنحه nrc_registry.")         \
    X(FOUND_ROLE_RELAY, CHECK_ROLE_RELAY, OK, "{} may run relays.", "يحق لـ{} تشغيل خدمة التبليغ.")   \
    X(FOUND_NO_ROLE_RELAY, CHECK_ROLE_RELAY, WARN, "{} cannot run `nrc relay`; another login may. If it is to: GRANT nrc_relay TO it.", \
      "لا يستطيع {} تشغيل `nrc relay`، وقد يستطيع غيره. إن أريد ذلك فامنحه nrc_relay.")               \
    X(FOUND_ROLE_MONITOR, CHECK_ROLE_MONITOR, OK, "{} may run monitors.", "يحق لـ{} تشغيل المراقب.")  \
    X(FOUND_NO_ROLE_MONITOR, CHECK_ROLE_MONITOR, WARN, "{} cannot run `nrc monitor`; another login may. If it is to: GRANT nrc_watch TO it.", \
      "لا يستطيع {} تشغيل `nrc monitor`، وقد يستطيع غيره. إن أريد ذلك فامنحه nrc_watch.")             \
    X(FOUND_ROLE_PAGE, CHECK_ROLE_PAGE, OK, "{} may serve the monitor's page.", "يحق لـ{} تقديم صفحة المراقب.") \
    X(FOUND_NO_ROLE_PAGE, CHECK_ROLE_PAGE, WARN, "{} cannot serve the page of `nrc monitor`; another login may. If it is to: GRANT nrc_registry, nrc_desk TO it.", \
      "لا يستطيع {} تقديم صفحة `nrc monitor`، وقد يستطيع غيره. إن أريد ذلك فامنحه nrc_registry وnrc_desk.") \
    X(FOUND_KAFKA, CHECK_KAFKA, OK, "Kafka answers, with {} brokers.", "يجيب Kafka بعدد {} من الوسطاء.") \
    X(FOUND_KAFKA_NONE, CHECK_KAFKA, FAIL, "No broker is configured. Set bootstrap in [kafka], or NRC_KAFKA_BOOTSTRAP.", \
      "لم يُحدَّد وسيط Kafka. اضبط bootstrap في [kafka] أو NRC_KAFKA_BOOTSTRAP.")                      \
    X(FOUND_KAFKA_AWAY, CHECK_KAFKA, FAIL, "Kafka does not answer: {}. Look at the brokers, the network, and the login in [kafka].", \
      "لا يجيب Kafka: {}. افحص الوسطاء والشبكة وحساب الدخول في [kafka].")                             \
    X(FOUND_KAFKA_VERSION, CHECK_KAFKA_VERSION, OK, "The brokers speak {}.", "يعمل الوسطاء بإصدار {}.") \
    X(FOUND_KAFKA_VERSION_UNKNOWN, CHECK_KAFKA_VERSION, UNKNOWN, "Kafka does not tell its version: {}. The login may need DESCRIBE_CONFIGS on the cluster.", \
      "لا يفصح Kafka عن إصداره: {}. قد يحتاج الحساب صلاحية DESCRIBE_CONFIGS على العنقود.")             \
    X(FOUND_TOPICS, CHECK_TOPICS, OK, "All {} topics are there.", "المواضيع كلها موجودة، وعددها {}.") \
    X(FOUND_TOPICS_MORE, CHECK_TOPICS, UNKNOWN, "{} topics were looked at, {} were not. Their turn comes with `nrc doctor TOPIC`.", \
      "فُحص {} من المواضيع ولم يُفحص {}. سمِّ أحدها: `nrc doctor TOPIC`.")                               \
    X(FOUND_TOPICS_NOT_TOLD, CHECK_TOPICS, UNKNOWN, "The register does not tell which topics there are. The login needs the role nrc_monitor.", \
      "لا يفصح السجل عن المواضيع. يحتاج الحساب إلى الدور nrc_monitor.")                               \
    X(FOUND_TOPIC_MISSING, CHECK_TOPICS, FAIL, "Topic {} does not exist. Make it; engines find it within seconds.", \
      "الموضوع {} غير موجود. أنشئه؛ تجده المحركات خلال ثوانٍ.")                                       \
    X(FOUND_TOPIC_UNKNOWN, CHECK_TOPICS, UNKNOWN, "Kafka does not describe topic {}: {}.",         \
      "لا يصف Kafka الموضوع {}: {}.")                                                             \
    X(FOUND_READS, CHECK_READING, OK, "{} topics may be read.", "يمكن قراءة {} من المواضيع.")         \
    X(FOUND_FORBIDDEN, CHECK_READING, FAIL, "Topic {} may not be read. Grant this login READ on it, and on the group.", \
      "لا يُسمح بقراءة الموضوع {}. امنح الحساب صلاحية READ عليه وعلى المجموعة.")                       \
    X(FOUND_READ_UNKNOWN, CHECK_READING, UNKNOWN, "Whether topic {} can be read was not found out: {}.", \
      "لم يتبيّن هل يمكن قراءة الموضوع {}: {}.")                                                     \
    X(FOUND_NOTHING_LOST, CHECK_LOST, OK, "Kafka has the next event of each of {} partitions.",    \
      "لدى Kafka الحدث التالي لكل من {} قسمًا.")                                                     \
    X(FOUND_LOST, CHECK_LOST, FAIL, "Kafka deleted {} before they were recorded. Ask the agency to send again, then `nrc position resume --accept-gap`; and raise retention.ms.", \
      "حذف Kafka {} قبل تسجيلها. اطلب من الجهة إعادة الإرسال ثم `nrc position resume --accept-gap`، وارفع retention.ms.") \
    X(FOUND_LOST_UNKNOWN, CHECK_LOST, UNKNOWN, "Kafka does not tell where the log of {} begins.",  \
      "لا يفصح Kafka عن بداية سجل {}.")                                                            \
    X(FOUND_RETENTION, CHECK_RETENTION, OK, "Each topic is kept for {} hours or longer.", "يُحفظ كل موضوع {} ساعة أو أكثر.") \
    X(FOUND_RETENTION_SHORT, CHECK_RETENTION, WARN, "Topic {} is kept for {} hours, less than a long weekend: an outage of that length loses events. Raise retention.ms.", \
      "يُحفظ الموضوع {} مدة {} ساعة، أي أقل من عطلة طويلة، فيضيع من الأحداث ما يطول انقطاعه عنها. ارفع retention.ms.") \
    X(FOUND_REPLICAS, CHECK_REPLICAS, OK, "Each topic survives the loss of a broker.", "يتحمل كل موضوع فقدان وسيط.") \
    X(FOUND_ONE_REPLICA, CHECK_REPLICAS, WARN, "Topic {} has one replica: its broker's disk is the only copy. Have three.", \
      "للموضوع {} نسخة واحدة على قرص وسيط واحد. اجعلها ثلاثًا.")                                     \
    X(FOUND_ONE_IN_SYNC, CHECK_REPLICAS, WARN, "Topic {} takes events that one broker alone has (min.insync.replicas = 1). Set 2.", \
      "يقبل الموضوع {} أحداثًا لا يملكها إلا وسيط واحد (min.insync.replicas = 1). اجعلها 2.")          \
    X(FOUND_UNCLEAN, CHECK_REPLICAS, WARN, "Topic {} may lose events that were acknowledged (unclean.leader.election.enable). Set it false.", \
      "قد يفقد الموضوع {} أحداثًا أُقرّ باستلامها (unclean.leader.election.enable). اجعله false.")

/* clang-format on */

#endif
