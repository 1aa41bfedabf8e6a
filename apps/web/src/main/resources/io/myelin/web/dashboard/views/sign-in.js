/** Where a token is asked for. */
import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {ApiError, get, setToken, token} from '../api.js';
import {redraw} from '../ui.js';

let problem = '';

/** @param {(bearer: string) => Promise<void>} onToken */
export function signIn(onToken) {
  const submit = async e => {
    e.preventDefault();
    const bearer = new FormData(e.target).get('token').trim();
    try {
      setToken(bearer);
      await get('/v1/caller');
      problem = '';
      await onToken(bearer);
    } catch (error) {
      setToken('');
      problem = error instanceof ApiError ? error.message : String(error);
      redraw();
    }
  };
  return html`<main class="sign-in" id="content">
    <form @submit=${submit}>
      <img src="icon.svg" alt="" width="40" height="40">
      <h1>Myelin</h1>
      <p>This node asks who you are. Give a token, or reload with a client certificate in your browser.</p>
      <label class="field"><span>Token</span>
        <input name="token" type="password" required autocomplete="off" spellcheck="false" aria-describedby="token-hint"></label>
      <small id="token-hint">It stays in this tab and is forgotten when the tab is closed.</small>
      ${problem ? html`<p class="problem" role="alert">${problem}</p>` : token() ? html`<p class="problem" role="alert">The token is no longer accepted.</p>` : nothing}
      <button class="main" type="submit">Sign in</button>
    </form>
  </main>`;
}
