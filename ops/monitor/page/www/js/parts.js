/* SPDX-License-Identifier: Apache-2.0
 * parts.js - the small pieces that every page is made of: a status with its mark, a time, a name, a form. */
import { announce, h, svg } from './dom.js';
import { NOTHING, span, ago, time, timeInFull } from './format.js';
import { direction, language, t, word } from './text.js';

/* The mark's form says how bad it is, for those who do not tell colours apart: an octagon, a triangle, a diamond, a disc;
 * what nobody knows or watches is a ring, and what someone stopped on purpose is two bars. */
const SHAPES = {
    3: () => svg('path', { d: 'M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z' }),
    2: () => svg('path', { d: 'M8 1.2 15.4 14.4H.6z' }),
    1: () => svg('path', { d: 'M8 1 15 8 8 15 1 8z' }),
    0: () => svg('circle', { cx: 8, cy: 8, r: 5.2 }),
    ring: () => svg('circle', { cx: 8, cy: 8, r: 5, fill: 'none', stroke: 'currentColor', 'stroke-width': 2.4 }),
    bars: () => svg('path', { d: 'M3 2h3.6v12H3zM9.4 2H13v12H9.4z' }),
};
const OF_STATUS = { unknown: 'ring', not_watched: 'ring', paused: 'bars', suspended: 'bars' };

export function mark(severity, status) {
    const shape = (severity < 2 && OF_STATUS[status]) || Math.max(0, Math.min(3, severity ?? 0));
    return svg(
        'svg',
        { class: 'mark', viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
        SHAPES[shape](),
    );
}

export function badge(severity, status, label = word('status', status)) {
    const tone = severity < 2 && OF_STATUS[status] ? 'still' : `s${Math.max(0, Math.min(3, severity ?? 0))}`;
    return h('span', { class: `badge ${tone}` }, mark(severity, status), label);
}

/** A time that can be pointed at for the whole of it. */
export function when(value, options) {
    return value ? h('time', { datetime: value, title: timeInFull(value) }, time(value, options)) : NOTHING;
}

/** 10:42 (3 hr 12 min): since when, and how long that is. */
export function since(value) {
    return value ? [when(value), ' ', h('span', { class: 'faint' }, `(${span(ago(value))})`)] : NOTHING;
}

/** The same in a cell, in two lines. */
export const sinceCell = (value) =>
    value ? [when(value), h('span', { class: 'faint' }, span(ago(value)))] : NOTHING;

/** A name or an id, which keeps its own direction. */
export const name = (text) => h('bdi', {}, text ?? NOTHING);
export const code = (text) => h('bdi', { class: 'code', dir: 'ltr' }, text ?? NOTHING);

/** What the server says in English alone. */
export const english = (text) => (text ? h('bdi', { lang: 'en', dir: 'ltr' }, text) : null);

/** The member in the reader's language, else in the other one, with that one's direction. */
export function said(item, member) {
    const inArabic = item?.[`${member}_ar`];
    const inEnglish = item?.[member];
    if (language() === 'ar' && inArabic) {
        return h('span', {}, inArabic);
    }
    if (inEnglish) {
        return h('span', language() === 'en' ? {} : { lang: 'en', dir: 'ltr' }, inEnglish);
    }
    return inArabic ? h('span', { lang: 'ar', dir: 'rtl' }, inArabic) : null;
}

export const plain = (item, member) =>
    (language() === 'ar' && item?.[`${member}_ar`]) || item?.[member] || item?.[`${member}_ar`] || '';

export const link = (href, ...children) => h('a', { href }, ...children);

export function section(id, title, ...children) {
    return h(
        'section',
        { class: 'card', 'aria-labelledby': `h-${id}`, key: id },
        h('h2', { id: `h-${id}` }, title),
        children,
    );
}

/** [[term, value], …]; what is null is left out. */
export function facts(pairs, className = 'facts') {
    return h(
        'dl',
        { class: className },
        pairs
            .filter((p) => p && p[1] !== null && p[1] !== undefined)
            .map(([term, value, note]) =>
                h('div', {}, h('dt', {}, term), h('dd', {}, value, note && h('small', {}, note))),
            ),
    );
}

export const empty = (sentence) => h('p', { class: 'empty' }, sentence);

export function copyButton(text, label = t('copy')) {
    return h(
        'button',
        {
            type: 'button',
            class: 'quiet',
            onclick: async (event) => {
                const button = event.currentTarget;
                try {
                    await navigator.clipboard.writeText(text());
                    announce(t('copied'));
                    button.dataset.done = t('copied');
                } catch {
                    announce(t('copy.failed'));
                    button.dataset.done = t('copy.failed');
                }
                setTimeout(() => delete button.dataset.done, 2500);
            },
        },
        label,
    );
}

/* -- asking a person something: one dialog at a time, which says what went wrong and stays open then */

/** fields: {name, label, kind: 'text'|'area'|'time', needed, hint, value}. act(values) may throw; its message is shown.
 * Resolves to what act returned, or null when nothing was done. */
export function askFor({ title, text = [], fields = [], action, danger = false, act }) {
    return new Promise((resolve) => {
        const before = document.activeElement;
        let done = null;
        const wrong = h('p', { class: 'wrong', role: 'alert' });
        const submit = h('button', { class: danger ? 'danger' : 'main' }, action);
        const dialog = h(
            'dialog',
            { 'aria-labelledby': 'dialog-title', dir: direction() },
            h(
                'form',
                {
                    method: 'dialog',
                    novalidate: true,
                    onsubmit: async (event) => {
                        event.preventDefault();
                        const form = event.currentTarget;
                        const values = Object.fromEntries(
                            [...new FormData(form)].map(([k, v]) => [k, String(v).trim()]),
                        );
                        const lacking = fields.find((f) => f.needed && !values[f.name]);
                        if (lacking) {
                            wrong.textContent = t('form.needed', { field: lacking.label });
                            form.elements[lacking.name].focus();
                            return;
                        }
                        submit.disabled = true;
                        try {
                            done = (await act(values)) ?? true;
                            dialog.close();
                        } catch (error) {
                            wrong.textContent = error.message;
                        }
                        submit.disabled = false;
                    },
                },
                h('h2', { id: 'dialog-title' }, title),
                text,
                fields.map((f) => field(f)),
                wrong,
                h(
                    'div',
                    { class: 'buttons' },
                    submit,
                    h('button', { type: 'button', class: 'quiet', onclick: () => dialog.close() }, t('cancel')),
                ),
            ),
        );
        dialog.addEventListener('close', () => {
            dialog.remove();
            if (before?.isConnected) {
                before.focus();
            }
            resolve(done);
        });
        document.body.append(dialog);
        dialog.showModal();
        dialog.querySelector('input, textarea, select')?.focus();
    });
}

let fieldNumber = 0;

export function field({ name: id, label, kind = 'text', needed = false, hint, value = '', ...more }) {
    fieldNumber += 1;
    const own = `field-${fieldNumber}`;
    const shared = {
        id: own,
        name: id,
        required: needed,
        dir: 'auto',
        'aria-describedby': hint ? `${own}-hint` : null,
        ...more,
    };
    const input =
        kind === 'area'
            ? h('textarea', { rows: 3, maxlength: 2000, ...shared, value })
            : h('input', { type: kind, maxlength: 500, ...shared, value });
    return h(
        'div',
        { class: 'field' },
        h('label', { for: own }, label, !needed && h('small', {}, ` ${t('optional')}`)),
        input,
        hint && h('small', { id: `${own}-hint` }, hint),
    );
}

/** Why something is done: nearly everything that changes something wants to know, for the record (NRL-18). */
export const why = (needed = true) => ({ name: 'why', label: t('why'), kind: 'area', needed });
