// The jobs of the caller, and one job: progress, results, errors.

import { html, nothing } from './lit.js';
import { call, text } from './api.js';
import { Part, download, problemNote } from './part.js';
import { t, time } from './texts.js';

const POLL = 2000;
const ENDED = new Set(['done', 'cancelled']);

class KabarJobs extends Part {
  static properties = {
    jobId: { attribute: false }, jobs: { state: true }, job: { state: true }, results: { state: true }, problem: { state: true },
  };

  connectedCallback() {
    super.connectedCallback();
    this.timer = setInterval(() => document.hidden || this.load(), POLL);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  willUpdate(changed) {
    if (changed.has('jobId') || !this.hasUpdated) {
      Object.assign(this, { job: null, jobs: null, results: [], problem: null });
      this.load();
    }
  }

  async load() {
    if (this.busy || (this.job && ENDED.has(this.job.state) && this.complete)) return;
    this.busy = true;
    const id = this.jobId;
    try {
      if (id) {
        const job = await call('GET', `v1/jobs/${id}`);
        // Read after the state, so that an ended job has all its results.
        const lines = (await text(`v1/jobs/${id}/results?follow=false&from=${this.results.length}`)).trim();
        if (id !== this.jobId) return;
        this.complete = ENDED.has(job.state);
        this.job = job;
        if (lines) this.results = [...this.results, ...lines.split('\n').map((line) => JSON.parse(line))];
      } else {
        this.jobs = (await call('GET', 'v1/jobs')).jobs;
      }
      this.problem = null;
    } catch (error) {
      this.problem = error;
    } finally {
      this.busy = false;
    }
  }

  async cancel() {
    try {
      this.job = await call('DELETE', `v1/jobs/${this.jobId}`);
    } catch (error) {
      this.problem = error;
    }
  }

  async save() {
    download(`${this.jobId}.jsonl`, await text(`v1/jobs/${this.jobId}/results?follow=false`), 'application/x-ndjson');
  }

  render() {
    return html`<div class="page">${problemNote(this.problem)}${this.jobId ? this.one() : this.all()}</div>`;
  }

  all() {
    return html`<h1>${t('jobsTitle')}</h1>
      ${!this.jobs ? nothing : !this.jobs.length ? html`<p class="quiet">${t('jobsEmpty')}</p>` : html`
      <div class="scroll" tabindex="0" role="region" aria-label=${t('jobsTitle')}><table class="list">
        <thead><tr><th scope="col">${t('jobTitle')}</th><th scope="col">${t('state')}</th><th scope="col">${t('progress')}</th><th scope="col">${t('created')}</th></tr></thead>
        <tbody>${this.jobs.map((job) => html`<tr><td><a href="#/jobs/${job.id}">${job.id}</a></td><td><span class="badge ${job.state}">${t(job.state)}</span></td>
          <td>${jobProgress(job)}</td><td>${time(job.created)}</td></tr>`)}</tbody></table></div>`}`;
  }

  one() {
    const { job } = this;
    if (!job) return html`<h1>${t('jobTitle')}</h1><a href="#/jobs">${t('jobsBack')}</a>`;
    return html`<p><a href="#/jobs">← ${t('jobsBack')}</a></p>
      <h1>${t('jobTitle')} <code>${job.id}</code></h1>
      <p><span class="badge ${job.state}">${t(job.state)}</span> <span role="status">${jobProgress(job)}</span>
        ${job.estimated_finish && !ENDED.has(job.state) ? html`<span class="quiet">${t('ends')} ${time(job.estimated_finish)}</span>` : nothing}</p>
      <progress class="wide" aria-label=${t('progress')} max=${job.total || 1} .value=${job.done + job.failed}></progress>
      <div class="buttons">
        ${ENDED.has(job.state) ? nothing : html`<button @click=${this.cancel}>${t('jobCancel')}</button>`}
        <button ?disabled=${!this.results.length} @click=${this.save}>${t('jobDownload')}</button></div>
      <h2>${t('results')}</h2>
      <ol class="results">${this.results.map((one) => html`<li value=${one.index + 1}>${one.outcome === 'done'
        ? one.result.blocks ? html`<a href="#/t/${one.result.id}" lang="en">${one.result.headline || one.result.text.slice(0, 90) || t('untitled')}</a>`
          : html`<span lang="en">${one.result.headline || t('untitled')}</span><ul>${one.result.bullets.map((bullet) => html`<li lang="en">${bullet.text}</li>`)}</ul>`
        : html`<span class="problem">${one.error?.detail ?? t('failed')}</span>`}</li>`)}</ol>`;
  }
}
customElements.define('kabar-jobs', KabarJobs);

const jobProgress = (job) => t('jobProgress', { done: job.done, total: job.total, failed: job.failed });
