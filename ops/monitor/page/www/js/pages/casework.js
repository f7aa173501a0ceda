/* SPDX-License-Identifier: Apache-2.0
 * casework.js - replay, discard, assign and reopen of quarantined events. Each is tried first (dry_run): a person sees what it
 * would do before they do it. */
import { post } from '../api.js';
import { announce, h } from '../dom.js';
import { number } from '../format.js';
import { askFor, why } from '../parts.js';
import { table } from '../table.js';
import { t, word } from '../text.js';

const send = (what, selection, more) => post(`/nrc/v1/quarantine/${what}`, { selection, ...more });

/* What a trial found: {applied: 12, stale: 1, quarantined: 3}. */
function outcome(trial) {
    const counts = {};
    (trial.judged ?? []).forEach((j) => {
        counts[j.would] = (counts[j.would] ?? 0) + 1;
    });
    return [
        h(
            'p',
            {},
            t('trial.selected', { n: trial.selected }),
            ' ',
            trial.withheld > 0 && t('trial.withheld', { n: trial.withheld }),
        ),
        trial.judged &&
            h(
                'ul',
                {},
                Object.entries(counts).map(([would, n]) =>
                    h('li', {}, word('would', would), ': ', h('strong', {}, number(n))),
                ),
            ),
        trial.judged?.length < trial.selected &&
            h('p', { class: 'faint' }, t('trial.some', { n: trial.judged.length })),
        trial.judged?.some((j) => j.would === 'quarantined') &&
            table(
                [
                    { id: 'i', label: t('event'), heads: true, cell: (j) => number(j.id) },
                    {
                        id: 'r',
                        label: t('cause'),
                        cell: (j) => [word('reason', j.reason), j.rule && h('small', {}, h('bdi', {}, j.rule))],
                    },
                ],
                trial.judged.filter((j) => j.would === 'quarantined').slice(0, 10),
                { caption: t('trial.again') },
            ),
    ];
}

async function tried(what, selection, more = {}) {
    try {
        return { said: outcome(await send(what, selection, { dry_run: true, why: t('trial.why'), ...more })) };
    } catch (error) {
        return { said: h('p', { class: 'wrong', role: 'alert' }, error.message), failed: true };
    }
}

async function ask(what, selection, then, { title, fields, action, danger, body }) {
    const trial = what === 'assignment' ? { said: [] } : await tried(what, selection);
    return askFor({
        title,
        fields: trial.failed ? [] : fields,
        action: trial.failed ? t('again') : action,
        danger,
        text: trial.said,
        act: async (values) => {
            const done = await send(what, selection, { dry_run: false, ...body(values) });
            announce(t('casework.changed', { n: done.changed }));
            then(done);
        },
    });
}

export const askReplay = (selection, then) =>
    ask('replay', selection, then, {
        title: t('replay.title'),
        fields: [why()],
        action: t('replay'),
        body: (v) => ({ why: v.why }),
    });

export const askDiscard = (selection, then) =>
    ask('discarding', selection, then, {
        title: t('discard.title'),
        fields: [why()],
        action: t('discard'),
        danger: true,
        body: (v) => ({ why: v.why }),
    });

export const askReopen = (selection, then) =>
    ask('reopening', selection, then, {
        title: t('reopen.title'),
        fields: [why()],
        action: t('reopen'),
        body: (v) => ({ why: v.why }),
    });

export const askAssign = (selection, then) =>
    ask('assignment', selection, then, {
        title: t('assign'),
        fields: [{ name: 'to', label: t('assign.to'), hint: t('assign.hint') }, why()],
        action: t('assign'),
        body: (v) => ({ to: v.to || null, why: v.why }),
    });
