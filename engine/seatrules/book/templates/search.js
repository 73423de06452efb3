// Finds entries of the book by words: the page needs none of it.
(() => {
  const place = document.querySelector(".search");
  if (!place || !window.bookIndex) return;
  const input = document.createElement("input");
  input.type = "search";
  input.placeholder = place.dataset.label;
  input.setAttribute("aria-label", place.dataset.label);
  const list = document.createElement("ol");
  list.setAttribute("aria-live", "polite");
  place.append(input, list);
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const entries = window.bookIndex.map(([title, kind, href, text]) => ({ title, kind, href, name: plain(title), all: plain(title + " " + text) }));
  const show = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    const found = words.length ? entries.filter((each) => words.every((word) => each.all.includes(word))) : [];
    const near = (each) => (each.name.startsWith(words[0]) ? 0 : words.every((word) => each.name.includes(word)) ? 1 : 2);
    found.sort((one, other) => near(one) - near(other));
    const items = found.slice(0, 20).map((each) => {
      const item = document.createElement("li"), link = document.createElement("a"), kind = document.createElement("span");
      link.href = place.dataset.root + each.href;
      link.textContent = each.title;
      kind.textContent = each.kind;
      link.append(kind);
      item.append(link);
      return item;
    });
    if (words.length && !items.length) {
      const item = document.createElement("li");
      item.textContent = place.dataset.none;
      items.push(item);
    }
    list.replaceChildren(...items);
  };
  input.addEventListener("input", show);
  place.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { input.value = ""; show(); input.focus(); }
  });
})();
