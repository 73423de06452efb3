// The page on which requests are tried: a form and a text of each part, days to slide over, and what the engine answers.
(() => {
  const place = document.getElementById("try"), given = window.bookTry;
  if (!place || !given) return;
  const say = given.words;
  const MOST = 60;  // entries that the form shows of a map or a list
  const parts = {state: {schema: given.state, title: say.account}, action: {schema: null, title: say.action}};
  let waiting = false, busy = false, started = false, seconds = null, count = 0;

  // Makes an element. What is inside it is text unless it is an element: nothing is ever read as markup.
  const make = (tag, attributes = {}, ...inside) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...inside.flat(Infinity).filter((each) => each !== null && each !== undefined));
    return element;
  };
  const copy = (value) => JSON.parse(JSON.stringify(value));
  const has = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const put = (holder, key, value) => Object.defineProperty(holder, key, {value, writable: true, enumerable: true, configurable: true});
  const pointer = (path, key) => path + "/" + String(key).replaceAll("~", "~0").replaceAll("/", "~1");
  const readable = (name) => { const text = name.replace(/[_-]/g, " "); return text.charAt(0).toUpperCase() + text.slice(1); };
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => (has(values, name) ? values[name] : all));

  // A schema without references; whether null may stand there, and the words that may.
  const meant = (schema) => {
    let found = {...schema}, words = schema["x-words"];
    while (found.$ref) {
      const name = found.$ref.slice("#/$defs/".length);
      words = name;
      found = {...given.state.$defs[name], ...found, $ref: given.state.$defs[name].$ref};
    }
    const kinds = [].concat(found.type || []);
    const nullable = kinds.includes("null") || (found.enum || []).includes(null);
    const kind = found.enum ? "enum" : kinds.find((each) => each !== "null") || "string";
    return {...found, kind, nullable, words, enum: found.enum && found.enum.filter((each) => each !== null)};
  };
  const emptyOf = (schema) => {
    const found = meant(schema);
    if (found.nullable) return null;
    if (found.kind === "enum") return found.enum[0];
    if (found.kind === "boolean") return false;
    if (found.kind === "integer") return Math.max(0, found.minimum || 0);
    if (found.kind === "array") return [];
    if (found.format === "date") return (parts.state.value && parts.state.value.as_of) || given.days[0][0];
    if (found.kind !== "object") return "";
    const made = {};
    for (const name of found.required || []) put(made, name, emptyOf(found.properties[name]));
    return made;
  };
  const titled = (found, word) => (found.words && has(given.titles, found.words) && has(given.titles[found.words], word) ? given.titles[found.words][word] : readable(word));

  // What was changed in a form: the part is asked about as it now is.
  const changed = (part, redraw) => {
    parts[part].text = null;
    if (redraw) draw(part);
    ask();
  };
  const labelled = (control, label, path, about) => {
    control.id = "field-" + (count += 1);
    control.dataset.path = path;
    const note = about ? make("p", {class: "small quiet", lang: given.language, id: control.id + "-about"}, about) : null;
    if (note) control.setAttribute("aria-describedby", note.id);
    return make("div", {class: control.type === "checkbox" ? "field checked" : "field"}, make("label", {for: control.id}, label), control, note);
  };
  const leaf = (part, found, holder, key, label, path, optional) => {
    const value = has(holder, key) ? holder[key] : undefined;
    const absent = value === null || value === undefined;
    const gone = () => { if (optional) delete holder[key]; else put(holder, key, found.nullable ? null : found.kind === "string" ? "" : null); };
    const take = (now) => { if (now === null) gone(); else put(holder, key, now); changed(part, false); };
    let control;
    if (found.kind === "boolean" && !found.nullable && !optional) {
      control = make("input", {type: "checkbox", onchange: () => take(control.checked)});
      control.checked = value === true;
    } else if (found.kind === "boolean" || found.kind === "enum") {
      const words = found.kind === "enum" ? found.enum : [true, false];
      const text = (word) => (word === true ? say.yes : word === false ? say.no : titled(found, word));
      const none = found.nullable || optional || !words.includes(value);
      const choices = words.map((word, at) => make("option", {value: at, selected: word === value}, text(word)));
      if (none) choices.unshift(make("option", {value: "", selected: !words.includes(value)}, absent ? "–" : String(value)));
      control = make("select", {onchange: () => take(control.value === "" ? null : words[control.value])}, choices);
    } else if (found.kind === "integer") {
      control = make("input", {type: "number", step: 1, min: found.minimum, max: found.maximum, value: absent ? "" : value});
      control.addEventListener("input", () => take(control.value === "" ? null : Number(control.value)));
    } else if (found.format === "date") {
      control = make("input", {type: "date", value: absent ? "" : value});
      control.addEventListener("change", () => take(control.value || null));
    } else {
      control = make("input", {type: "text", value: absent ? "" : value, spellcheck: "false", autocomplete: "off"});
      const keys = found["x-key-of"];
      if (keys || found.examples) control.setAttribute("list", keys ? listOf(keys) : known(found.examples));
      control.addEventListener("input", () => take(control.value || null));
    }
    return labelled(control, label, path, found.description);
  };
  // What may be typed: the keys of a map of the state, or the words that are known of a text.
  const suggestions = (id, words) => {
    let list = document.getElementById(id);
    if (!list) place.append(list = make("datalist", {id}));
    list.replaceChildren(...words.map((word) => make("option", {value: word})));
    return id;
  };
  const listOf = (name) => suggestions("keys-" + name, Object.keys((isObject(parts.state.value) && parts.state.value[name]) || {}));
  const known = (words) => suggestions("known-" + words.join("-"), words);

  const group = (part, label, path, about, open, ...inside) =>
    make("details", {class: "group", "data-path": path, open}, make("summary", {}, label),
      about ? make("p", {class: "small quiet", lang: given.language}, about) : null, inside);
  const button = (label, name, press) => make("button", {type: "button", "aria-label": `${label}: ${name}`, onclick: press}, label);
  const field = (part, schema, holder, key, path, label, optional, depth = 0) => {
    const found = meant(schema), value = holder[key];
    if (found.kind !== "object" && found.kind !== "array") return leaf(part, found, holder, key, label, path, optional);
    const fits = found.kind === "array" ? Array.isArray(value) : isObject(value);
    if (!fits) {
      const add = () => { put(holder, key, found.kind === "array" ? [] : emptyOf({...found, type: found.kind})); changed(part, true); };
      return make("div", {class: "field", "data-path": path, tabindex: -1}, make("span", {class: "label"}, label), button(say.add, label, add));
    }
    const drop = optional || found.nullable ? button(say.take_away, label, () => { if (optional) delete holder[key]; else put(holder, key, null); changed(part, true); }) : null;
    if (found.kind === "array") return listed(part, found, value, path, label, drop, depth);
    if (found.properties) {
      const inner = Object.entries(found.properties).map(([name, each]) =>
        field(part, each, value, name, pointer(path, name), readable(name), !(found.required || []).includes(name), depth + 1));
      return group(part, label, path, found.description, depth < 2, inner, drop);
    }
    return entries(part, found, value, path, label, drop, depth);
  };
  const listed = (part, found, value, path, label, drop, depth) => {
    const item = {...found.items, ...(found["x-items"] || {})}, of = meant(item);
    if (of.kind === "enum" && found.uniqueItems) {
      const choices = [...new Set([...of.enum, ...value])].map((word) => {
        const box = make("input", {type: "checkbox"});
        box.checked = value.includes(word);
        box.addEventListener("change", () => {
          if (box.checked) value.push(word); else value.splice(value.indexOf(word), 1);
          changed(part, false);
        });
        return make("label", {class: "choice"}, box, " ", titled(of, word));
      });
      return make("fieldset", {"data-path": path, tabindex: -1}, make("legend", {}, label), choices, drop);
    }
    const shown = value.slice(0, MOST).map((each, at) => {
      const name = `${label} ${at + 1}`;
      const away = button(say.take_away, name, () => { value.splice(at, 1); changed(part, true); });
      return make("div", {class: "item"}, field(part, item, value, at, pointer(path, at), name, false, depth + 2), away);
    });
    const add = button(say.add, label, () => { value.push(emptyOf(item)); changed(part, true); });
    return group(part, `${label} (${value.length})`, path, found.description, false, shown, more(value.length), add, drop);
  };
  const entries = (part, found, value, path, label, drop, depth) => {
    const keys = Object.keys(value), of = found.propertyNames ? meant(found.propertyNames) : {};
    const shown = keys.slice(0, MOST).map((key) => {
      const name = of.kind === "enum" ? titled(of, key) : key;
      const away = button(say.take_away, name, () => { delete value[key]; changed(part, true); });
      return make("div", {class: "item"}, field(part, found.additionalProperties, value, key, pointer(path, key), name, false, depth + 2), away);
    });
    const free = of.enum && of.enum.filter((word) => !has(value, word));
    const key = free ? make("select", {}, free.map((word) => make("option", {value: word}, titled(of, word)))) : make("input", {type: "text", spellcheck: "false"});
    key.setAttribute("aria-label", `${say.new_entry}: ${label}`);
    const add = () => { if (key.value && !has(value, key.value)) { put(value, key.value, emptyOf(found.additionalProperties)); changed(part, true); } };
    const adding = free && !free.length ? null : make("div", {class: "adding"}, key, button(say.add, label, add));
    return group(part, `${label} (${keys.length})`, path, found.description, false, shown, more(keys.length), adding, drop);
  };
  const more = (length) => (length > MOST ? make("p", {class: "quiet"}, filled(say.more_in_text, {count: length - MOST})) : null);

  // Forms keep open what was open.
  const draw = (part) => {
    const {form, value} = parts[part];
    const open = new Map([...form.querySelectorAll("details[data-path]")].map((each) => [each.dataset.path, each.open]));
    form.replaceChildren(...(part === "state" ? stateFields(value) : actionFields(value)));
    for (const each of form.querySelectorAll("details[data-path]")) if (open.has(each.dataset.path)) each.open = open.get(each.dataset.path);
    if (part === "state") slide();
  };
  const stateFields = (value) => {
    if (!isObject(value)) return [make("p", {class: "quiet"}, say.only_text)];
    const {properties, required} = given.state;
    return Object.entries(properties).map(([name, each]) => field("state", each, value, name, pointer("/state", name), readable(name), !(required || []).includes(name), 1));
  };
  const actionFields = (value) => {
    const types = given.actions.map((each) => make("option", {value: each.name, selected: isObject(value) && value.type === each.name}, each.title));
    const type = isObject(value) && given.actions.find((each) => each.name === value.type);
    if (!type) types.unshift(make("option", {value: "", selected: true}, "–"));
    const chosen = make("select", {}, types);
    chosen.addEventListener("change", () => { parts.action.value = actionOf(chosen.value, value); changed("action", true); form("action").querySelector("select").focus(); });
    const fields = type ? Object.entries(type.arguments).map(([name, each]) =>
      field("action", each, value, name, pointer("/action", name), readable(name), !type.required.includes(name), 1)) : [];
    return [labelled(chosen, say.action, "/action/type"), ...fields];
  };
  const form = (part) => parts[part].form;
  // An action of a type: as a case of the policy has it, and what was given of the same name and still fits.
  const actionOf = (name, before) => {
    const type = given.actions.find((each) => each.name === name), start = given.starts[parts.start];
    if (!type) return before;
    if (start && has(start.actions, name)) return copy(start.actions[name]);
    const made = {type: name};
    for (const each of type.required) put(made, each, isObject(before) && has(before, each) ? before[each] : emptyOf(type.arguments[each]));
    return made;
  };

  // Days: those of the policy and of the state, in order of time.
  const slider = make("input", {type: "range", min: 0, id: "try-day"}), onDay = make("p", {class: "small quiet", id: "try-day-about"});
  let days = [];
  const DAY = /^\d{4}-\d\d-\d\d$/;
  const slide = () => {
    const found = new Map(given.days.map(([day]) => [day, []]));
    for (const [day, name] of given.days) found.get(day).push(name);
    const walk = (value, path) => {
      if (typeof value === "string" && DAY.test(value)) {
        if (!found.has(value)) found.set(value, []);
        if (path !== "as_of") found.get(value).push(path);
      } else if (typeof value === "object" && value !== null) {
        for (const [key, each] of Object.entries(value)) if (found.size < 400) walk(each, path ? `${path}.${key}` : key);
      }
    };
    walk(parts.state.value, "");
    days = [...found].sort(([one], [other]) => (one < other ? -1 : 1));
    slider.max = days.length - 1;
    slider.value = Math.max(0, days.findIndex(([day]) => day === (parts.state.value || {}).as_of));
    told();
  };
  const told = () => {
    const [day, names] = days[slider.value] || ["", []];
    const shown = [...new Set(names)], some = shown.slice(0, 4).join(", ") + (shown.length > 4 ? ", …" : "");
    slider.setAttribute("aria-valuetext", some ? `${day}: ${some}` : day);
    onDay.replaceChildren(make("strong", {}, day), some ? ` ${some}` : "");
  };
  slider.addEventListener("input", () => {
    told();
    if (!isObject(parts.state.value)) return;
    parts.state.value.as_of = days[slider.value][0];
    const shown = form("state").querySelector('[data-path="/state/as_of"]');
    if (shown) shown.value = parts.state.value.as_of;
    changed("state", false);
  });

  // The action that a link to this page names, as those of the pages of actions do.
  const named = (given.actions.find((each) => location.hash === `#try-${encodeURIComponent(each.name)}`) || {}).name;
  const begin = (at) => {
    const start = given.starts[at];
    parts.start = at;
    parts.state.value = start ? copy(start.state) : emptyOf(given.state);
    const kept = isObject(parts.action.value) ? parts.action.value.type : named;
    parts.action.value = actionOf(kept || (start && Object.keys(start.actions)[0]) || given.actions[0].name, parts.action.value);
    parts.state.text = parts.action.text = null;
    draw("state");
    draw("action");
    ask();
  };

  // What is answered.
  const answer = make("section", {class: "answer", "aria-labelledby": "try-answer"});
  const spoken = make("p", {class: "skip", "aria-live": "polite"});  // the verdict alone: the rest is there to be read
  const link = (each) => make("p", {class: "small quiet"}, make("a", {href: each.book}, given.titles_of[each.book] || readable(each.rule)), each.code ? ` · ${each.code}` : "");
  const shownValue = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  const facts = (found) => Object.entries(found || {}).map(([name, value]) => `${name} = ${shownValue(value)}`);
  const condition = (each) => make("div", {class: "condition"},
    make("code", {class: "expression"}, `${each.expression} → ${each.holds === null ? "?" : each.holds ? say.yes : say.no}`),
    (each.operands || []).length ? each.operands.map(condition) : [
      list([...facts(each.facts), ...(each.entries || []).map((entry) => [shownValue(entry.key), ...facts(entry.facts)].join(": "))])]);
  const why = (each) => make("article", {class: "why"},
    make("p", {class: "said"}, each.message),
    (each.conditions || []).map(condition),
    (each.cites || []).map((cited) => make("blockquote", {}, make("p", {}, cited.meaning || cited.says || cited.quote || cited.id),
      make("p", {class: "small quiet"}, has(given.statements, cited.id) ? make("a", {href: given.statements[cited.id]}, cited.id) : cited.id))),
    each.book ? link(each) : null);
  const section = (title, ...inside) => {
    const there = inside.flat().filter(Boolean);
    return there.length ? [make("h3", {}, title), ...there] : [];
  };
  const list = (texts) => (texts.length ? make("ul", {class: "list"}, texts.map((text) => make("li", {}, text))) : null);
  const heading = (text, kind) => {
    spoken.textContent = text;
    return make("h2", {id: "try-answer", class: `verdict ${kind}`}, text);
  };

  const show = (found) => {
    for (const each of place.querySelectorAll(".problem")) each.remove();
    for (const each of place.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
    if (found.problems) return showProblems(found.problems);
    const {answer: told, told: words} = found, bills = words.bills;
    const entries = told.outcome && told.outcome.entries ? told.outcome.entries : told.outcome ? [told.outcome] : [];
    const other = told.policy.version === given.version ? null : make("p", {class: "small quiet"}, filled(say.other_version, {version: given.version}));
    answer.replaceChildren(
      heading(words.verdict, told.decision),
      make("p", {class: "quiet"}, `${told.policy.name} ${told.policy.version}, ${told.as_of}`), other || "",
      ...told.reasons.map(why), ...entries.map(why),
      ...section(say.group_warnings, [...told.warnings, ...(told.state_warnings || [])].map(why)),
      ...section(say.announced, told.notices.map((each) => make("p", {}, `${each.from}: ${each.message}`))),
      ...section(say.changes, list(words.changes)),
      ...section(say.billed, list(bills)),
      ...ways(told, words, found.text),
      make("details", {}, make("summary", {}, say.as_printed), make("pre", {class: "block", tabindex: 0, id: "try-printed"}, found.text)),
      make("details", {}, make("summary", {}, say.as_json), make("pre", {class: "block", tabindex: 0, id: "try-json"}, JSON.stringify(told, null, 2))));
  };
  const ways = (told, words) => {
    if (told.decision !== "deny") return [];
    if (!told.remedies) return [make("p", {}, make("button", {type: "button", id: "try-ways", onclick: () => { seconds = 2; ask(); }}, say.look_for_ways))];
    const found = (words.ways || []).map((way) => make("li", {}, way.cost ? make("span", {class: "quiet"}, `${way.cost}: `) : null,
      make("ol", {}, way.steps.map((step) => make("li", {}, `${step.day}: ${step.text}`)))));
    const never = (told.remedies.unmendable || []).map((each) => make("p", {}, each.why));
    return section(say.ways, words.partly ? make("p", {}, words.partly) : null, found.length ? make("ol", {class: "ways"}, found) : null, never, found.length || never.length ? null : make("p", {}, say.no_way));
  };
  const showProblems = (problems) => {
    const items = problems.map((each, at) => {
      const text = [each.message, each.suggestion].filter(Boolean).join("; ");
      const line = each.line ? ` (${filled(say.line, {line: each.line})})` : "";
      const target = fieldOf(each.path);
      if (!target) return make("li", {}, `${each.path} ${text}${line}`.trim());
      const note = make("p", {class: "problem", id: `problem-${at}`}, text);
      target.setAttribute("aria-invalid", "true");
      if (target.matches("details")) target.querySelector("summary").after(note);
      else {
        target.setAttribute("aria-describedby", note.id);
        target.after(note);
      }
      const go = () => { for (let above = target; above; above = above.parentElement) if (above.matches("details")) above.open = true; (target.matches("details") ? target.querySelector("summary") : target).focus(); };
      return make("li", {}, make("button", {type: "button", class: "to", onclick: go}, each.path), ` ${text}${line}`);
    });
    answer.replaceChildren(heading(say.not_answered, "error"), make("ul", {class: "list problems"}, items));
  };
  // The field that a pointer leads to, or the nearest that holds it.
  const fieldOf = (path) => {
    for (let at = path; at; at = at.slice(0, at.lastIndexOf("/"))) {
      const found = [...place.querySelectorAll("[data-path]")].find((each) => each.dataset.path === at);
      if (found) return found.matches("details") && !at.slice(1).includes("/") ? null : found.matches("details, fieldset, .field") && found.hasAttribute("aria-invalid") ? null : found;
    }
    return null;
  };

  // One thing is asked at a time; what changed meanwhile is asked next.
  const ask = () => {
    waiting = true;
    if (!started || busy) return;
    waiting = false;
    busy = true;
    const asked = {};
    for (const name of ["state", "action"]) asked[name] = parts[name].text === null ? {value: parts[name].value} : {text: parts[name].text};
    if (seconds) { asked.seconds = seconds; answer.setAttribute("aria-busy", "true"); status(say.searching); }
    seconds = null;
    parts.asked = asked;
    worker.postMessage({asked: JSON.stringify(asked)});
  };
  const came = (found) => {
    busy = false;
    answer.removeAttribute("aria-busy");
    status("");
    if (!waiting) {
      for (const name of ["state", "action"]) {
        if (!found[name]) continue;
        if (parts[name].text === null) parts[name].box.value = found[name].text;
        else if (JSON.stringify(parts[name].value) !== JSON.stringify(found[name].value)) {
          parts[name].value = found[name].value;
          draw(name);
        }
      }
      show(found);
      place.dataset.answered = String(Number(place.dataset.answered || 0) + 1);
    } else ask();
  };
  const note = make("p", {role: "status", class: "quiet"});
  const status = (text) => { note.textContent = text; };
  const broken = () => { status(say.engine_broken); answer.replaceChildren(); worker = null; started = false; };
  let worker = null;
  // What failed is not asked again: the engine is started anew, for what was changed meanwhile or is asked next.
  const again = (why) => {
    worker.terminate();
    busy = started = false;
    place.dataset.failed = why;
    answer.replaceChildren(heading(say.no_answer, "error"));
    startEngine();
  };
  const startEngine = () => {
    const {worker: source, ...rest} = window.bookEngine;
    worker = new Worker(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
    worker.onerror = broken;
    worker.onmessage = ({data}) => {
      if (data.started) { started = true; status(""); if (waiting) ask(); }
      else if (data.failed !== undefined && !started) broken();
      else if (data.failed !== undefined) again(data.failed);
      else came(JSON.parse(data.answer));
    };
    worker.postMessage(rest);
  };

  // The page itself.
  const written = (part) => {
    const box = parts[part].box = make("textarea", {rows: part === "state" ? 18 : 6, spellcheck: "false", "aria-label": `${parts[part].title}: ${say.as_text}`});
    let later;
    const take = () => { clearTimeout(later); later = null; parts[part].text = box.value; ask(); };
    box.addEventListener("input", () => { clearTimeout(later); later = setTimeout(take, 250); });
    box.addEventListener("change", () => { if (later) take(); });
    return make("details", {class: "text"}, make("summary", {}, say.as_text), box);
  };
  const half = (part) => {
    parts[part].form = make("div", {class: "form"});
    return make("section", {"aria-labelledby": `try-${part}`}, make("h2", {id: `try-${part}`}, parts[part].title), parts[part].form, written(part));
  };
  const starts = make("select", {id: "try-start"}, given.starts.map((each, at) => make("option", {value: at}, readable(each.name))));
  starts.addEventListener("change", () => begin(Number(starts.value)));
  const asking = make("div", {class: "asking"},
    given.starts.length ? make("div", {class: "field"}, make("label", {for: "try-start"}, say.begin_with), starts) : null,
    make("div", {class: "field"}, make("label", {for: "try-day"}, say.day), slider, onDay),
    half("action"));
  place.append(note, spoken, make("div", {class: "trying"}, asking, answer, make("div", {class: "asking on"}, half("state"))));
  status(say.engine_starts);
  begin(0);
  const script = make("script", {src: "try-engine.js"});  // large: it comes once the form is there
  script.onerror = broken;
  script.onload = () => { try { startEngine(); } catch (error) { broken(); } };
  document.body.append(script);
})();
