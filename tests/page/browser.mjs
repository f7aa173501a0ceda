/* SPDX-License-Identifier: Apache-2.0
 * browser.mjs - what the page's tests share: a browser that reaches one host alone, whose console must stay empty, and the
 * accessibility rules of axe-core.
 *
 * PAGE_URL is the server's address, PAGE_SHOTS the folder for pictures. */
import { createRequire } from 'node:module';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(join(root, 'build/page/'));
const { chromium } = require('playwright-core');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const BASE = process.env.PAGE_URL;
const SHOTS = process.env.PAGE_SHOTS ?? join(root, 'build/page/shots');
const FLAGS = [
    '--no-sandbox',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
];
const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

export async function launch() {
    mkdirSync(SHOTS, { recursive: true });
    return chromium.launch({ executablePath: program, args: FLAGS });
}

/** A new reader. What is wrong with the page while they read is in `faults`, and fails the test that forgets to look: see
 * done(). refused: statuses that the test provokes itself; the browser notes each on the console. */
export async function reader(
    browser,
    {
        language = 'en',
        theme = 'light',
        width = 1440,
        height = 900,
        refused = [401],
        zone = 'Asia/Muscat',
        certificate,
    } = {},
) {
    const context = await browser.newContext({
        viewport: { width, height },
        locale: language === 'ar' ? 'ar-OM' : 'en-GB',
        colorScheme: theme,
        timezoneId: zone,
        reducedMotion: 'reduce',
        ignoreHTTPSErrors: Boolean(certificate ?? BASE.startsWith('https')),
        permissions: ['clipboard-read', 'clipboard-write'],
    });
    const faults = [];
    await context.route(
        (url) => url.origin !== new URL(BASE).origin,
        (route) => {
            faults.push(`a request to another host: ${route.request().url().slice(0, 200)}`);
            return route.abort();
        },
    );
    const page = await context.newPage();
    page.setDefaultTimeout(10000);
    page.on('pageerror', (error) => faults.push(`an error: ${error.message}`));
    page.on('dialog', (dialog) => {
        faults.push(`a dialog: ${dialog.message()}`);
        dialog.dismiss();
    });
    page.on('console', (message) => {
        const expected = refused.some((s) => message.text().includes(s === 0 ? 'net::ERR' : `status of ${s}`));
        if (['error', 'warning'].includes(message.type()) && !expected) {
            faults.push(`on the console: ${message.text()}`);
        }
    });
    return Object.assign(page, { faults });
}

export async function done(page) {
    assert.deepEqual(page.faults, []);
    await page.context().close();
}

export async function signIn(page, account = 'steward', secret = 'secret', hash = '') {
    await page.goto(`${BASE}/${hash}`);
    await page.fill('#account', account);
    await page.fill('#secret', secret);
    await page.press('#secret', 'Enter');
    await page.waitForSelector('main h1#title >> visible=true');
    await loaded(page);
}

/** Until the page that is open shows what the server said. */
export async function loaded(page) {
    await page.waitForSelector('.who');
    await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
}

/** Goes to another address by `go`, until the page has heard of it and shows what the server said. The page is told in a task
 * of its own, after the address is another one. */
export async function arrives(page, go) {
    await page.evaluate(() => {
        window.heard = new Promise((resolve) => {
            addEventListener('hashchange', () => resolve(), { once: true });
        });
    });
    await go();
    await page.evaluate(async () => {
        await window.heard;
        await new Promise((resolve) => {
            requestAnimationFrame(() => requestAnimationFrame(resolve));
        });
    });
    await loaded(page);
}

export async function visit(page, hash) {
    if (await page.evaluate((to) => location.hash === to || location.hash === `#${to}`, hash)) {
        await loaded(page);
        return;
    }
    await arrives(page, () =>
        page.evaluate((to) => {
            location.hash = to;
        }, hash),
    );
}

/** Every rule of axe-core, but those that are only advice; or the rules that are named. */
export async function accessible(page, where, rules) {
    if (!(await page.evaluate(() => 'axe' in window))) {
        await page.evaluate(AXE);
    }
    const { violations } = await page.evaluate(
        (only) => window.axe.run(document, { resultTypes: ['violations'], ...(only && { runOnly: only }) }),
        rules,
    );
    const said = violations.map(
        (v) =>
            `${where}: ${v.id}: ${v.help}: ${v.nodes
                .slice(0, 3)
                .map((n) => `${n.target} ${n.any.map((a) => a.message).join('; ')}`)
                .join(' | ')}`,
    );
    assert.deepEqual(said, []);
}

/** Fills in the dialog that is open, and waits until it is done; a refusal is told in its own words. */
export async function confirm(page, button, why) {
    if (why !== undefined) {
        await page.fill('dialog textarea', why);
    }
    await page.click(`dialog button:text-is("${button}")`);
    const end = await page.waitForFunction(() => {
        const dialog = document.querySelector('dialog');
        return dialog ? dialog.querySelector('.wrong').textContent : 'closed';
    });
    assert.equal(await end.jsonValue(), 'closed');
}

export const shot = (page, name, more = {}) => page.screenshot({ path: join(SHOTS, `${name}.png`), ...more });

/** What a page shows as text. */
export const text = (page, selector = 'main') =>
    page
        .evaluate((s) => document.querySelector(s)?.innerText ?? '', selector)
        .then((said) => said.replace(/[\u2066-\u2069]/g, ''));

/** Tells the stand-in what to be: {fault}, {change}. Answers what was posted to it. */
export async function standin(body) {
    const answer = await fetch(`${BASE}/standin`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' },
    });
    return (await answer.json()).done;
}
