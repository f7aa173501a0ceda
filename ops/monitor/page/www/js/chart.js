/* SPDX-License-Identifier: Apache-2.0
 * chart.js - a line over time, drawn by uPlot, with its numbers as a table beside it for those who do not see it.
 *
 * Time runs from left to right in both languages, as on every chart that people know; only words are turned. */
import { h } from './dom.js';
import { NOTHING, centerZone, time } from './format.js';
import { table } from './table.js';
import { t } from './text.js';

const HEIGHT = 190;
const SPANS = [
    0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 172800, 604800,
];
const DASHES = [[], [7, 4], [2, 3]]; // lines differ by more than their colour
let library = null;

/* Loaded with the first chart. uPlot's file is a script and no module. */
function uPlot() {
    library ??= new Promise((resolve, reject) => {
        const style = h('link', { rel: 'stylesheet', href: '/page/uplot.css' });
        const script = h('script', { src: '/page/uplot.js' });
        script.onload = () => resolve(window.uPlot);
        script.onerror = () => {
            library = null;
            script.remove();
            reject(new Error('uplot.js'));
        };
        document.head.append(style, script);
    });
    return library;
}

/* A canvas knows no custom property: the colours are read off the page. */
function colourOf(node, property) {
    const probe = h('span', { css: { color: `var(${property})` } });
    node.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
}

class Drawing {
    constructor(node, given) {
        Object.assign(this, { node, given, plot: null, width: 0 });
        node.nrcOwn = this;
        this.resized = new ResizeObserver(() => this.node.clientWidth !== this.width && this.draw());
        this.resized.observe(node);
        this.themed = () => (this.node.isConnected ? this.draw() : removeEventListener('nrc-theme', this.themed));
        addEventListener('nrc-theme', this.themed);
    }

    update({ given }) {
        const same =
            JSON.stringify(given.data) === JSON.stringify(this.given.data) &&
            given.language === this.given.language;
        this.given = given;
        if (!same) {
            this.draw();
        }
    }

    async draw() {
        let Plot;
        try {
            Plot = await uPlot();
        } catch {
            this.node.textContent = t('chart.failed'); // the table is there all the same
            return;
        }
        if (!this.node.isConnected || this.node.clientWidth === 0) {
            return;
        }
        this.width = this.node.clientWidth;
        this.plot?.destroy();
        this.plot = new Plot(this.options(Plot), this.given.data, this.node);
    }

    options(Plot) {
        const { lines, say, steps, whole, spans } = this.given;
        const grid = { stroke: colourOf(this.node, '--line'), width: 1 };
        const axis = { stroke: colourOf(this.node, '--faint'), grid, ticks: grid, font: '12px sans-serif' };
        const readout = this.node.parentElement.querySelector('.readout');
        return {
            width: this.width,
            height: HEIGHT,
            legend: { show: false },
            cursor: { y: false, drag: { setScale: false } },
            tzDate: (at) => Plot.tzDate(new Date(at * 1000), centerZone()),
            scales: {
                y: { range: (_, low, high) => [Math.min(0, low ?? 0), whole ?? (high > 0 ? high * 1.08 : 1)] },
            },
            axes: [
                {
                    ...axis,
                    space: 90,
                    values: (_, ticks) =>
                        ticks.map((at) => (steps === 'day' ? this.given.day(at) : time(at * 1000))),
                },
                {
                    ...axis,
                    size: 64,
                    ...(spans && { incrs: SPANS }),
                    values: (_, ticks) => ticks.map((v) => say(v, true)),
                },
            ],
            series: [
                {},
                ...lines.map((line, i) => ({
                    label: line.label,
                    stroke: colourOf(this.node, `--chart-${i + 1}`),
                    dash: DASHES[i],
                    width: 2,
                    spanGaps: false,
                    points: { show: steps === 'day', size: 5 },
                })),
            ],
            hooks: {
                setCursor: [
                    (plot) => {
                        const i = plot.cursor.idx;
                        readout.textContent =
                            i === null || i === undefined
                                ? ''
                                : [
                                      time(plot.data[0][i] * 1000),
                                      ...lines.map((line, n) => `${line.label}: ${say(plot.data[n + 1][i])}`),
                                  ].join(' · ');
                    },
                ],
            },
        };
    }
}

/** points: [{at (RFC 3339), …}]; lines: [{id, label}], members of a point, null where it is not known (the line has a hole
 * there); say(value, isForAxis). */
export function chart({ id, title, points, lines, say, steps = 'minute', day, whole, spans, language }) {
    const data = [
        points.map((p) => new Date(p.at).getTime() / 1000),
        ...lines.map((l) => points.map((p) => p[l.id] ?? null)),
    ];
    const known = lines.some((l) => points.some((p) => p[l.id] !== null && p[l.id] !== undefined));
    if (!known) {
        return h(
            'figure',
            { class: 'chart', key: id },
            h('figcaption', {}, title),
            h('p', { class: 'empty' }, t('chart.none')),
        );
    }
    const given = { data, lines, say, steps, day, whole, spans, language };
    const own = { given };
    const canvas = h('div', { class: 'plot', dir: 'ltr', 'aria-hidden': 'true', own });
    queueMicrotask(() =>
        requestAnimationFrame(() => {
            if (canvas.isConnected && canvas.nrcOwn === own) {
                new Drawing(canvas, given).draw();
            }
        }),
    );
    const tail = points.slice(-120).reverse();
    return h(
        'figure',
        { class: 'chart', key: id },
        h(
            'figcaption',
            {},
            title,
            lines.length > 1 &&
                h(
                    'span',
                    { class: 'keys' },
                    lines.map((line, i) => h('span', { class: `key k${i + 1}` }, line.label)),
                ),
        ),
        canvas,
        h('p', { class: 'readout', 'aria-hidden': 'true' }),
        h(
            'details',
            { class: 'numbers' },
            h('summary', {}, t('chart.table', { what: title })),
            table(
                [
                    {
                        id: 'at',
                        label: t('time'),
                        heads: true,
                        cell: (p) => (steps === 'day' ? day(new Date(p.at).getTime() / 1000) : time(p.at)),
                    },
                    ...lines.map((l) => ({
                        id: l.id,
                        label: l.label,
                        class: 'n',
                        cell: (p) => (p[l.id] === null || p[l.id] === undefined ? NOTHING : say(p[l.id])),
                    })),
                ],
                tail,
                { caption: title, keyOf: (p) => p.at },
            ),
        ),
    );
}
