// Starts the worker: its module lies beside the page's own. A worker has no module scripts in every browser, so the glue
// is one of the old kind.
importScripts('../netsplit-worker.js');
wasm_bindgen({ module_or_path: new URL('../netsplit-worker_bg.wasm', self.location.href) });
