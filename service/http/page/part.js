// The base of all elements, and what they share.

import { LitElement, html, nothing } from './lit.js';

/** An element in the page's own tree, so that one style sheet and all ids apply. */
export class Part extends LitElement {
  #again = () => this.requestUpdate();

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener('kabar-language', this.#again);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener('kabar-language', this.#again);
  }

  /** Dispatch an event that bubbles to the application. */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}

/** Show a message at the bottom of the page for some seconds. */
export const toast = (message, kind = 'done') =>
  dispatchEvent(new CustomEvent('kabar-toast', { detail: { message, kind } }));

/** Copy text, also where the page is not served securely; `rich` is the same as HTML. */
export async function copy(text, rich) {
  try {
    if (rich && navigator.clipboard?.write) {
      const item = { 'text/plain': new Blob([text], { type: 'text/plain' }), 'text/html': new Blob([rich], { type: 'text/html' }) };
      await navigator.clipboard.write([new ClipboardItem(item)]);
    } else {
      await navigator.clipboard.writeText(text);
    }
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    (document.querySelector('dialog[open]') ?? document.body).append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
}

/** Save bytes or text as a file. */
export function download(name, content, type) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Return the error message of a failed request, or nothing. */
export const problemNote = (problem) =>
  problem ? html`<p class="problem" role="alert">${problem.message}</p>` : nothing;

/** Return a menu of buttons: `[label, action]`. */
export const menu = (label, items) => html`
  <details class="menu" @focusout=${closeMenu} @keydown=${escapeMenu}>
    <summary class="button">${label}</summary>
    <div class="items">
      ${items.map(([name, action]) => html`<button @click=${(event) => { event.target.closest('details').open = false; action(); }}>${name}</button>`)}
    </div>
  </details>`;

function closeMenu(event) {
  if (!event.currentTarget.contains(event.relatedTarget)) event.currentTarget.open = false;
}

function escapeMenu(event) {
  if (event.key !== 'Escape' || !event.currentTarget.open) return;
  event.currentTarget.open = false;
  event.currentTarget.querySelector('summary').focus();
  event.stopPropagation();
}
