// What JavaScript adds to the pages: suggestions while typing, and a sign that the next page is on its way.

const PAUSE = 120; // ms of silence before the question
const LEAST = 2;
const PATIENCE = 300; // ms: a page that comes at once needs no sign
const KINDS = { condition: "condition", intervention: "intervention", trial: "trial" };
const number = new Intl.NumberFormat("en");
let boxes = 0;

function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** Makes the search field of `form` a combobox with a list (WAI-ARIA Authoring Practices, editable, list). */
function suggestIn(form) {
  const input = form.querySelector("input[type=search]");
  const id = `suggestions-${(boxes += 1)}`;
  const list = make("ul", { id, className: "options-list", role: "listbox", "aria-label": "Suggestions", hidden: true });
  const told = make("span", { className: "unseen", role: "status" });
  const box = make("div", { className: "box" });
  input.replaceWith(box);
  box.append(input, list, told);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id,
  })) input.setAttribute(name, value);
  let options = [];
  let at = -1;
  let timer;
  let asking;

  const point = (to) => {
    at = to;
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `${id}-${at}`);
  };
  const close = () => {
    asking?.abort();
    clearTimeout(timer);
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    point(-1);
  };
  const choose = (option) => {
    input.value = option.text;
    close();
    form.requestSubmit();
  };
  const show = (found) => {
    options = found;
    list.replaceChildren(...found.map((option, place) => {
      const isTrial = option.kind === "trial";
      const text = make("span", { className: "text", dir: "auto" }, ...(isTrial
        ? [make("span", { className: "id" }, option.text), " ", option.title]
        : [option.text]));
      const item = make("li", { id: `${id}-${place}`, role: "option", "aria-selected": "false" }, text);
      if (!isTrial) {
        const what = `${KINDS[option.kind] ?? ""} · ${number.format(option.trials)} ${option.trials === 1 ? "trial" : "trials"}`;
        item.append(make("span", { className: "what" }, what));
      }
      item.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
      item.addEventListener("click", () => choose(option));
      return item;
    }));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    point(-1);
    told.textContent = found.length ? `${found.length} suggestions` : "";
  };
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const q = input.value.trim();
    if (q.length < LEAST) return close();
    try {
      const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ q })}`, { signal: asking.signal });
      if (answer.ok) show((await answer.json()).suggestions);
    } catch {
      // without suggestions, one types on
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      point(((at + 1 + step + options.length + 1) % (options.length + 1)) - 1);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      choose(options[at]);
    }
  });
  form.addEventListener("submit", close);
}

for (const form of document.querySelectorAll("form[data-suggest]")) suggestIn(form);

const root = document.documentElement;
let waiting;
addEventListener("submit", () => {
  waiting = setTimeout(() => {
    root.classList.add("waiting");
    document.querySelector("main").setAttribute("aria-busy", "true");
  }, PATIENCE);
});
addEventListener("pageshow", () => {
  clearTimeout(waiting);
  root.classList.remove("waiting");
  document.querySelector("main").removeAttribute("aria-busy");
});
// An empty field says nothing; the shared address need not carry it.
addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) {
    if (typeof value === "string" && !value.trim() && formData.getAll(name).length === 1) formData.delete(name);
  }
});
