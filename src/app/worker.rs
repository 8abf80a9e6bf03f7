//! The worker: a second module, loaded only when there is long work to do. Tasks come in as bytes, reports go out as
//! bytes, and between two slices the worker looks for news. What it does is `lab`'s; this file only knows the wire.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use netsplit_lab::work::{Bench, Report, report_bytes, task_of};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort};

/// How long a slice may be before reports are sent and news is looked for, in milliseconds.
const SLICE_MS: f64 = 30.0;

fn main() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let bench = Rc::new(RefCell::new(Bench::default()));
    // A message to oneself is the next macro task without the delay that timers have.
    let Ok(channel) = MessageChannel::new() else { return };
    let again = channel.port2();
    let on_slice = {
        let (scope, bench, again) = (scope.clone(), Rc::clone(&bench), again.clone());
        Closure::<dyn FnMut()>::new(move || slice(&scope, &bench, &again))
    };
    channel.port1().set_onmessage(Some(on_slice.as_ref().unchecked_ref()));
    on_slice.forget();
    let on_task = {
        let scope = scope.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let bytes = Uint8Array::new(&event.data()).to_vec();
            match task_of(&bytes) {
                Some(task) => {
                    bench.borrow_mut().begin(task);
                    knock(&again);
                }
                None => send(
                    &scope,
                    &[Report::Failed(
                        "this page and its worker are of different versions: reload the page".to_owned(),
                    )],
                ),
            }
        })
    };
    scope.set_onmessage(Some(on_task.as_ref().unchecked_ref()));
    on_task.forget();
    // The page may have posted before this module was there: it waits for this word.
    send(&scope, &[]);
}

fn slice(scope: &DedicatedWorkerGlobalScope, bench: &Rc<RefCell<Bench>>, again: &MessagePort) {
    let began = now_ms(scope);
    let mut reports = Vec::new();
    let mut bench = bench.borrow_mut();
    while bench.is_busy() && now_ms(scope) - began < SLICE_MS {
        reports.extend(bench.work());
    }
    if !reports.is_empty() {
        send(scope, &reports);
    }
    if bench.is_busy() {
        knock(again);
    }
}

fn now_ms(scope: &DedicatedWorkerGlobalScope) -> f64 {
    scope.performance().map_or(f64::INFINITY, |performance| performance.now())
}

/// Asks for the next slice.
fn knock(again: &MessagePort) {
    // Posting fails only for what can't be cloned, and nothing is.
    let _ = again.post_message(&wasm_bindgen::JsValue::NULL);
}

/// Sends reports as a list of byte strings; an empty list says that the worker is there.
fn send(scope: &DedicatedWorkerGlobalScope, reports: &[Report]) {
    let list: Array =
        reports.iter().map(|report| Uint8Array::from(report_bytes(report).as_slice())).collect();
    let _ = scope.post_message(&list);
}
