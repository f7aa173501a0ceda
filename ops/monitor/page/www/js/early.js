/* SPDX-License-Identifier: Apache-2.0
 * early.js - the language, its direction and the theme, before anything is painted. Not a module: those run later. */
'use strict';
(() => {
    const root = document.documentElement;
    let kept = {};
    try {
        kept = { language: localStorage.getItem('nrc.language'), theme: localStorage.getItem('nrc.theme') };
    } catch {
        /* A browser that keeps nothing: what it prefers goes. */
    }
    const first = (navigator.languages || [navigator.language]).map(String).find((l) => /^(ar|en)\b/i.test(l));
    const language = /^(ar|en)$/.test(kept.language) ? kept.language : (first || 'ar').slice(0, 2).toLowerCase();
    root.lang = language;
    root.dir = language === 'ar' ? 'rtl' : 'ltr';
    if (kept.theme === 'light' || kept.theme === 'dark') {
        root.dataset.theme = kept.theme;
    }
})();
