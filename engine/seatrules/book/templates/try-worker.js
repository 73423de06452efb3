// Runs the engine beside the page: is given what it consists of, then requests as JSON, each of which it answers.
let answers;
const unpacked = async (text) => {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};
const start = async ({files, lock, language}) => {
  const held = {};
  for (const name of Object.keys(files)) held[name] = await unpacked(files[name]);
  const module = (name) => import(URL.createObjectURL(new Blob([held[name]], {type: "text/javascript"})));
  // All that is fetched is here: nothing goes out, also where the page was opened from a file.
  self.fetch = async (address) => {
    const name = String(address.url || address).split("/").pop();
    return new Response(held[name], {headers: {"content-type": name.endsWith(".wasm") ? "application/wasm" : "application/zip"}});
  };
  // A page that was opened from a file may have no worker of modules, by which the runtime tells whether it can load them.
  self.importScripts = undefined;
  const {loadPyodide} = await module("pyodide.mjs");
  const {default: createPyodideModule} = await module("pyodide.asm.mjs");
  const python = await loadPyodide({indexURL: "https://book.invalid/", createPyodideModule, lockFileContents: lock});
  python.unpackArchive(held["engine.zip"], "zip", {extractDir: "/home/pyodide"});
  python.globals.set("programs", held.programs);
  python.globals.set("language", language);
  answers = python.runPython("from seatrules.in_browser import BrowserAnswers\nBrowserAnswers.of_packed(programs.to_bytes(), language)");
};
self.onmessage = async ({data}) => {
  try {
    if (data.files) {
      await start(data);
      postMessage({started: true});
    } else {
      postMessage({answer: answers(data.asked)});
    }
  } catch (error) {
    postMessage({failed: String(error)});
  }
};
