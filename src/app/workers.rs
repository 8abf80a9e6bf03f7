//! The workers: one for each desk, made when there is something to do. A worker loads a module of its own, `worker.rs`.

use std::collections::BTreeMap;

use js_sys::{Array, Uint8Array};
use netsplit_lab::work::{Report, Task, report_of, task_bytes};
use netsplit_studio::Intent;
use netsplit_studio::desk::{Desk, DeskIntent};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{MessageEvent, Worker};
use yew::Callback;

/// The script that loads the worker's module.
const SCRIPT: &str = "static/worker.js";

/// A worker and what listens to it.
struct Hand {
    worker: Worker,
    /// What it is asked before its module is there.
    waiting: std::rc::Rc<std::cell::RefCell<Option<Vec<Uint8Array>>>>,
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _broke: Closure<dyn FnMut(web_sys::Event)>,
}

/// Every worker at work.
pub(crate) struct Workers {
    hands: BTreeMap<Desk, Hand>,
    on: Callback<Intent>,
}

impl Workers {
    pub(crate) fn new(on: Callback<Intent>) -> Self {
        Self { hands: BTreeMap::new(), on }
    }

    /// Hands a task to the worker of a desk.
    pub(crate) fn give(&mut self, desk: Desk, task: &Task) {
        if !self.hands.contains_key(&desk) {
            match Hand::new(desk, &self.on) {
                Some(hand) => {
                    self.hands.insert(desk, hand);
                }
                None => {
                    let why =
                        "This browser does not let the page start a worker, so long work can’t be done here.";
                    self.on.emit(Intent::Desk(DeskIntent::Broke(desk, why.to_owned())));
                    return;
                }
            }
        }
        let Some(hand) = self.hands.get(&desk) else { return };
        let bytes = Uint8Array::from(task_bytes(task).as_slice());
        match &mut *hand.waiting.borrow_mut() {
            Some(waiting) => waiting.push(bytes),
            // Posting fails only for what can't be cloned.
            None => drop(hand.worker.post_message(&bytes)),
        }
    }

    /// Sends a worker away, whatever it is doing.
    pub(crate) fn stop(&mut self, desk: Desk) {
        if let Some(hand) = self.hands.remove(&desk) {
            hand.worker.set_onmessage(None);
            hand.worker.set_onerror(None);
            hand.worker.terminate();
        }
    }
}

impl Hand {
    fn new(desk: Desk, on: &Callback<Intent>) -> Option<Self> {
        let worker = Worker::new(SCRIPT).ok()?;
        let waiting = std::rc::Rc::new(std::cell::RefCell::new(Some(Vec::<Uint8Array>::new())));
        let heard = {
            let (on, waiting, worker) = (on.clone(), std::rc::Rc::clone(&waiting), worker.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                // Its first word says that the module is there.
                for bytes in waiting.borrow_mut().take().into_iter().flatten() {
                    let _ = worker.post_message(&bytes);
                }
                for report in Array::from(&event.data()).iter() {
                    let report = report_of(&Uint8Array::new(&report).to_vec()).unwrap_or_else(|| {
                        Report::Failed(
                            "this page and its worker are of different versions: reload the page".to_owned(),
                        )
                    });
                    on.emit(Intent::Desk(DeskIntent::Reported(desk, report)));
                }
            })
        };
        let broke = {
            let on = on.clone();
            Closure::<dyn FnMut(web_sys::Event)>::new(move |_: web_sys::Event| {
                let why = "The worker could not be loaded, or broke. Reload the page and try again.";
                on.emit(Intent::Desk(DeskIntent::Broke(desk, why.to_owned())));
            })
        };
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        worker.set_onerror(Some(broke.as_ref().unchecked_ref()));
        Some(Self { worker, waiting, _heard: heard, _broke: broke })
    }
}
