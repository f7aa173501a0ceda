/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor_table_page.h - the rows of ops/cmd/doctor_table.h of the monitor's page. */
#ifndef OPS_CMD_DOCTOR_TABLE_PAGE_H
#define OPS_CMD_DOCTOR_TABLE_PAGE_H

/* clang-format off */

#define DOCTOR_OUTCOMES_PAGE(X)                                                                    \
    X(FOUND_PAGE_NONE, CHECK_PAGE, OK, "No page is configured: [page] listen is empty.", "لا صفحة في الإعدادات: listen في [page] فارغ.") \
    X(FOUND_PAGE, CHECK_PAGE, OK, "The page's certificate and its key belong together; it is valid for {} days.", \
      "شهادة الصفحة ومفتاحها متطابقان؛ تبقى صالحة {} يومًا.") \
    X(FOUND_PAGE_PLAIN, CHECK_PAGE, OK, "The page runs without TLS, for this machine or behind a proxy.", \
      "تعمل الصفحة بلا TLS، لهذا المضيف أو خلف وسيط.") \
    X(FOUND_PAGE_BAD, CHECK_PAGE, FAIL, "The monitor cannot start its page: {}. Correct [page].", \
      "لا يستطيع المراقب تشغيل صفحته: {}. صحّح [page].") \
    X(FOUND_PAGE_UNREADABLE, CHECK_PAGE, UNKNOWN, "This user may not read it: {}. Run the check as root, or as the monitor's user.", \
      "لا يحق لهذا المستخدم قراءتها: {}. شغّل الفحص بصلاحية root أو بمستخدم المراقب.") \
    X(FOUND_PAGE_SOON, CHECK_PAGE, WARN, "The page's certificate ends in {} days. Renew it; SIGHUP makes the monitor read it.", \
      "تنتهي شهادة الصفحة خلال {} يومًا. جدّدها؛ تجعل SIGHUP المراقب يقرؤها.") \
    X(FOUND_PAGE_OVER, CHECK_PAGE, FAIL, "The page's certificate ended {} days ago: browsers refuse it. Renew it; SIGHUP makes the monitor read it.", \
      "انتهت شهادة الصفحة منذ {} يومًا وترفضها المتصفحات. جدّدها؛ تجعل SIGHUP المراقب يقرؤها.") \
    X(FOUND_PAGE_EARLY, CHECK_PAGE, FAIL, "The page's certificate is valid only in {} days: browsers refuse it. Look at this host's clock.", \
      "لا تصلح شهادة الصفحة إلا بعد {} يومًا وترفضها المتصفحات. افحص ساعة هذا المضيف.")

/* clang-format on */

#endif
