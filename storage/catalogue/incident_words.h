/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/incident_words.h - how urgent each kind of incident is, and its sentences in Arabic: when it opens, and what to
 * do. The kinds themselves: incident_table.h. nrc.incident_kind has the same urgency, for what the register decides. */
#ifndef STORAGE_CATALOGUE_INCIDENT_WORDS_H
#define STORAGE_CATALOGUE_INCIDENT_WORDS_H

/* clang-format off */

/* X(id, how urgent, it opens when, what to do) */
#define STO_INCIDENT_WORDS(X)                                                                      \
    X(STO_INCIDENT_UNKNOWN_STRUCTURE, STO_SEVERITY_ACT,                                            \
      "وصل حدث برقم مخطط لا تحمله أي بنية بيانات",                                                 \
      "لتسجّل الجهة بنية البيانات في هذا السجل قبل أن ترسل")                                        \
    X(STO_INCIDENT_OTHER_SUBJECT, STO_SEVERITY_ACT,                                                \
      "بنية الحدث مسجّلة، ولكن ليس تحت اسم موضوعه في السجل",                                       \
      "سجّلها تحت <topic>-value، أو اضبط المُرسِل على TopicNameStrategy")                         \
    X(STO_INCIDENT_FOREIGN_STRUCTURE, STO_SEVERITY_ACT,                                            \
      "وصل حدث ببنية مجموعة بيانات أخرى",                                                          \
      "ابحث عمّن يرسل إلى الموضوع الخطأ")                                                          \
    X(STO_INCIDENT_NOT_YET_ACTIVE, STO_SEVERITY_LOOK,                                              \
      "وصل حدث ببنية لم تسرِ بعد: يُحفظ ويُسجَّل عند سريانها",                                       \
      "بُتَّ في الطلب: `nrc structure requests`؛ أو لتنتظر الجهة")                                  \
    X(STO_INCIDENT_STRUCTURE_REJECTED, STO_SEVERITY_ACT,                                           \
      "وصل حدث ببنية رُفضت",                                                                       \
      "لترسل الجهة بالبنية السارية")                                                               \
    X(STO_INCIDENT_STRUCTURE_RETIRED, STO_SEVERITY_ACT,                                            \
      "وصل حدث ببنية انتهى العمل بها",                                                             \
      "ابحث عن المُرسِل الذي لم يُحدَّث")                                                          \
    X(STO_INCIDENT_BAD_FRAME, STO_SEVERITY_ACT,                                                    \
      "قيمة الحدث لا تبدأ بالإطار المتفق عليه",                                                    \
      "ليستخدم المُرسِل مُسلسِلًا يتصل بالسجل")                                                      \
    X(STO_INCIDENT_REFUSALS, STO_SEVERITY_NOW,                                                     \
      "رفض PostgreSQL أكثر من 10 أحداث لمجموعة بيانات في ساعة، وكان مفكك الترميز قد قبلها",        \
      "انظر فيها: `nrc quarantine list --reason register_refused`")                              \
    X(STO_INCIDENT_TOPIC_MISSING, STO_SEVERITY_ACT,                                                \
      "موضوع مجموعة البيانات غير موجود",                                                           \
      "أنشئ الموضوع؛ يُكتشف خلال ثوانٍ")                                                           \
    X(STO_INCIDENT_TOPIC_FORBIDDEN, STO_SEVERITY_ACT,                                              \
      "لا يسمح Kafka للمحرك بقراءة موضوع مجموعة بيانات",                                            \
      "امنح حساب المحرك صلاحية READ على الموضوع")                                                 \
    X(STO_INCIDENT_PARTITIONS_ADDED, STO_SEVERITY_LOOK,                                            \
      "صارت لموضوع مجموعة بيانات بلا ترتيب معلن أقسامٌ أكثر من ذي قبل",                              \
      "المفاتيح التي انتقلت تُرتَّب بطوابع Kafka الزمنية: تحقق من صحة ذلك ثم أغلق البلاغ")       \
    X(STO_INCIDENT_GAP, STO_SEVERITY_NOW,                                                          \
      "يبدأ سجل Kafka بعد الموضع المطلوب: أُوقف القسم",                                            \
      "اطلب من الجهة إعادة إرسال الناقص؛ ثم `nrc position resume --accept-gap`")                 \
    X(STO_INCIDENT_TOPIC_REPLACED, STO_SEVERITY_NOW,                                               \
      "أُعيد إنشاء الموضوع أو أُفرغ: أُوقف القسم",                                                 \
      "يقرأ الأمر `nrc position resume --accept-gap` السجل الجديد من أوله")                        \
    X(STO_INCIDENT_UNREADABLE, STO_SEVERITY_NOW,                                                   \
      "تعذرت قراءة موضعٍ طوال [ingest] stuck_halt_ms: أُوقف القسم",                                 \
      "أصلح السبب ثم `nrc position resume`؛ أو اترك ما لا يُقرأ بالخيار `--accept-gap`؛ "      \
      "ويبين `nrc position probe` مقداره")                                                         \
    X(STO_INCIDENT_REGISTER_REFUSED, STO_SEVERITY_NOW,                                             \
      "يرفض PostgreSQL معظم أحداث مجموعة بيانات: أُوقفت أقسامها",                                  \
      "ابحث عن الخلل في جداولها ثم `nrc position resume`")                                       \
    X(STO_INCIDENT_REGISTER_SQL, STO_SEVERITY_NOW,                                                 \
      "جداول مجموعة بيانات ليست كما ينبغي: أُوقفت أقسامها",                                        \
      "أصلح الجداول ثم `nrc position resume`")                                                   \
    X(STO_INCIDENT_DATASET_FAILED, STO_SEVERITY_NOW,                                               \
      "تعذر الحكم على أحداث مجموعة بيانات أو حفظها: أُوقفت أقسامها",                               \
      "أصلح ما يذكره التفصيل ثم `nrc position resume`")                                          \
    X(STO_INCIDENT_PARTITION_WAITS, STO_SEVERITY_ACT,                                              \
      "لم يصل من قسم شيء طوال [ingest] stuck_halt_ms مع أن سجله ينمو",                             \
      "افحص الوسيط الذي يقود القسم؛ لا يضيع شيء، ويستأنف بنفسه")                                 \
    X(STO_INCIDENT_TRANSACTION_OPEN, STO_SEVERITY_ACT,                                             \
      "معاملة لم تنتهِ تحبس قسمًا طوال [ingest] stuck_halt_ms",                                      \
      "ابحث عن المُرسِل الذي تركها مفتوحة؛ لا يضيع شيء، ويستأنف عند انتهائها")                    \
    X(STO_INCIDENT_FENCED_OFTEN, STO_SEVERITY_ACT,                                                 \
      "تنازعت المحركات قسمًا ثلاث مرات في عشر دقائق",                                               \
      "تحقق مما إذا كان لمحركين [ingest] instance واحد، أو كان أحدهما أبطأ من مجموعته")          \
    X(STO_INCIDENT_KAFKA_TROUBLE, STO_SEVERITY_NOW,                                                \
      "لم يتلق المحرك من Kafka سوى الأخطاء طوال [ingest] stuck_halt_ms",                           \
      "افحص الوسطاء والشبكة وحساب المحرك؛ لا يضيع شيء، ويستأنف بنفسه")                           \
    X(STO_INCIDENT_INSTANCE_FENCED, STO_SEVERITY_ACT,                                              \
      "ظهر محرك آخر بالاسم نفسه فانتهى هذا",                                                       \
      "أعطِ كل محرك [ingest] instance خاصًا به")                                                   \
    X(STO_INCIDENT_ENGINE_FAILED, STO_SEVERITY_NOW,                                                \
      "واجه محرك خطأ لا يستطيع إصلاحه فانتهى",                                                     \
      "أصلح ما يذكره التفصيل ثم شغّله من جديد")                                                  \
    X(STO_INCIDENT_ENGINE_GONE, STO_SEVERITY_NOW,                                                  \
      "لا مسار من مسارات المحرك متصل بالسجل، وفي أقسامه أحداث تنتظر",                                \
      "شغّله أو شغّل غيره: تنتقل أقسامه إلى من يأتي")                                                \
    X(STO_INCIDENT_ENGINE_RETRIES, STO_SEVERITY_NOW,                                               \
      "للمحرك أقسام لا يأخذ مما ينتظر فيها شيئًا، ولم يذكر السبب",                                    \
      "راجع سجله و/readyz: يرفض السجل الوطني معاملاته أو لا يستجيب له")                              \
    X(STO_INCIDENT_REGISTER_AWAY, STO_SEVERITY_NOW,                                                \
      "تعذرت الكتابة في السجل مدة دقيقة؛ يُبلَّغ عنه مباشرة في هذه الأثناء",                           \
      "افحص PostgreSQL والشبكة؛ لا يضيع شيء ويُستأنف العمل تلقائيًا")                                \
    X(STO_INCIDENT_REGISTER_FULL, STO_SEVERITY_NOW,                                                \
      "امتلأ قرص السجل؛ يُبلَّغ عنه مباشرة في هذه الأثناء",                                           \
      "أفسح مكانًا في قرص السجل؛ لا يضيع شيء ويُستأنف العمل تلقائيًا")                               \
    X(STO_INCIDENT_REGISTER_FULL_SOON, STO_SEVERITY_ACT,                                           \
      "بقي في قرص السجل ما يكفي أقل من أسبوع، أو أقل من جزء من عشرين منه",                           \
      "زد سعة القرص أو انقل القديم إلى غيره")                                                       \
    X(STO_INCIDENT_LEAVES_NOT_MADE, STO_SEVERITY_NOW,                                              \
      "تعذر إنشاء أقسام الأشهر القادمة لأحد الجداول",                                              \
      "أصلح الجدول قبل نهاية الشهر؛ تُعاد المحاولة كل دقيقة")                                     \
    X(STO_INCIDENT_SUBSCRIPTION_DEAD, STO_SEVERITY_ACT,                                            \
      "لم يتسلم مشترك شيئًا طوال [relay] give_up_ms، أو أعلن أنه زال: لا يُرسل إليه بعد ذلك",        \
      "ابحث عن صاحبه بالأمر `nrc subscription show` ثم `nrc subscription enable --replay`")      \
    X(STO_INCIDENT_LATE, STO_SEVERITY_ACT,                                                         \
      "تأخر مصدر بيانات عما يسمح به عقده وتقويمه",                                                 \
      "يبين `nrc freshness` موضع الخلل: المصدر، أو الطريق منه، أو المركز")                         \
    X(STO_INCIDENT_RULE_WARNED, STO_SEVERITY_LOOK,                                                 \
      "تخالف أحداثٌ قاعدة من العقد درجتها تحذير؛ وهي مسجّلة",                                       \
      "يعرض `nrc measure DATASET --json` الأعداد؛ لتصلح الجهة مصدرها أو عقدها")                    \
    X(STO_INCIDENT_METRIC_MISSED, STO_SEVERITY_LOOK,                                               \
      "تجاوز أحد مقاييس العقد حدّه في آخر يوم كامل",                                                \
      "يعرض `nrc quality DATASET --by day --explain` الأعداد؛ لتصلح الجهة مصدرها أو عقدها")        \
    X(STO_INCIDENT_SEQUENCE_BROKEN, STO_SEVERITY_ACT,                                              \
      "أرقام من تسلسل الجهة نفسها ناقصة منذ ساعة",                                                 \
      "يعرضها `nrc gaps DATASET`؛ اطلب من الجهة إعادة إرسال الناقص")                             \
    X(STO_INCIDENT_CONTROL_DIFFERS, STO_SEVERITY_ACT,                                              \
      "ما صرحت الجهة بإرساله يخالف ما وصل",                                                        \
      "يسمّي `nrc control show` الفرق؛ اطلب من الجهة إعادة الإرسال أو تصريحًا جديدًا")              \
    X(STO_INCIDENT_CONTROL_REFUSED, STO_SEVERITY_LOOK,                                             \
      "رسالة على الموضوع <agency>.control ليست تصريحًا يمكن أخذه، أو تعذرت قراءتها",                 \
      "يعرض `nrc control list --refused` الأسباب؛ لتصرح الجهة من جديد")                            \
    X(STO_INCIDENT_REFERENCE_BROKEN, STO_SEVERITY_ACT,                                             \
      "سجلات تشير إلى سجلات غير موجودة في مجموعة بيانات أخرى بعد انقضاء المهلة",                   \
      "يعرضها `nrc reference keys DATASET NAME`؛ تبيّن أي الجهتين متأخرة")                        \
    X(STO_INCIDENT_TOPIC_NOT_TOLD, STO_SEVERITY_ACT,                                               \
      "تعذر نشر الإبلاغات على الموضوع المحدد في [relay] topic",                                    \
      "أنشئ الموضوع، أو امنح حساب الناقل صلاحية WRITE، أو افحص الوسطاء، بحسب التفصيل؛ "       \
      "لا يضيع شيء، ويستأنف بنفسه")                                                                \
    X(STO_INCIDENT_REJECTS_NOT_TOLD, STO_SEVERITY_ACT,                                             \
      "تعذر إبلاغ جهة بما رُفض من أحداثها على الموضوع <agency>.rejected",                           \
      "أنشئ الموضوع، أو امنح حساب الناقل صلاحية WRITE، أو افحص الوسطاء، بحسب التفصيل؛ "       \
      "لا يضيع شيء، ويستأنف بنفسه، وتُبلَّغ الجهات الأخرى في أثناء ذلك")

/* clang-format on */

#endif
