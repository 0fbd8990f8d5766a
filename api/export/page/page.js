// Lets a visitor choose the trial and the language, and writes this folder's address into the snippet.
const [form, widget, snippet] = ["form", "related-trials", "#snippet"].map((name) => document.querySelector(name));
const { trial, lang } = form.elements;
const asWritten = snippet.textContent.replaceAll("HOST/", new URL(".", location.href).href);
const example = trial.value;

function show() {
  widget.setAttribute("nct-id", trial.value.trim());
  widget.setAttribute("lang", lang.value);
  const language = lang.value === "en" ? "" : ` lang="${lang.value}"`;
  snippet.textContent = asWritten.replace(`nct-id="${example}"`, `nct-id="${trial.value.trim()}"${language}`);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
  const address = new URL(location.href);
  address.search = new URLSearchParams({ trial: trial.value.trim(), lang: lang.value });
  history.replaceState(null, "", address);
});

const asked = new URLSearchParams(location.search);
if (asked.get("trial")) trial.value = asked.get("trial");
if (asked.get("lang")) lang.value = asked.get("lang");
show();
