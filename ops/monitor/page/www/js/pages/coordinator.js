/* SPDX-License-Identifier: Apache-2.0
 * coordinator.js - who answers for a source at its agency (NRL-9), and what they are to be told now, in both languages. */
import { h } from '../dom.js';
import { copyButton, facts, name, section } from '../parts.js';
import { t } from '../text.js';

export function coordinator(source) {
    const who = source.coordinator;
    if (!who) {
        return null;
    }
    const both = () => [who.sentence_ar, who.sentence].filter(Boolean).join('\n\n');
    return section(
        'coordinator',
        t('coordinator'),
        facts([
            [t('coordinator.division'), who.division ? name(who.division) : t('coordinator.none')],
            [t('coordinator.head'), who.head ? name(who.head) : null],
            [t('coordinator.name'), who.name ? name(who.name) : null],
        ]),
        h(
            'div',
            { class: 'letters' },
            who.sentence_ar && h('blockquote', { lang: 'ar', dir: 'rtl' }, who.sentence_ar),
            who.sentence && h('blockquote', { lang: 'en', dir: 'ltr' }, who.sentence),
        ),
        h('p', { class: 'buttons' }, copyButton(both, t('coordinator.copy'))),
    );
}
