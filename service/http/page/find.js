// Find and replace in the English of an article; each change is a correction.

import { html, nothing } from './lit.js';
import { key } from './api.js';
import { Part } from './part.js';
import * as store from './store.js';
import { t } from './texts.js';

class KabarFind extends Part {
  static properties = { article: { attribute: false }, words: { state: true }, busy: { state: true } };

  get found() {
    return this.words ? this.article.sentences.filter((sentence) => sentence.target?.includes(this.words)) : [];
  }

  show() {
    this.article.support = this.found.map((sentence) => sentence.id);
  }

  async replace(event) {
    event.preventDefault();
    const { find, replacement, author } = event.target.elements;
    store.set({ author: author.value.trim() });
    this.busy = true;
    await this.article.replaceAll(find.value, replacement.value, author.value.trim());
    this.busy = false;
    this.show();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.article.support = [];
  }

  render() {
    const count = this.found.length;
    return html`<form class="find" role="search" @submit=${this.replace}>
      <label>${t('findLabel')}<input name="find" autocomplete="off" required @input=${(event) => { this.words = event.target.value; this.show(); }}></label>
      <label>${t('replaceLabel')}<input name="replacement" autocomplete="off"></label>
      <label>${t('author')}<input name="author" autocomplete="name" maxlength="100" ?required=${!key.get()} .value=${store.settings.author}></label>
      <span class="quiet" role="status">${this.words ? t('replaceCount', { count }) : t('matchCase')}</span>
      <button class="primary" ?disabled=${!count || this.busy}>${t('replaceAll', { count })}</button>
      <button type="button" @click=${() => (this.article.finding = false)}>${t('close')}</button>
    </form>`;
  }
}
customElements.define('kabar-find', KabarFind);
