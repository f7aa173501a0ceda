/* SPDX-License-Identifier: Apache-2.0
 * api.js - asks the server, with the session's token on whatever changes something. */
import { t } from './text.js';

const PATIENCE_MS = 30000;
let token = null;
let own = 0; // > 0: the page asks by itself, and nobody is there
let onSignedOut = () => {};
let onOldToken = null;

export function useToken(csrf) {
    token = csrf;
}

/** What f asks, the page asks by itself: it keeps no session alive. f starts its requests before its first await. */
export function byItself(f) {
    own += 1;
    try {
        return f();
    } finally {
        own -= 1;
    }
}

/** For what is asked later, behind an await: asks it as what is asked now. */
export function asNow() {
    const was = own;
    return (f) => (was > 0 ? byItself(f) : f());
}

/** Called when an answer says that the session is over. */
export function whenSignedOut(f) {
    onSignedOut = f;
}

/** Called when the session's token is another one now, as after a sign-in in another tab; then the request is made again. */
export function whenTokenIsOld(f) {
    onOldToken = f;
}

/** What the server said no with; `message` is its sentence, or ours if none came. */
export class ApiError extends Error {
    constructor(status, body) {
        super(
            body?.message ||
                t(status === 0 ? 'error.away' : status === 503 ? 'error.busy' : 'error.other', { status }),
        );
        this.status = status;
        this.code = body?.error_code ?? null;
    }
}

async function ask(method, path, body, { quiet = false, again = false } = {}) {
    const headers = { Accept: 'application/json', ...(own > 0 && { 'X-NRC-Auto': '1' }) };
    if (method !== 'GET') {
        headers['Content-Type'] = 'application/json';
        headers['X-NRC-CSRF'] = token ?? '';
    }
    let answer;
    let text;
    try {
        answer = await fetch(path, {
            method,
            headers,
            credentials: 'same-origin',
            cache: 'no-store',
            redirect: 'error',
            body: body === undefined ? undefined : JSON.stringify(body),
            signal: AbortSignal.timeout(PATIENCE_MS),
        });
        text = await answer.text();
    } catch {
        throw new ApiError(0, null);
    }
    let said = null;
    try {
        said = text ? JSON.parse(text) : null;
    } catch {
        /* not JSON: a proxy's page */
    }
    if (answer.status === 401 && !quiet) {
        onSignedOut();
    }
    if (answer.status === 403 && String(said?.message).includes('X-NRC-CSRF') && onOldToken && !again) {
        await onOldToken();
        return ask(method, path, body, { quiet, again: true });
    }
    if (!answer.ok) {
        throw new ApiError(answer.status, said);
    }
    return said;
}

/** path('/nrc/v1/sources/{}', 'moh.births', {since: null}): names are escaped, what is null or '' is left out. */
export function path(pattern, ...values) {
    const query = typeof values.at(-1) === 'object' ? values.pop() : {};
    const to = pattern.replace(/\{\}/g, () => encodeURIComponent(values.shift()));
    const asked = new URLSearchParams(
        Object.entries(query ?? {}).filter(([, v]) => v !== null && v !== undefined && v !== ''),
    );
    return asked.size ? `${to}?${asked}` : to;
}

export const get = (where, how) => ask('GET', where, undefined, how);
export const post = (where, body = {}, how) => ask('POST', where, body, how);
export const remove = (where, how) => ask('DELETE', where, undefined, how);

/** What may be missing without harm: null where the server has no such thing, or does not let this account see it. */
export async function maybe(promise) {
    try {
        return await promise;
    } catch (error) {
        if (error instanceof ApiError && [403, 404, 501].includes(error.status)) {
            return null;
        }
        throw error;
    }
}
