// The service: ready or not, queue, speed, cache, and the limits of the key.

import { html, nothing, svg } from './lit.js';
import { call, text } from './api.js';
import { Part } from './part.js';
import { number, t } from './texts.js';

const POLL = 2000;
const POINTS = 60;

class KabarService extends Part {
  static properties = { readiness: { state: true }, figures: { state: true }, usage: { state: true }, problem: { state: true } };

  constructor() {
    super();
    this.series = { queue: [], speed: [], flight: [] };
  }

  connectedCallback() {
    super.connectedCallback();
    this.load();
    this.loadUsage();
    this.timer = setInterval(() => document.hidden || this.load(), POLL);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  async loadUsage() {
    this.usage = await usage();
  }

  async load() {
    if (this.busy) return;
    this.busy = true;
    try {
      const [readiness, metrics] = await Promise.all([ready(), text('metrics')]);
      const figures = parse(metrics);
      this.add(figures);
      Object.assign(this, { readiness, figures, problem: null });
    } catch (error) {
      this.problem = error;
    } finally {
      this.busy = false;
    }
  }

  add(figures) {
    const at = performance.now() / 1000;
    const tokens = figures.sum('kabar_target_tokens_total');
    const { last } = this;
    const speed = last && tokens >= last.tokens ? (tokens - last.tokens) / Math.max(0.1, at - last.at) : 0;
    this.last = { at, tokens };
    const values = { queue: figures.sum('kabar_queue_sentences'), speed, flight: figures.sum('kabar_articles_in_flight') };
    for (const [name, value] of Object.entries(values)) this.series[name] = [...this.series[name], value].slice(-POINTS);
  }

  render() {
    const { figures, readiness } = this;
    return html`<div class="page"><h1>${t('serviceTitle')}</h1>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem.message}</p>` : nothing}
      ${readiness ? html`<p><span class="badge ${readiness.ready ? 'done' : 'failed'}">${readiness.ready ? t('ready') : t('notReady')}</span>
        <span lang="en">${readiness.detail}</span>${readiness.signature ? html` · <span class="quiet">${readiness.signature.model}, ${readiness.signature.engine}</span>` : nothing}</p>
        ${(readiness.warnings ?? []).map((one) => html`<p class="problem" lang="en">${one}</p>`)}` : nothing}
      ${figures ? html`<div class="cards">
        ${card(t('queue'), number(figures.sum('kabar_queue_sentences')), t('queueUnit'), this.series.queue,
          ['breaking', 'normal', 'archive'].map((lane) => `${t(lane)} ${number(figures.sum('kabar_queue_sentences', `lane="${lane}"`))}`).join(' · '))}
        ${card(t('speed'), number(this.series.speed.at(-1)), t('speedUnit'), this.series.speed)}
        ${card(t('inFlight'), number(figures.sum('kabar_articles_in_flight')), '', this.series.flight)}
        ${card(t('cache'), hits(figures), t('cacheUnit'), null, t('cacheSize', { size: number(figures.sum('kabar_cache_bytes') / 1e6, 1) }))}
        ${card(t('requests'), number(figures.sum('kabar_requests_total')), t('requestsUnit'), null, `${t('refused')}: ${number(figures.sum('kabar_refused_total'))}`)}
        ${card(t('memory'), number(figures.sum('process_resident_memory_bytes') / 1e6), t('memoryUnit'))}
        ${card(t('navJobs'), number(figures.sum('kabar_jobs', 'state="running"') + figures.sum('kabar_jobs', 'state="queued"')), `${t('running')}, ${t('queued')}`)}
      </div>` : nothing}
      <p class="quiet">${t('serviceMore')}</p>
      <h2>${t('limits')}</h2>${usageTable(this.usage)}</div>`;
  }
}
customElements.define('kabar-service', KabarService);

const card = (name, value, unit, series, more) => html`<section class="card"><h2>${name}</h2><p><strong>${value}</strong> <span class="quiet">${unit}</span></p>
  ${series ? sparkline(series) : nothing}${more ? html`<p class="quiet">${more}</p>` : nothing}</section>`;

function sparkline(values) {
  const top = Math.max(1, ...values);
  const points = values.map((value, n) => `${(100 * (POINTS - values.length + n)) / (POINTS - 1)},${(28 - (26 * value) / top).toFixed(1)}`);
  return html`<svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">${svg`<polyline points=${points.join(' ')}></polyline>`}</svg>`;
}

function hits(figures) {
  const found = figures.sum('kabar_cache_hits_total');
  const all = found + figures.sum('kabar_cache_misses_total');
  return all ? `${number((100 * found) / all)} %` : '—';
}

/** Return the readiness, which a service that is not ready sends with 503. */
async function ready() {
  try {
    return await call('GET', 'readyz');
  } catch (error) {
    if (error.ready === false) return error;
    if (error.status === 503) return { ready: false, detail: error.message };
    throw error;
  }
}

/** Return the samples of a Prometheus text: `sum(name, label)`. */
export function parse(metrics) {
  const samples = metrics.split('\n').map((line) => /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)).filter(Boolean);
  return {
    sum: (name, label = '') => samples.filter((one) => one[1] === name && (one[2] ?? '').includes(label)).reduce((sum, one) => sum + Number(one[3]), 0),
  };
}

/** Return the use of the key, or null if the service needs none. */
export async function usage() {
  try {
    return await call('GET', 'v1/usage');
  } catch (error) {
    if (error.status === 404) return null;
    return { problem: error.message };
  }
}

/** Show the limits of a key, and what is left of them. */
export function usageTable(use) {
  if (use === undefined) return nothing;
  if (use === null) return html`<p class="quiet">${t('keyNone')}</p>`;
  if (use.problem) return html`<p class="problem">${use.problem}</p>`;
  const left = (limit, used) => (limit === null ? t('usageFree', { used }) : t('usageLeft', { left: Math.max(0, limit - used), limit }));
  return html`<dl class="usage"><dt>${t('usageKey')}</dt><dd>${use.key} · ${t('lane')}: ${t(use.lane)}</dd>
    <dt>${t('usageDay')}</dt><dd>${left(use.characters_per_day, use.today.characters)}</dd>
    <dt>${t('usageMinute')}</dt><dd>${left(use.requests_per_minute, use.minute.requests)}</dd></dl>`;
}
