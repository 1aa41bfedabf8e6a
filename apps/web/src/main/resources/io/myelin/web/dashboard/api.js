/** Calls of the node's API, and its errors. */

const TOKEN = 'myelin.token';
const NOT_CONNECTED = 14; // google.rpc.Code.UNAVAILABLE
const UNKNOWN = 2;

/** A refused or failed call, as google.rpc.Status says it. */
export class ApiError extends Error {
  /**
   * @param {number} httpStatus 0: no answer came
   * @param {{code?: number, message?: string, details?: object[]}} status
   */
  constructor(httpStatus, status) {
    super(status.message || `HTTP ${httpStatus}`);
    this.httpStatus = httpStatus;
    this.code = status.code ?? UNKNOWN;
    this.details = status.details ?? [];
    /** When to try again at the earliest, milliseconds; 0: the node did not say. */
    this.retryAfterMs = 0;
  }

  /** @param {string} type such as google.rpc.ErrorInfo */
  detail(type) {
    return this.details.find(d => d['@type']?.endsWith('/' + type));
  }

  get reason() {
    return this.detail('google.rpc.ErrorInfo')?.reason ?? '';
  }

  get metadata() {
    return this.detail('google.rpc.ErrorInfo')?.metadata ?? {};
  }

  get violations() {
    return this.detail('google.rpc.BadRequest')?.fieldViolations ?? [];
  }

  get explanation() {
    return this.detail('myelin.v1.PathExplanation');
  }

  get signInNeeded() {
    return this.httpStatus === 401;
  }
}

/** Kept for this tab only, and sent by scripts of this page only: no cookie holds it. */
export function token() {
  return sessionStorage.getItem(TOKEN) ?? '';
}

/** @param {string} value empty: signs out */
export function setToken(value) {
  if (value) {
    sessionStorage.setItem(TOKEN, value);
  } else {
    sessionStorage.removeItem(TOKEN);
  }
}

/**
 * @param {string} bearer
 * @returns {Record<string, string>}
 */
export function authorization(bearer) {
  return bearer ? {authorization: 'Bearer ' + bearer} : {};
}

/**
 * Reads an answer's error.
 *
 * @param {Response} response
 */
export async function errorOf(response) {
  const text = await response.text();
  let status;
  try {
    status = JSON.parse(text);
  } catch {
    status = {message: `the node answered HTTP ${response.status}`};
  }
  const error = new ApiError(response.status, status);
  error.retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1000;
  return error;
}

/**
 * @param {string} method of HTTP
 * @param {string} path from /v1
 * @param {{query?: Record<string, string|number|boolean|undefined>, body?: object, bearer?: string}} [options]
 * @returns {Promise<any>}
 * @throws {ApiError}
 */
export async function call(method, path, options = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== '') {
      query.set(name, String(value));
    }
  }
  const url = new URL(path + (query.size ? '?' + query : ''), self.location.href);
  let response;
  try {
    response = await fetch(url, {
      method,
      headers: {
        ...authorization(options.bearer ?? token()),
        ...(options.body ? {'content-type': 'application/json'} : {}),
      },
      body: options.body ? JSON.stringify(options.body) : undefined,
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch {
    throw new ApiError(0, {code: NOT_CONNECTED, message: 'the node does not answer'});
  }
  if (!response.ok) {
    throw await errorOf(response);
  }
  return response.json();
}

/** Reads. */
export const get = (path, query) => call('GET', path, {query});

/** Changes; a body is always sent. */
export const post = (path, body = {}, query = undefined) => call('POST', path, {body, query});

export const patch = (path, body, query) => call('PATCH', path, {body, query});

/**
 * All pages of a list.
 *
 * @param {string} path
 * @param {string} field that has the list
 * @param {Record<string, string|number|boolean>} [query]
 */
export async function list(path, field, query = {}) {
  const all = [];
  let pageToken = '';
  do {
    const page = await get(path, {...query, pageSize: 1000, pageToken});
    all.push(...(page[field] ?? []));
    pageToken = page.nextPageToken ?? '';
  } while (pageToken);
  return all;
}
