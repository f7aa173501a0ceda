/* SPDX-License-Identifier: Apache-2.0
 * text.js - the page's own words, in the reader's language. Every sentence stands in text/ar.js and text/en.js under the
 * same key; a test compares. */
import ar from '../text/ar.js';
import en from '../text/en.js';

const texts = { ar, en };
let now = texts[document.documentElement.lang] ? document.documentElement.lang : 'ar';
const plurals = { ar: new Intl.PluralRules('ar'), en: new Intl.PluralRules('en') };

export const language = () => now;
export const direction = () => (now === 'ar' ? 'rtl' : 'ltr');

export function keep(name, value) {
    try {
        localStorage.setItem(`nrc.${name}`, value);
    } catch {
        /* this visit alone */
    }
}

export function setLanguage(next) {
    now = texts[next] ? next : 'ar';
    document.documentElement.lang = now;
    document.documentElement.dir = direction();
    keep('language', now);
}

/* Whatever is put into a sentence keeps its own direction, and turns nothing around it: FSI … PDI. An isolate that the
 * text itself opens or closes could do so all the same. */
const CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const isolated = (value) =>
    typeof value === 'number' ? String(value) : `\u2068${String(value).replace(CONTROLS, '')}\u2069`;

/** A sentence; {name} in it is replaced. One with forms is chosen by its n: {one: '…', other: '…'}, as CLDR has them. */
export function t(key, values = {}) {
    const row = texts[now][key];
    if (row === undefined) {
        return key;
    }
    const form = typeof row === 'string' ? row : (row[plurals[now].select(values.n ?? 0)] ?? row.other);
    return form.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? isolated(values[name]) : whole));
}

export const has = (key) => texts[now][key] !== undefined;

/** A token of the register in words; one that is not known here stays as it is, which is better than nothing. */
export const word = (family, token) =>
    token === null || token === undefined
        ? ''
        : has(`${family}.${token}`)
          ? t(`${family}.${token}`)
          : String(token).replaceAll('_', ' ');
