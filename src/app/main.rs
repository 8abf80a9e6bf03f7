//! The page.
use yew::prelude::*;

#[component]
fn App() -> Html {
    html! { <p>{"Netsplit"}</p> }
}

fn main() {
    let root = gloo::utils::document().get_element_by_id("app").expect("index.html has #app");
    yew::Renderer::<App>::with_root(root).render();
}
