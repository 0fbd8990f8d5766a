// <related-trials>: the trials most like the one a page is about. One module, no dependency, no build step.
// Every text goes in by textContent, every style by adoptedStyleSheets: strict policies and Trusted Types are met.

const LANGUAGES = ["de", "es", "fr", "ja", "zh"]; // lang/<code>.json beside this file; English is below
const ENGLISH = {
  heading: "Related trials",
  loading: "Looking for related trials…",
  none: "No closely related trial was found.",
  search: "Search for trials",
  failed: "Related trials cannot be shown just now.",
  why: "Why related",
  inCommon: "In common",
  score: "Score {score}, of at most 1",
  band: { strong: "strongly related", moderate: "moderately related", weak: "weakly related" },
  colon: ": ",
  through: "{term} (through {via})",
  programme: { other: "+{n} in this programme" },
  trials: { one: "Compared with {n} trial", other: "Compared with {n} trials" },
  date: "data of {date}",
  advice: "Similarity is computed, not medical advice.",
  noStatus: "No status on record",
  status: { UNKNOWN: "Unknown status" },
  phase: { NA: "" },
  reason: {},
  part: { words: "Same words", passage: "Whole text", neighbours: "Shared neighbours" },
};
// As the API names its parameters, with hyphens; several values are separated by semicolons.
const PASSED_ON = `status phase country condition study-type intervention-type sponsor sponsor-class start-from start-to updated-from
  updated-to has-results preset weights min-band min-score diversity collapse prefer exclude as-of`.split(/\s+/);
const OBSERVED = ["nct-id", "limit", "lang", "heading-level", "src", ...PASSED_ON];
const AHEAD = "200px";
const PATIENCE = 10000;
const RETRY_AFTER = 500;
const REASONS_SHOWN = 8;
const LEADING = 2; // kinds of reason in the line that is always seen

const STYLES = new CSSStyleSheet();
STYLES.replaceSync(`
:host { display: block; container-type: inline-size; }
:host([hidden]) { display: none; }
* { box-sizing: border-box; margin: 0; }
section {
  --line: var(--rt-border, color-mix(in srgb, currentColor 20%, transparent));
  --quiet: var(--rt-muted, color-mix(in srgb, currentColor 76%, transparent));
  padding: var(--rt-padding, 1rem 1.25rem); border: 1px solid var(--line); border-radius: var(--rt-radius, .5rem);
  background: var(--rt-background, transparent); color: var(--rt-text, inherit); font: var(--rt-font, inherit);
  line-height: 1.45; overflow-wrap: anywhere;
}
.heading { font-size: 1.25em; line-height: 1.3; margin-block-end: .25rem; }
ul { list-style: none; padding: 0; }
.item { padding-block: .75rem .5rem; border-block-end: 1px solid var(--line); }
.link { color: var(--rt-accent, light-dark(#0b57a4, #8ab4f8)); font-weight: 600; text-underline-offset: .15em;
  text-decoration-thickness: 1px; display: inline-block; min-block-size: 24px; }
a.link:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--rt-accent, currentColor); outline-offset: 2px; border-radius: 2px; }
.meta, .footer, .score, summary { color: var(--quiet); font-size: .875em; }
.badge { display: inline-block; max-inline-size: 100%; }
.badge:not(:last-child)::after { content: "·"; margin-inline: .4em; }
.reason, dl, .common { font-size: .9375em; }
.reason { margin-block-start: .125rem; }
.reason > :not(:last-child)::after { content: "·"; margin-inline: .4em; }
summary { cursor: pointer; min-block-size: 24px; padding-block: .125rem; inline-size: fit-content; }
details > * + * { margin-block-start: .375rem; }
details[open] { padding-block-end: .375rem; }
.common { padding-inline-start: 1.1em; list-style: disc; }
dl { display: grid; grid-template-columns: max-content 3.5em minmax(0, 12rem); gap: .125rem .75rem; align-items: center; }
dd { text-align: end; font-variant-numeric: tabular-nums; }
.bar { block-size: .5em; border-radius: .25em; background: var(--rt-accent, light-dark(#0b57a4, #8ab4f8)); }
@container (max-width: 24rem) { dl { grid-template-columns: minmax(0, 1fr) max-content; } .track { display: none; } }
.note { padding-block: .75rem; }
.footer { margin-block-start: .75rem; }
.loading { --row: 8.5rem; min-block-size: calc(8.5rem + var(--rows) * var(--row)); }
.loading .item { block-size: var(--row); }
@container (max-width: 36rem) { .loading { --row: 10.5rem; } }
@container (max-width: 24rem) { .loading { --row: 13.5rem; } }
@container (max-width: 20rem) { .loading { --row: 16.5rem; } }
.bone { block-size: 1em; margin-block-end: .5rem; border-radius: .25em; background: var(--line); inline-size: 85%; }
.bone + .bone { inline-size: 45%; }
.bone + .bone + .bone { inline-size: 65%; }
.bone.title { inline-size: 9em; margin-block: .25rem .75rem; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
@media (prefers-reduced-motion: no-preference) {
  .bone { animation: wait 1.2s ease-in-out infinite alternate; }
  @keyframes wait { to { opacity: .4; } }
}
@media (forced-colors: active) { .bar, .bone { forced-color-adjust: none; background: CanvasText; } }
@media print { summary { display: none; } section { break-inside: avoid; } }
`);

/** An element with properties, and children that are elements, texts, or nothing. */
function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "part") element.part = element.className = value;
    else if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

const unseen = (text) => make("span", { className: "unseen", lang: "en" }, text);

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

/** "NOT_YET_RECRUITING" -> "Not yet recruiting", "PHASE2" -> "Phase 2". */
function spelled(value) {
  const text = String(value).replace(/_/g, " ").replace(/PHASE(?=\d)/, "PHASE ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The form of a text that fits the number, with the number in it. */
function counted(forms, n, locale) {
  const form = forms[new Intl.PluralRules(locale).select(n)] ?? forms.other;
  return fill(form, { n: new Intl.NumberFormat(locale).format(n) });
}

const wordFor = (table, value) => (Object.hasOwn(table, value) ? table[value] : spelled(value));

/** The address, where it is one of the web; otherwise null. */
function webAddress(text, base) {
  try {
    const url = new URL(text, base);
    return /^https?:$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** Ids of all registries are letters, digits and few signs: ISRCTN12345678, EUCTR2004-000012-13-DE, CTRI/2020/03/024123. */
const ID = /^(?=.*\d)(?!.*\.\.)[a-z\d][a-z\d/.-]{5,49}$/i;

const idIn = (text) => /\bNCT\d{8}\b/i.exec(text ?? "")?.[0].toUpperCase() ?? null;

/** The trial that the page says it is about, never guessed from its text. */
function idOfPage() {
  const meta = document.querySelector('meta[name="nct_id" i]')?.content;
  return idIn(meta) ?? idIn(document.querySelector('link[rel~="canonical"]')?.href);
}

class LoadError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/** The JSON at `url`; a fault of the network or the server is tried once more. */
async function json(url, signal, tries = 2) {
  const late = new AbortController();
  const stop = () => late.abort();
  const timer = setTimeout(stop, PATIENCE);
  signal.addEventListener("abort", stop);
  let fault;
  try {
    const response = await fetch(url, { signal: late.signal, credentials: "omit", referrerPolicy: "no-referrer" });
    if (response.ok) return await response.json();
    fault = new LoadError(`${url} answered ${response.status}`, response.status);
  } catch (error) {
    fault = new LoadError(`${url}: ${late.signal.aborted ? "no answer in time" : error.message}`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
  const again = tries > 1 && !signal.aborted && (!fault.status || fault.status === 429 || fault.status >= 500);
  if (!again) throw fault;
  await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER));
  if (signal.aborted) throw fault;
  return json(url, signal, tries - 1);
}

const letters = (text) => text.toUpperCase().replace(/[^A-Z\d]/g, "").replace(/PHASE(?=\d)/, "");

/** What an export holds of the trial: which file that is in, its index says. Filters that a card can answer are applied. */
async function exported(address, { id, limit, given }, signal) {
  const { prefix, split, aliases, build } = await json(address, signal);
  const held = async (known) => {
    const name = known.replace(/[^A-Z\d.-]/g, "_");
    let length = prefix[/^\D*/.exec(name)[0]] ?? 0;
    while (length < name.length && split.includes(name.slice(0, length))) length += 1;
    if (!length) return;
    try {
      return (await json(new URL(`similar/${name.slice(0, length)}.json`, address), signal)).trials[known];
    } catch (error) {
      if (error.status !== 404) throw error;
    }
  };
  const wanted = id.toUpperCase();
  let found = await held(wanted);
  if (!found && aliases) {
    const primary = (await json(new URL("aliases.json", address), signal))[wanted];
    found = primary && (await held(primary));
  }
  if (!found) throw new LoadError(`${address} has no trial ${id}`, 404);
  const hits = found.hits.filter((hit) => {
    const values = { status: [hit.status], phase: hit.phases, country: hit.countries };
    return given.every(([key, chosen]) => {
      const any = chosen.split(key === "country" ? ";" : /[;,]/).map(letters);
      return !values[key] || values[key].some((value) => any.includes(letters(value ?? "")));
    });
  });
  return { query: { title: found.title }, build, hits: hits.slice(0, limit) };
}

const dictionaries = new Map();

/** The texts of a language, English where it has none. */
function textsOf(language) {
  const [code] = language.toLowerCase().split("-");
  const english = { ...ENGLISH, lang: "en", locale: code === "en" ? language : "en" };
  if (!LANGUAGES.includes(code)) return english;
  if (!dictionaries.has(code)) {
    const texts = json(new URL(`lang/${code}.json`, import.meta.url), new AbortController().signal).then(
      (own) => ({ ...ENGLISH, ...own, part: { ...ENGLISH.part, ...own.part }, lang: code }),
      () => (dictionaries.delete(code), null),
    );
    dictionaries.set(code, texts);
  }
  return dictionaries.get(code).then((texts) => (texts ? { ...texts, locale: language } : english));
}

class RelatedTrials extends HTMLElement {
  static observedAttributes = OBSERVED;
  #root = this.attachShadow({ mode: "open" });
  #asked = null;
  #working = null;
  #planned = false;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [STYLES];
  }

  connectedCallback() {
    this.#plan();
  }

  disconnectedCallback() {
    this.#stop();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#plan();
  }

  #stop() {
    if (this.#working) this.#asked = null;
    this.#working?.abort();
    this.#working = null;
  }

  /** Once for all the attributes that change at a time. */
  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      if (this.isConnected) this.#start();
    });
  }

  #start() {
    const question = this.#question();
    const asked = JSON.stringify(question);
    if (asked === this.#asked) return; // connected again: what is shown is right
    this.#stop();
    this.#asked = asked;
    const working = (this.#working = new AbortController());
    this.#wait(question.limit);
    const go = () => this.#load(question, working);
    if (!("IntersectionObserver" in window)) return void go();
    const near = new IntersectionObserver((seen) => {
      if (!seen.some((entry) => entry.isIntersecting)) return;
      near.disconnect();
      go();
    }, { rootMargin: AHEAD });
    near.observe(this);
    working.signal.addEventListener("abort", () => near.disconnect());
  }

  #question() {
    const number = (name, normal, most) => {
      const given = Number.parseInt(this.getAttribute(name), 10);
      return given >= 1 ? Math.min(given, most) : normal;
    };
    const own = this.getAttribute("nct-id")?.trim();
    const id = own ? (ID.test(own) ? own.replace(/^nct/i, "NCT") : null) : idOfPage();
    const src = webAddress(this.getAttribute("src") ?? new URL("..", import.meta.url).href, document.baseURI);
    const files = src?.pathname.endsWith(".json") ?? false; // the index of an export
    if (src && !files && !src.pathname.endsWith("/")) src.pathname += "/";
    const given = PASSED_ON.map((name) => [name, this.getAttribute(name)]).filter(([, value]) => value);
    const language = this.closest("[lang]")?.lang || "en";
    return { id, limit: number("limit", 5, 50), given, language, level: number("heading-level", 2, 6), src: src?.href, files };
  }

  /** From the API or from an export. */
  #answer(question, signal) {
    const { id, src, files, limit, given } = question;
    if (!id) throw new LoadError("no id of a trial: nct-id, <meta name=nct_id> or a canonical URL has to give one");
    if (!src) throw new LoadError("src is no address of the web");
    if (files) return exported(src, question, signal);
    const url = new URL(`similar/${encodeURIComponent(id)}`, src);
    url.searchParams.set("k", limit);
    for (const [name, values] of given) {
      for (const value of values.split(";")) url.searchParams.append(name.replace(/-/g, "_"), value.trim());
    }
    return json(url, signal);
  }

  async #load(question, working) {
    let texts = { ...ENGLISH, lang: "en", locale: "en" };
    try {
      const translated = textsOf(question.language);
      this.#name(translated);
      const answer = await this.#answer(question, working.signal);
      // Better four good trials than five with a weak one. Where no band was measured, all are shown.
      const bands = ["weak", "moderate", "strong"];
      const tooWeak = bands.slice(0, Math.max(0, bands.indexOf(this.getAttribute("min-band") ?? "moderate")));
      answer.hits = answer.hits.filter((hit) => !tooWeak.includes(hit.band));
      texts = await translated;
      if (working.signal.aborted) return;
      this.#render(question, texts, answer);
      this.#working = null;
      this.#tell("load", { nctId: question.id, hits: answer.hits.map((hit) => hit.id), build: answer.build });
    } catch (error) {
      if (working.signal.aborted) return;
      this.#working = null;
      this.#asked = null; // connected again, it tries again
      this.#fail(question.language);
      this.#tell("error", { nctId: question.id, status: error.status ?? 0, message: error.message });
    }
  }

  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(`related-trials:${what}`, { bubbles: true, composed: true, detail }));
  }

  /** The page's own fallback; where it has none, a line that says so. */
  async #fail(language) {
    this.#root.replaceChildren(make("slot"));
    if (this.children.length || this.textContent.trim()) return;
    const texts = await textsOf(language);
    if (this.#asked === null) {
      this.#root.replaceChildren(make("section", { part: "container", lang: texts.lang }, make("p", {}, texts.failed)));
    }
  }

  /** About the height that the list will have, so that the page does not jump. */
  #wait(limit) {
    const bones = () => ["bone", "bone", "bone"].map((className) => make("div", { className }));
    const section = make(
      "section",
      { part: "container", "aria-busy": "true" },
      make("p", { className: "unseen" }),
      make("div", { "aria-hidden": "true" }, make("div", { className: "bone title" }), ...Array.from({ length: limit }, () =>
        make("div", { className: "item" }, ...bones()))),
    );
    section.classList.add("loading");
    section.style.setProperty("--rows", limit);
    this.#root.replaceChildren(section);
  }

  /** Says in the page's language what is waited for, as soon as its texts are there. */
  async #name(translated) {
    const section = this.#root.querySelector(".loading");
    const { lang, heading, loading } = await translated;
    section.lang = lang;
    section.ariaLabel = heading;
    section.querySelector(".unseen").textContent = loading;
  }

  #render(question, texts, { query, build, hits }) {
    const none = () => {
      // Files cannot be searched; there the page's own fallback leads on.
      const search = new URL(`?${new URLSearchParams({ q: query?.title ?? question.id })}`, question.src);
      const on = question.files ? make("slot") : make("a", { part: "link", href: search.href }, texts.search);
      return make("p", { className: "note" }, `${texts.none} `, on);
    };
    const list = hits.length
      ? make("ul", { role: "list", part: "list" }, ...hits.map((hit) => this.#item(hit, texts)))
      : none();
    const day = new Date(`${build?.data_date ?? ""}T00:00:00Z`);
    const date = Number.isNaN(day.getTime())
      ? build?.data_date
      : new Intl.DateTimeFormat(texts.locale, { dateStyle: "long", timeZone: "UTC" }).format(day);
    const source = [
      counted(texts.trials, build?.trials ?? 0, texts.locale),
      date && fill(texts.date, { date }),
    ].filter(Boolean).join(" · ");
    this.#root.replaceChildren(make(
      "section",
      { part: "container", lang: texts.lang, dir: texts.dir ?? "ltr", "aria-busy": "false", "aria-labelledby": "heading" },
      make(`h${question.level}`, { part: "heading", id: "heading" }, texts.heading),
      list,
      make("footer", { part: "footer" }, make("p", {}, source), make("p", {}, texts.advice)),
    ));
  }

  #item(hit, texts) {
    const url = webAddress(hit.url);
    const title = hit.title || hit.id;
    const link = make(url ? "a" : "span", { part: "link", lang: "en", dir: "auto", ...(url && { href: url.href }) }, title);
    const tell = () => this.#tell("click", { nctId: hit.id, rank: hit.rank, url: url.href });
    if (url) link.addEventListener("click", tell);
    const phases = (hit.phases ?? []).map((phase) => wordFor({ NA: "", ...texts.phase }, phase)).filter(Boolean).join(" / ");
    const badges = [hit.status ? wordFor(texts.status, hit.status) : texts.noStatus, phases, hit.id];
    const reasons = (hit.reasons ?? []).filter((reason) => reason.kind !== "same_phase");
    const kinds = reasons.filter(({ kind }, at) => reasons.findIndex((other) => other.kind === kind) === at);
    // A caution is never left for the details.
    const leading = kinds.filter(({ kind }, at) => at < LEADING || kind === "different_condition");
    return make(
      "li",
      { part: "item" },
      link,
      make("p", { className: "meta" }, ...badges.filter(Boolean).map((badge) => make("span", { part: "badge" }, badge))),
      leading.length
        ? make("p", { part: "reason" }, ...leading.map((reason) => make("span", {}, ...this.#reason(reason, texts))))
        : null,
      this.#details(hit, reasons, title, texts),
      this.#programme(hit, title, texts),
    );
  }

  /** Trials of the same programme that this one stands for. */
  #programme({ programme }, title, texts) {
    const members = programme?.members ?? [];
    return members.length
      ? make(
        "details",
        { part: "programme" },
        make("summary", {}, counted(texts.programme, members.length, texts.locale), unseen(texts.colon + title)),
        make("ul", { className: "common" }, ...members.map((member) =>
          make("li", {}, make("bdi", { lang: "en" }, member.title), ` · ${member.id}`))),
      )
      : null;
  }

  /** "Same condition: Ulcerative Colitis"; `both` names the page's own term too, where it differs. */
  #reason({ kind, query_term: ours, hit_term: theirs, via }, texts, both = false) {
    const name = wordFor(texts.reason, kind);
    if (!theirs) return [name];
    const differs = both && ours.toLowerCase() !== theirs.toLowerCase();
    const [before, after] = fill(via && both ? texts.through : "{term}", { via }).split("{term}");
    const term = make("bdi", { lang: "en" }, differs ? `${ours} ↔ ${theirs}` : theirs);
    return [name + texts.colon + before, term, after];
  }

  #details(hit, reasons, title, texts) {
    const number = new Intl.NumberFormat(texts.locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const parts = Object.entries(hit.parts ?? {}).sort(([, one], [, other]) => other - one);
    const most = Math.max(...parts.map(([, value]) => value), 0.0001);
    const score = fill(texts.score, { score: number.format(hit.score) });
    const band = hit.band && wordFor(texts.band, hit.band);
    return make(
      "details",
      { part: "details" },
      make("summary", {}, texts.why, unseen(texts.colon + title)),
      reasons.length
        ? make("ul", { className: "common", "aria-label": texts.inCommon }, ...reasons.slice(0, REASONS_SHOWN).map(
          (reason) => make("li", {}, ...this.#reason(reason, texts, true))))
        : null,
      make("p", { className: "score" }, band ? `${score} · ${band}` : score),
      make("dl", {}, ...parts.flatMap(([part, value]) => {
        const bar = make("div", { className: "bar" });
        bar.style.inlineSize = `${Math.max(0, Math.min(1, value / most)) * 100}%`;
        const track = make("dd", { className: "track", "aria-hidden": "true" }, bar);
        return [make("dt", {}, wordFor(texts.part, part)), make("dd", {}, number.format(value)), track];
      })),
    );
  }
}

if (!customElements.get("related-trials")) customElements.define("related-trials", RelatedTrials);
